"""`setpoint bench realtime`: from an event's acceptance (HTTP 200) to the change it makes in who is in a followed
segment and who has a tag, both visible in the database, at given rates, with all lanes of `setpoint serve` at work."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from setpoint.bench.load import request
from setpoint.bench.runner import Row
from setpoint.bench.serving import server
from setpoint.kernel.errors import Unavailable

RATES = (50, 200, 500)
LIMIT_MS = 50.0
CUSTOMERS, PAST_EVENTS, SECONDS = 100_000, 500_000, 20.0
QUICK_CUSTOMERS, QUICK_EVENTS, QUICK_SECONDS = 2_000, 5_000, 2.0
FILL_SECONDS = 180.0
LOOK_SECONDS = 0.002
SETTLE_SECONDS = 10.0
CONNECTIONS = 32
TELLING_SHARE = 20  # one message in so many restates a trait


def run(seed: int, quick: bool) -> list[Row]:
    """A row for each rate: p50, p95 and p99 in milliseconds, and what share of one core the server used."""
    home = Path(tempfile.mkdtemp(prefix="setpoint-bench-"))
    customers, past = (QUICK_CUSTOMERS, QUICK_EVENTS) if quick else (CUSTOMERS, PAST_EVENTS)
    try:
        with server(home, _serve, before=lambda environment: _company(environment, customers, past, seed)) as (
            port,
            header,
        ):
            database = home / "setpoint.sqlite3"
            _await_live(database)
            order = iter(np.random.default_rng(seed).permutation(customers).tolist())
            seconds = QUICK_SECONDS if quick else SECONDS
            return [_row(rate, _measured(database, port, header, rate, seconds, order)) for rate in RATES]
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(slots=True)
class Measured:
    """Moments (perf_counter) by message id: accepted, first seen as a change of members, and of tags where it makes one;
    the server's processor seconds."""

    accepted: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    tagged: dict[str, float] = field(default_factory=dict)
    took: float = 0.0
    cpu: float = 0.0


def message(number: int, customer: int, seed: int) -> dict[str, object]:
    """One message that moves its customer into or out of some segment."""
    told: dict[str, object] = {"messageId": f"r{seed}-{number}", "userId": f"u{customer}"}
    if number % TELLING_SHARE == 0:
        return told | {"type": "identify", "traits": {"plan": "gold"}}
    events = ("Order Completed", "Cart Left", "Order Completed", "Product Viewed")
    return told | {"type": "track", "event": events[number % 4], "properties": {"total": 24.5, "currency": "EUR"}}


def _serve(port: int) -> list[str]:
    return [sys.executable, "-m", "setpoint", "serve", "--port", str(port)]


def _company(environment: dict[str, str], customers: int, past: int, seed: int) -> None:
    command = [sys.executable, "-m", "setpoint.bench.realtime_company", str(customers), str(past), str(seed)]
    subprocess.run(command, env=environment, check=True)


def _await_live(database: Path) -> None:
    until = time.monotonic() + FILL_SECONDS
    with closing(sqlite3.connect(database, timeout=30)) as tables:
        while tables.execute(_UNREADY).fetchone()[0]:
            if time.monotonic() > until:
                raise Unavailable("The followed segments were not read in time.", remedy="See the server's log.")
            time.sleep(0.2)


_UNREADY = (
    "SELECT (SELECT count(*) FROM following_followed WHERE mode = 'starting')"
    " + (SELECT count(*) FROM customers_tag WHERE kind = 'rule' AND (refreshed_at IS NULL OR due_at < refreshed_at))"
)
_CHANGES = "SELECT id, customer_id, message_id FROM following_change WHERE id > ? ORDER BY id"
_TAGS = "SELECT id, customer_id FROM customers_tagchangeof WHERE id > ? ORDER BY id"


def _measured(database: Path, port: int, header: str, rate: int, seconds: float, customers: Iterator[int]) -> Measured:
    """Send at a steady rate while another thread looks for changes; ends when no change has come for a while."""
    told = Measured()
    first = next(customers)
    messages = [message(first * 1_000_000 + number, next(customers), rate) for number in range(int(rate * seconds))]
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(database, told, done))
    watcher.start()
    try:
        cpu, begun = _cpu_seconds(port), time.perf_counter()
        asyncio.run(_send(port, header, rate, messages, told))
        told.took, told.cpu = time.perf_counter() - begun, _cpu_seconds(port) - cpu
        _settle(told)
    finally:
        done.set()
        watcher.join()
    return told


def _settle(told: Measured) -> None:
    until = time.monotonic() + SETTLE_SECONDS
    while len(told.seen.keys() & told.accepted.keys()) < len(told.accepted) and time.monotonic() < until:
        time.sleep(0.05)


def _watch(database: Path, told: Measured, done: threading.Event) -> None:
    """Note when each change is first to be read by another process."""
    with closing(sqlite3.connect(database, timeout=30)) as tables:
        changes, tagged = (_Newer(tables, each) for each in (_CHANGES, _TAGS))
        by_customer: dict[int, str] = {}
        while not done.wait(LOOK_SECONDS):
            for customer, message_id in changes.read():
                by_customer[customer] = message_id
                told.seen.setdefault(message_id, time.perf_counter())
            for (customer,) in tagged.read():
                if customer in by_customer:
                    told.tagged.setdefault(by_customer[customer], time.perf_counter())


class _Newer:
    """Rows that a query, whose first column is an ascending id, has anew each time."""

    def __init__(self, tables: sqlite3.Connection, sql: str) -> None:
        self._tables, self._sql, self._last = tables, sql, 0
        self.read()

    def read(self) -> list[tuple[Any, ...]]:
        """What is new, without the ids."""
        rows = self._tables.execute(self._sql, (self._last,)).fetchall()
        self._last = rows[-1][0] if rows else self._last
        return [row[1:] for row in rows]


async def _send(port: int, header: str, rate: int, messages: list[dict[str, object]], told: Measured) -> None:
    """Each message at its moment, whether or not those before were answered."""
    queue: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
    workers = [asyncio.create_task(_client(port, queue, told)) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for number, each in enumerate(messages):
        await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        body = json.dumps(each).encode()
        queue.put_nowait((str(each["messageId"]), request(f"/v1/{each['type']}", body, header)))
    for _ in workers:
        queue.put_nowait(None)
    await asyncio.gather(*workers)


async def _client(port: int, queue: asyncio.Queue[tuple[str, bytes] | None], told: Measured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (given := await queue.get()) is not None:
        message_id, sent = given
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise Unavailable(f"The server answered {body[:300]!r}.", remedy="See its log.")
        told.accepted[message_id] = time.perf_counter()
    writer.close()


def _row(rate: int, told: Measured) -> Row:
    missing = len(told.accepted.keys() - told.seen.keys())
    seen = {key: max(at, told.tagged.get(key, at)) for key, at in told.seen.items()}
    waited = [max(0.0, seen[key] - at) * 1e3 for key, at in told.accepted.items() if key in seen]
    if missing or not waited or not told.tagged:
        raise Unavailable(f"{missing} of {len(told.accepted)} events changed nothing.", remedy="See the server's log.")
    p50, p95, p99 = (float(np.percentile(waited, part)) for part in (50, 95, 99))
    more = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "events": len(waited), "tags": len(told.tagged)}
    more |= {"cpu_share": told.cpu / told.took}
    more |= {"events_per_s": len(waited) / told.took, "limit": LIMIT_MS, "met": p95 <= LIMIT_MS}
    return Row(f"rate{rate}", p95, "ms", "ms allowed", LIMIT_MS, p95 / LIMIT_MS, more)


def _cpu_seconds(port: int) -> float:
    """Processor seconds of the server that listens here, with its children."""
    ticks: dict[int, int] = {}
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
            is_server = f"--port\0{port}\0".encode() in (stat.parent / "cmdline").read_bytes()
        except OSError:  # a process that has just ended
            continue
        pid = int(stat.parent.name)
        parents[pid], ticks[pid] = 0 if is_server else int(told[1]), sum(map(int, told[11:13]))
    return sum(spent for pid, spent in ticks.items() if _descends(pid, parents)) / os.sysconf("SC_CLK_TCK")


def _descends(pid: int, parents: dict[int, int]) -> bool:
    """Whether a process is one whose parent is told as 0, or comes from such a one."""
    while pid > 1 and pid in parents:
        if parents[pid] == 0:
            return True
        pid = parents[pid]
    return False
