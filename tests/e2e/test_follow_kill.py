"""Followed segments whose server is killed with SIGKILL while events stream in end as if nothing had happened: the same
people came and went by the same events, each once, and so did the tag that goes with a segment."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from setpoint.site.demo.instance import free_port

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(400)]
PEOPLE, EVENTS, KILLS = 30, 300, 4
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
TREES: dict[str, dict[str, Any]] = {
    "bought": {"performed": "Bought", "within_days": 30},
    "bought three times": {"performed": "Bought", "count": 3, "within_days": 60},
    "gold": {"trait": "plan", "op": "=", "value": "gold"},
    "gold, never looked": {"all": [{"trait": "plan", "op": "=", "value": "gold"}, {"not": {"performed": "Looked"}}]},
}
TAKES = "select count(*) from following_change"


def stream(seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Events and statements of a few people, some late, some out of order, so that many come and go."""
    luck = random.Random(seed)
    made: list[tuple[str, dict[str, Any]]] = []
    for number in range(EVENTS):
        at = BEGIN + timedelta(minutes=number - luck.choice([0, 0, 0, 600]))
        told: dict[str, Any] = {"messageId": f"m{number}", "userId": f"u{luck.randrange(PEOPLE)}"}
        told["timestamp"] = at.isoformat()
        if luck.random() < 0.4:
            made.append(("identify", told | {"traits": {"plan": luck.choice(["gold", "free"])}}))
        else:
            made.append(("track", told | {"event": luck.choice(["Bought", "Looked", "Left"])}))
    return made


class Server:
    """`setpoint serve` in a home of its own; started again after each kill, as a supervisor would."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SETPOINT", "DJANGO"))}
        self.environment = inherited | {"SETPOINT_HOME": str(home), "SETPOINT_SECRET_KEY": "k" * 50}
        home.mkdir()
        keys = home / "keys.json"
        command = [sys.executable, "-m", "setpoint", "init", "--json", str(keys)]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)
        found = json.loads(keys.read_text())
        self.auth, self.api_key = (found["write_key"], ""), found["api_key"]
        self.start()

    def start(self) -> None:
        with (self.home / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "setpoint", "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        for _attempt in range(600):
            with suppress(httpx.TransportError):
                auth = self.auth if path.startswith("/v1/") else None
                url, headers = f"http://127.0.0.1:{self.port}{path}", {"X-Api-Key": self.api_key}
                answer = httpx.request(method, url, json=body, headers=headers, auth=auth, timeout=10)
                if answer.status_code < 500:
                    assert answer.status_code < 400, answer.text
                    return answer.json() if answer.content else None
            time.sleep(0.1)
        raise AssertionError((self.home / "server.log").read_text()[-3000:])

    def ask(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.home / "setpoint.sqlite3", timeout=30)) as tables:
            return tables.execute(sql).fetchall()

    def wait_for(self, sql: str, wanted: object) -> None:
        until = time.monotonic() + 90
        while self.ask(sql) != [(wanted,)]:
            assert time.monotonic() < until, (sql, self.ask(sql), (self.home / "server.log").read_text()[-3000:])
            time.sleep(0.05)


@contextmanager
def following(home: Path) -> Iterator[Server]:
    server = Server(home)
    try:
        for name, tree in TREES.items():
            made = server.call("POST", "/api/segments", {"name": name, "tree": tree})
            server.call("PUT", f"/api/segments/{made['id']}/following")
            if name == "gold":
                rule = {"name": "gold", "kind": "rule", "weight": 0.5, "tree": {"segment": made["id"]}}
                server.call("POST", "/api/tags", rule)
        server.wait_for("select count(*) from following_followed where mode != 'live'", 0)
        server.wait_for("select count(*) from customers_tag where kind = 'rule' and due_at <= refreshed_at", 0)
        yield server
    finally:
        server.kill()


def send(server: Server) -> None:
    for kind, told in stream(7):
        server.call("POST", f"/v1/{kind}", told)


def came_and_went(server: Server) -> list[Any]:
    """Every change in order, by the names of people: ids are given in order of arrival."""
    server.wait_for("select count(*) from events_inbox where batch is null", 0)
    server.wait_for("select count(*) from events_fold where closed_at is null", 0)
    return server.ask(
        "select s.name, i.value, c.entered, c.cause, c.message_id, c.event_at from following_change c "
        "join segments_segment s on s.id = c.followed_id "
        "join customers_identity i on i.customer_id = c.customer_id and i.kind = 'user_id' order by c.id"
    )


def members(server: Server) -> list[Any]:
    return server.ask(
        "select s.name, i.value from following_member m join segments_segment s on s.id = m.followed_id "
        "join customers_identity i on i.customer_id = m.customer_id and i.kind = 'user_id' order by 1, 2"
    )


def tagged(server: Server) -> list[Any]:
    """Everybody's history of the tag, in order."""
    return server.ask(
        "select i.value, c.before, c.after from customers_tagchangeof c "
        "join customers_identity i on i.customer_id = c.customer_id and i.kind = 'user_id' order by i.value, c.id"
    )


def kill_in_the_midst(server: Server) -> list[int]:
    """Kill the server a random while after another change was made; how many there were each time."""
    luck, taken = random.Random(3), [0]
    for _kill in range(KILLS):
        until = time.monotonic() + 60
        while server.ask(TAKES)[0][0] < taken[-1] + 15 and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(luck.random() * 0.05)
        server.kill()
        taken.append(server.ask(TAKES)[0][0])
        server.start()
    return taken[1:]


def test_kills_in_the_stream_leave_no_trace(tmp_path: Path) -> None:
    with following(tmp_path / "calm") as server:
        send(server)
        calm, calm_members, calm_tags = came_and_went(server), members(server), tagged(server)
    with following(tmp_path / "killed") as server:
        client = threading.Thread(target=send, args=(server,))
        client.start()
        taken = kill_in_the_midst(server)
        client.join()
        killed, killed_members, killed_tags = came_and_went(server), members(server), tagged(server)
    assert len(set(taken)) > 2, f"the stream was over too soon: {taken}"
    assert {row[3] for row in calm} == {"event"}
    assert len(calm) > 100
    assert killed == calm
    assert killed_members == calm_members
    assert killed_tags == calm_tags
    last = {user: after for user, _before, after in calm_tags}
    assert {user for user, after in last.items() if after} == {user for name, user in calm_members if name == "gold"}
    assert len(calm_tags) == sum(row[0] == "gold" for row in calm)
