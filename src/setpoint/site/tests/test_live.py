"""Live events: who may listen, what is told, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from setpoint.autopilot.models import Campaign
from setpoint.governance import services as governance
from setpoint.kernel.errors import Refused, Unauthorised
from setpoint.site import live, marks

SPEC: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poller of one's own that looks often, with nobody turned away."""
    monkeypatch.setattr(live, "poller", live.Poller())
    monkeypatch.setattr(live, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "admit", lambda scope, topics: "ann")


def scope_for(topics: str, **headers: str) -> dict[str, Any]:
    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    query = f"topics={topics}".encode()
    return {"type": "http", "method": "GET", "path": live.PATH, "query_string": query, "headers": found}


class Browser:
    """One connection: collects what was sent, hangs up when told to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.hung_up = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    @property
    def told(self) -> list[str]:
        return [json.loads(line[6:])["topic"] for line in self.text.split("\n") if line.startswith('data: {"topic')]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.002)


def run(scene: Any) -> None:
    asyncio.run(scene())


def test_changes_are_told_to_those_who_listen_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"campaign:5": "a", "cockpit": "x"}
    monkeypatch.setattr(live, "_read", lambda topics: {topic: now[topic] for topic in topics})

    async def scene() -> None:
        one, two = Browser(), Browser()
        listening = [
            asyncio.create_task(live.app(scope_for("campaign:5"), one.receive, one.send)),
            asyncio.create_task(live.app(scope_for("campaign:5,cockpit"), two.receive, two.send)),
        ]
        await two.until(lambda: len(two.told) == 2)
        now["cockpit"] = "y"
        await two.until(lambda: two.told[2:] == ["cockpit"])
        assert one.told == ["campaign:5"]
        assert "id: campaign:5=a,cockpit=y" in two.text
        await two.until(lambda: ": beat" in two.text)
        for browser in (one, two):
            browser.hung_up.set()
        await asyncio.gather(*listening)
        assert not live.poller.listeners
        polling = live.poller._task
        assert polling is not None
        await asyncio.wait_for(polling, 1)

    run(scene)


def test_after_a_lost_connection_only_what_changed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_read", lambda topics: {"cockpit": "x", "imports": "new"})

    async def scene() -> None:
        browser = Browser()
        scope = scope_for("cockpit,imports", last_event_id="cockpit=x,imports=old,other=1")
        listening = asyncio.create_task(live.app(scope, browser.receive, browser.send))
        await browser.until(lambda: ": beat" in browser.text)
        assert browser.told == ["imports"]
        browser.hung_up.set()
        await listening

    run(scene)


def test_the_stream_ends_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_read", lambda topics: {})
    admitted = iter(["ann"])

    def admit(scope: Any, topics: Any) -> str:
        for who in admitted:
            return who
        raise Unauthorised("Your session has ended.")

    monkeypatch.setattr(live, "admit", admit)

    async def scene() -> None:
        browser = Browser()
        await asyncio.wait_for(live.app(scope_for("cockpit"), browser.receive, browser.send), 5)
        assert browser.text.endswith("event: end\ndata: {}\n\n")
        assert browser.sent[-1]["more_body"] is False

    run(scene)


def test_one_person_opens_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_read", lambda topics: {})
    monkeypatch.setattr(live, "MOST_OF_ONE", 1)

    async def scene() -> None:
        one, two = Browser(), Browser()
        first = asyncio.create_task(live.app(scope_for("cockpit"), one.receive, one.send))
        await one.until(lambda: bool(one.sent))
        await live.app(scope_for("cockpit"), two.receive, two.send)
        assert two.sent[0]["status"] == 429
        one.hung_up.set()
        await first

    run(scene)


@pytest.mark.parametrize("topics", ["", "nonsense", "campaign:0", "campaign:x", "cockpit,secrets", "campaign:1%27"])
def test_what_is_no_topic_is_refused(topics: str) -> None:
    async def scene() -> None:
        browser = Browser()
        await live.app(scope_for(topics), browser.receive, browser.send)
        assert browser.sent[0]["status"] == 400
        assert json.loads(browser.text)["field"] == "topics"

    run(scene)


@pytest.mark.django_db
class TestAdmission:
    """Who may listen, asked of the database."""

    @pytest.fixture(autouse=True)
    def true_admission(self, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "admit", ADMIT)
        monkeypatch.setattr(live, "close_old_connections", lambda: None)

    def test_a_session_lets_in_and_its_end_puts_out(self, now: datetime) -> None:
        user = get_user_model().objects.create(email="ann@example.com", name="Ann", role="owner", created_at=now)
        client = Client()
        client.force_login(user)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        scope = scope_for("cockpit", cookie=f"{settings.SESSION_COOKIE_NAME}={key}")
        before = Session.objects.get(session_key=key).expire_date
        assert "ann@example.com" in live.admit(scope, frozenset({"cockpit", "notices"}))
        assert Session.objects.get(session_key=key).expire_date == before, "listening keeps nothing alive"
        Session.objects.filter(session_key=key).delete()
        with pytest.raises(Unauthorised):
            live.admit(scope, frozenset({"cockpit"}))

    def test_strangers_and_narrow_keys_are_refused(self, now: datetime) -> None:
        with pytest.raises(Unauthorised):
            live.admit(scope_for("cockpit"), frozenset({"cockpit"}))
        with pytest.raises(Unauthorised):
            live.admit(scope_for("cockpit", cookie=f"{settings.SESSION_COOKIE_NAME}=nobody"), frozenset({"cockpit"}))
        narrow, _key = governance.create_api_key("narrow", ["campaigns:read"], now=now)
        scope = scope_for("cockpit", authorization=f"Bearer {narrow}")
        assert live.admit(scope, frozenset({"cockpit", "campaign:3"})).endswith("narrow")
        with pytest.raises(Refused):
            live.admit(scope, frozenset({"cockpit", "imports"}))


ADMIT = live.admit


@pytest.mark.django_db
def test_marks_change_when_their_record_does_and_only_then(now: datetime) -> None:
    topics = ["campaign:1", "campaigns", "cockpit", "imports", "jobs", "notices"]
    nothing = marks.marks_of(topics)
    made = Campaign.objects.create(name="Spring", spec=SPEC, created_at=now)
    mine = f"campaign:{made.pk}"
    before = marks.marks_of([mine, *topics[1:]])
    assert before["campaigns"] != nothing["campaigns"]
    assert before["imports"] == nothing["imports"]
    assert marks.marks_of([mine, *topics[1:]]) == before
    Campaign.objects.filter(pk=made.pk).update(version=2)
    after = marks.marks_of([mine, *topics[1:]])
    changed = {topic for topic in after if after[topic] != before[topic]}
    assert changed == {mine, "campaigns", "cockpit"}
