"""The tracking addresses: a bare ASGI application that answers at once and appends what it saw to the event stream.

/t/o/TOKEN.gif is the open picture, /t/c/TOKEN leads on to the address inside the token, /t/h/TOKEN is a link that only
machines find. A token that we did not sign leads nowhere: never an open redirect. Nothing here reads or writes a table.

On simulated time the header `Setpoint-Clock: <ISO 8601>` sets the moment; otherwise it is ignored.
"""

from __future__ import annotations

import base64
import ipaddress
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.delivery.links import Hit, HitKind, read_hit
from setpoint.events import ingest
from setpoint.events.types import ServerEvent
from setpoint.kernel import clock
from setpoint.kernel.errors import NotFound, SetpointError, Unavailable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = dict[str, str]

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NOT_FOUND = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>404</title>"
    "<p>This link is not one of ours, or it was changed on its way.<p>此链接不是我们发出的,或者在途中被改动。"
).encode()
_EMPTY = b"<!doctype html><title></title>"
_HTML = (b"content-type", b"text/html; charset=utf-8")
_PLAIN = (
    (b"cache-control", b"no-store, private"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
)
_PURPOSE = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_LONGEST_LINK = 4_000
_log = logging.getLogger(__name__)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    method = str(scope["method"])
    if method not in ("GET", "HEAD"):
        await _respond(send, method, 405, b"", (b"allow", b"GET, HEAD"))
        return
    try:
        kind, hit = _read(str(scope["path"]))
    except (SetpointError, ValueError):
        await _respond(send, method, 404, _NOT_FOUND, _HTML)
        return
    await _record(kind, hit, scope)
    await _answer(send, method, kind, hit)


def event_of(kind: HitKind, hit: Hit, headers: Headers, *, method: str, address: str, at: datetime) -> ServerEvent:
    """The event that a hit becomes; the fold of events judges whether a person or a machine made it."""
    properties: dict[str, Any] = {
        "delivery": hit.delivery_id,
        "source": hit.source,
        "campaign": hit.source.removeprefix("campaign:"),
        "link": hit.url[:_LONGEST_LINK] if kind == "c" else kind,
        "ua": headers.get("user-agent", "")[:500],
        "method": method,
        "purpose": " ".join(headers[name][:50] for name in _PURPOSE if name in headers),
        "sent_at": hit.sent_at,
        "ip": network_of(address),
        "honeypot": kind == "h",
    }
    name = "Email Opened" if kind == "o" else "Email Link Clicked"
    return ServerEvent(hit.customer_id, name, properties, f"hit:{secrets.token_hex(16)}", at)


def network_of(address: str) -> str:
    """The network of an address, not the address: /24 of IPv4, /48 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, 24 if found.version == 4 else 48), strict=False))


def moment_of(headers: Headers) -> datetime:
    """The moment of a request: on simulated time as the request says, else the clock's."""
    stated = headers.get("setpoint-clock", "") if settings.SETPOINT_SIMULATED else ""
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        return clock.now()
    return moment if moment.tzinfo else clock.now()


def _read(path: str) -> tuple[HitKind, Hit]:
    kind, _slash, token = path.removeprefix("/t/").partition("/")
    if kind == "o":
        return "o", read_hit("o", token.removesuffix(".gif"))
    if kind == "h":
        return "h", read_hit("h", token)
    if kind != "c":
        raise NotFound(_("There is no such tracking address."))
    hit = read_hit("c", token)
    if urlsplit(hit.url).scheme not in ("http", "https"):
        raise NotFound(_("The link leads to something that is not a page."))
    return "c", hit


async def _record(kind: HitKind, hit: Hit, scope: Scope) -> None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    address = str((scope.get("client") or ("",))[0])
    at = moment_of(headers)
    event = event_of(kind, hit, headers, method=str(scope["method"]), address=address, at=at)
    try:
        await ingest.append([event], now=at)
    except Unavailable:
        # A customer's click must lead on even when we cannot keep it.
        _log.warning("A hit on delivery %s was not kept: too much waits to be written.", hit.delivery_id)


async def _answer(send: Send, method: str, kind: HitKind, hit: Hit) -> None:
    if kind == "o":
        await _respond(send, method, 200, PICTURE, (b"content-type", b"image/gif"))
    elif kind == "h":
        await _respond(send, method, 200, _EMPTY, _HTML)
    else:
        location = quote(hit.url, safe="%/:=&?~#+!$,;'@()*[]").encode("ascii")
        await _respond(send, method, 302, b"", (b"location", location))


async def _respond(send: Send, method: str, status: int, body: bytes, header: tuple[bytes, bytes]) -> None:
    headers = [header, (b"content-length", str(len(body)).encode()), *_PLAIN]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
