"""Server-sent events: which topic has changed. Pages fetch what changed themselves, so nothing here needs to be kept.

One poller a process looks at change marks once a second, and only while somebody listens. Listening does not keep a
session alive, and ends with it. After a lost connection the browser says what it saw last (`Last-Event-ID`) and is
told at once what has changed since.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.utils import translation
from django.utils.translation import gettext as _

from setpoint.governance.auth import person_of, require
from setpoint.governance.sessions import SessionStore
from setpoint.governance.types import Acting
from setpoint.kernel.errors import Invalid, SetpointError, TooLarge
from setpoint.site import marks

PATH = "/api/live"
POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
MOST_LISTENERS = 500
MOST_OF_ONE = 12
MOST_TOPICS = 20
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Listener:
    """One open stream: what it listens to, the marks it knows, and how to wake it."""

    who: str
    topics: frozenset[str]
    known: dict[str, str]
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Poller:
    """Looks at the marks of all topics that anybody in this process listens to."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.marks: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> None:
        """Listen; the first listener starts the polling. TooLarge when there are too many."""
        mine = sum(each.who == listener.who for each in self.listeners)
        if len(self.listeners) >= MOST_LISTENERS or mine >= MOST_OF_ONE:
            raise TooLarge(_("Too many live connections are open."), remedy=_("Close some tabs; pages work without."))
        self.listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, listener: Listener) -> None:
        """Listen no more; the polling ends with the last listener."""
        self.listeners.discard(listener)

    async def _poll(self) -> None:
        while self.listeners:
            topics = frozenset[str]().union(*(each.topics for each in self.listeners))
            try:
                self.marks = await asyncio.to_thread(_read, topics)
            except Exception:
                logger.exception("The change marks could not be read; trying again.")
            for listener in list(self.listeners):
                listener.woken.set()
            await asyncio.sleep(POLL_SECONDS)


poller = Poller()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `GET /api/live?topics=campaign:5,cockpit` with a stream of events."""
    try:
        if scope["method"] != "GET":
            raise Invalid(_("Live events are read with GET."), remedy=_("Use GET."))
        topics = _topics(scope)
        who = await asyncio.to_thread(admit, scope, topics)
        listener = Listener(who, topics, _seen(scope, topics))
        poller.join(listener)
    except SetpointError as error:
        await _refuse(send, error)
        return
    try:
        await _stream(scope, listener, receive, send)
    finally:
        poller.leave(listener)


def admit(scope: Scope, topics: frozenset[str]) -> str:
    """Who listens; Unauthorised without a key or a living session, Refused without the scopes. Keeps nothing alive."""
    try:
        request = ASGIRequest(scope, BytesIO())
        request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        request.user = get_user(request)
        with translation.override(translation.get_language_from_request(request)):
            needed = {marks.scope_of(topic) for topic in topics} - {""}
            callers: list[Acting] = [require(each)(request) for each in sorted(needed)] or [person_of(request)]
        return callers[0].actor
    finally:
        close_old_connections()


async def _stream(scope: Scope, listener: Listener, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _write(send, "retry: 2000\n\n")
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while not gone.done():
            if not await _woken(listener, gone):
                if not await _still_admitted(scope, listener, send):
                    return
                continue
            for topic in sorted(listener.topics):
                await _tell(listener, topic, send)
    finally:
        gone.cancel()


async def _woken(listener: Listener, gone: asyncio.Future[None]) -> bool:
    """Wait for news, at most until the next heartbeat; whether there may be some."""
    waiting = asyncio.ensure_future(listener.woken.wait())
    loop = asyncio.get_running_loop()
    due = loop.time() + HEARTBEAT_SECONDS
    try:
        while loop.time() < due and not gone.done():
            either: set[asyncio.Future[Any]] = {waiting, gone}
            await asyncio.wait(either, timeout=due - loop.time(), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                listener.woken.clear()
                if _news(listener):
                    return True
                waiting = asyncio.ensure_future(listener.woken.wait())
        return gone.done()
    finally:
        waiting.cancel()


def _news(listener: Listener) -> bool:
    return any(poller.marks.get(topic) not in (None, listener.known.get(topic)) for topic in listener.topics)


async def _tell(listener: Listener, topic: str, send: Send) -> None:
    mark = poller.marks.get(topic)
    if mark is None or mark == listener.known.get(topic):
        return
    listener.known[topic] = mark
    seen = ",".join(f"{name}={known}" for name, known in sorted(listener.known.items()))
    await _write(send, f"id: {seen}\ndata: {json.dumps({'topic': topic})}\n\n")


async def _still_admitted(scope: Scope, listener: Listener, send: Send) -> bool:
    """Beat; and say farewell when the session has ended or the role no longer allows it."""
    try:
        await asyncio.to_thread(admit, scope, listener.topics)
    except SetpointError:
        await _write(send, "event: end\ndata: {}\n\n", more=False)
        return False
    await _write(send, ": beat\n\n")
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def _refuse(send: Send, error: SetpointError) -> None:
    status = 429 if isinstance(error, TooLarge) else error.status
    body = json.dumps(error.to_dict()).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _topics(scope: Scope) -> frozenset[str]:
    asked = parse_qs(scope.get("query_string", b"").decode("ascii", "replace")).get("topics", [""])[0]
    topics = frozenset(part for part in asked.split(",") if part)
    wrong = sorted(topic for topic in topics if not marks.is_topic(topic))
    if not topics or wrong or len(topics) > MOST_TOPICS:
        known = ", ".join(["campaign:ID", *marks.MARKS])
        raise Invalid(
            "These are no topics to listen to.", remedy=f"Name 1 to {MOST_TOPICS} of: {known}.", field="topics"
        )
    return topics


def _seen(scope: Scope, topics: frozenset[str]) -> dict[str, str]:
    """The marks that the browser knew before the connection was lost."""
    headers: Mapping[bytes, bytes] = dict(scope.get("headers", ()))
    pairs = (part.partition("=") for part in headers.get(b"last-event-id", b"").decode("ascii", "replace").split(","))
    return {name: mark for name, _equals, mark in pairs if name in topics}


def _read(topics: frozenset[str]) -> dict[str, str]:
    try:
        return marks.marks_of(topics)
    finally:
        close_old_connections()
