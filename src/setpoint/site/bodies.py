"""How large a request may be. Django keeps the whole body before anybody is asked who they are, so the limit stands
before Django: files may be large, everything else is small."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.utils.translation import gettext as _

from setpoint.events.uploads import MOST_BYTES
from setpoint.kernel.errors import TooLarge

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_TEXT = 16 * 1024**2
PATIENCE_SECONDS = 30.0
"""How long the next piece of a body may keep us waiting."""
_FORM = 1024**2
"""What a form may hold beside its file."""
_GONE: dict[str, Any] = {"type": "http.disconnect"}


async def bounded(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """The application for a request of an allowed size; 413 for a larger one, as soon as it shows."""
    headers = dict(scope["headers"])
    most, declared = _limit(headers), headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > most:
        await _refuse(send)
        return
    taken, is_whole = 0, False

    async def counted() -> dict[str, Any]:
        nonlocal taken, is_whole
        message = await (receive() if is_whole else _soon(receive))
        taken += len(message.get("body") or b"")
        is_whole = not message.get("more_body")
        return message if taken <= most else _GONE

    await app(scope, counted, send)
    if taken > most:
        await _refuse(send)


async def _soon(receive: Receive) -> dict[str, Any]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await receive()
    except TimeoutError:
        return _GONE


def _limit(headers: dict[bytes, bytes]) -> int:
    is_form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
    return MOST_BYTES + _FORM if is_form else MOST_TEXT


async def _refuse(send: Send) -> None:
    error = TooLarge(_("This request is larger than we take."), remedy=_("Send less at once, or import a file."))
    body = json.dumps(error.to_dict()).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
