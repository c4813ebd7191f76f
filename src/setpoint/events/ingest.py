"""The tracking endpoint: a bare ASGI application for POST /v1/{identify,track,page,screen,group,alias,batch,import}.

Speaks Segment's HTTP tracking API, so unmodified Segment clients work with the address changed. The write key comes as
user name of basic authentication, as bearer token, or as `writeKey` in the body. 200 means that all is on disk.
Answers: 200 {"success": true}; 400, 401, 403, 404, 405, 408, 413, 415 and 503 (with Retry-After) carry
{"success": false, "code", "message", "error": {code, message, remedy, field, row}}, `row` being the index in the batch.

On simulated time the header `Setpoint-Clock: <ISO 8601>` sets the moment of receipt; otherwise it is ignored.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from setpoint.events import refusals
from setpoint.events.messages import MAX_REQUEST, Row, parse_request, row_of_server_event, rows_of
from setpoint.events.types import ServerEvent
from setpoint.events.writer import GroupCommit
from setpoint.governance.services import authenticate_key
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid, NotFound, Refused, SetpointError, TooLarge, Unauthorised

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ENDPOINTS = frozenset({"identify", "track", "page", "screen", "group", "alias", "batch", "import"})
MAX_BODY = 1024 * 1024
MOST_DISCARDED = 16 * 1024 * 1024
KEY_SECONDS = 5.0
REFUSAL_SECONDS = 2.0
_MOST_KEYS = 10_000
_SUCCESS = b'{"success":true}'
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
]
_JSON = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]

_log = logging.getLogger(__name__)
_writer = GroupCommit()
_keys: dict[str, tuple[float, frozenset[str] | None]] = {}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _http(scope, receive, send)


def enqueue(rows: Sequence[Row]) -> asyncio.Future[int]:
    """Hand inbox rows to this process's writer; the future ends when they are on disk. Raises Unavailable when full."""
    return _writer.enqueue(rows)


async def append(events: Sequence[ServerEvent], *, now: datetime | None = None) -> int:
    """Append events that our own server saw, in the same group commit as clients' events; returns when on disk.

    A message id that is known already is left out silently. Raises Unavailable when too much waits.
    """
    received = now or clock.now()
    rows = [row_of_server_event(event, received=received) for event in events]
    return await enqueue(rows) if rows else 0


def stop() -> None:
    """Write what waits and end the writer's thread (shutdown)."""
    _writer.stop()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await asyncio.to_thread(stop)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _http(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "OPTIONS":
        await _respond(send, 204, b"", _CORS)
        return
    try:
        await _take(scope, receive)
        status, body, headers = 200, _SUCCESS, _JSON
    except SetpointError as error:
        _noted(error)
        status, body, headers = _refusal(error)
    except Exception:
        _log.exception("A tracking request failed.")
        status, body, headers = _refusal(SetpointError(_("Something went wrong here."), remedy=_("Send again later.")))
    await _respond(send, status, body, headers)


async def _take(scope: Scope, receive: Receive) -> None:
    """One request: body, messages, key, disk."""
    kind = _endpoint(scope)
    headers = dict(scope["headers"])
    body = await _body(headers, receive)
    key = _key_in_header(headers)
    if key:
        await _authorise(key)
    calls, key_in_body = parse_request(kind, _unpacked(body, headers.get(b"content-encoding", b"").strip().lower()))
    if not key:
        await _authorise(key_in_body or "")
    rows = rows_of(calls, received=_received(headers))
    if rows:
        await enqueue(rows)


def _endpoint(scope: Scope) -> str:
    path = str(scope["path"])
    kind = path.rpartition("/")[2]
    if path != f"/v1/{kind}" or kind not in ENDPOINTS:
        raise NotFound(
            _("There is no tracking address %(path)s.") % {"path": path[:100]},
            remedy=_("Post to /v1/identify, track, page, screen, group, alias, batch or import."),
        )
    if scope["method"] != "POST":
        raise _MethodNotAllowed(_("This address takes POST alone."), remedy=_("Send the message as JSON in a POST."))
    return kind


class _MethodNotAllowed(SetpointError):
    status = 405
    code = "method_not_allowed"


class _UnknownEncoding(SetpointError):
    status = 415
    code = "unknown_encoding"


class _TooSlow(SetpointError):
    status = 408
    code = "too_slow"


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The body, which must be there in time: who sends a byte now and then holds the connection for nothing."""
    limit = settings.SETPOINT_BODY_SECONDS
    try:
        async with asyncio.timeout(limit):
            return await _read(headers, receive)
    except TimeoutError:
        raise _TooSlow(
            _("The body did not come whole within %(limit)s seconds.") % {"limit": f"{limit:g}"},
            remedy=_("Nothing of it was kept. Send it again, in smaller requests where the connection is slow."),
        ) from None


async def _read(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The body, at most MAX_BODY of it in memory. What is larger is read away, so that the sender gets the answer."""
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > MOST_DISCARDED):
        raise _too_large(MAX_BODY)
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= MOST_DISCARDED:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Invalid(_("The connection closed before the body ended."), remedy=_("Send again."))
        chunk = event.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
        more = event.get("more_body", False)
    if size > MAX_BODY:
        raise _too_large(MAX_BODY)
    return b"".join(chunks)


def _unpacked(body: bytes, encoding: bytes) -> bytes:
    """The body without its compression; never unpacks more than a request may have."""
    if encoding in (b"", b"identity"):
        return body
    if encoding != b"gzip":
        raise _UnknownEncoding(
            _("The encoding %(name)s is not known.") % {"name": encoding.decode("latin-1")[:40]},
            remedy=_("Send plain JSON or gzip."),
        )
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, MAX_REQUEST + 1)
    except zlib.error as error:
        raise Invalid(_("The body is not gzip: %(cause)s.") % {"cause": error}, remedy=_("Send it again.")) from None
    if len(plain) > MAX_REQUEST:
        raise _too_large(MAX_REQUEST)
    if not unpacker.eof:
        raise Invalid(_("The gzip body ends too early."), remedy=_("Send it again, whole."))
    return plain


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        _("The request is larger than %(limit)s bytes.") % {"limit": limit},
        remedy=_("Send fewer messages in one request, or smaller ones."),
    )


def _key_in_header(headers: dict[bytes, bytes]) -> str:
    scheme, _space, credentials = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer":
        return credentials.strip().decode("latin-1")
    if scheme.lower() != b"basic":
        return ""
    try:
        pair = base64.b64decode(credentials.strip(), validate=True)
    except binascii.Error:
        raise Unauthorised(
            _("The Authorization header is not Base64."), remedy=_("Send the write key as user name.")
        ) from None
    return pair.partition(b":")[0].decode("utf-8", "replace")


async def _authorise(key: str) -> None:
    scopes = await _scopes(key) if key else None
    if scopes is None:
        cause = _("This write key is wrong or was revoked.") if key else _("The request carries no write key.")
        raise Unauthorised(cause, remedy=_("Send a valid write key as user name of basic authentication, no password."))
    if "events:write" not in scopes:
        raise Refused(
            _("This key may not send events."), remedy=_("Use a write key, or a key with the scope events:write.")
        )


async def _scopes(key: str) -> frozenset[str] | None:
    """What a key may do, remembered for a few seconds: a look-up in the records would stop the loop."""
    until, scopes = _keys.get(key, (0.0, None))
    if until > time.monotonic():
        return scopes
    scopes = await asyncio.to_thread(_look_up, key)
    if len(_keys) >= _MOST_KEYS:
        _keys.clear()
    _keys[key] = (time.monotonic() + KEY_SECONDS, scopes)
    return scopes


def _look_up(key: str) -> frozenset[str] | None:
    try:
        view = authenticate_key(key)
    finally:
        connection.close()
    return None if view is None else frozenset(view.scopes)


def _received(headers: dict[bytes, bytes]) -> datetime:
    told = headers.get(b"setpoint-clock")
    if told is None or not settings.SETPOINT_SIMULATED:
        return clock.now()
    try:
        moment = datetime.fromisoformat(told.decode("latin-1"))
    except ValueError:
        raise Invalid(
            _("The header Setpoint-Clock is not a time in ISO 8601."), remedy=_("Write it like 2026-03-02T09:00:00Z.")
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _noted(error: SetpointError) -> None:
    """Count a refusal; the first one has all that follow in the next seconds written with it."""
    if refusals.note(error, now=clock.now()):
        loop = asyncio.get_running_loop()
        loop.call_later(REFUSAL_SECONDS, loop.run_in_executor, None, refusals.write)


def _refusal(error: SetpointError) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    said = error.to_dict()
    body = {"success": False, "code": error.code, "message": error.message, "error": said}
    headers = list(_JSON)
    if error.status == 503:
        headers.append((b"retry-after", b"1"))
    if error.status == 408:
        headers.append((b"connection", b"close"))
    if error.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="setpoint"'))
    return error.status, msgspec.json.encode(body), headers


async def _respond(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers + length})
    await send({"type": "http.response.body", "body": body})
