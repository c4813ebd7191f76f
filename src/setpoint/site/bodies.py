"""How large a request may be. Django keeps the whole body before anybody is asked who they are, so the limit stands
before Django: files may be large, everything else is small."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from setpoint.events.uploads import MOST_BYTES
from setpoint.kernel.errors import Invalid, SetpointError, TooLarge

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_TEXT = 16 * 1024**2
PATIENCE_SECONDS = 30.0
"""How long the next piece of a body may keep us waiting."""
_FORM = 1024**2
"""What a form may hold beside its file."""


async def bounded(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """The application for a request of an allowed size; 413 for a larger one as soon as it shows, 408 where the rest
    does not come."""
    headers = dict(scope["headers"])
    body, declared = _Body(receive, _limit(headers)), headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > body.most:
        await _refuse(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return
    await app(scope, body.receive, send)
    if body.refused:
        await _refuse(send, body.refused)


class _Body:
    """A body as it comes in. What is too large or too late looks to the application as if the caller had left."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.most = most
        self.refused: HTTPStatus | None = None
        self._receive, self._taken, self._is_whole = receive, 0, False

    async def receive(self) -> dict[str, Any]:
        """The next piece."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                message = await self._receive()
        except TimeoutError:
            return self._refusing(HTTPStatus.REQUEST_TIMEOUT)
        self._taken += len(message.get("body") or b"")
        self._is_whole = not message.get("more_body")
        return message if self._taken <= self.most else self._refusing(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _refusing(self, status: HTTPStatus) -> dict[str, Any]:
        self.refused, self._is_whole = status, True
        return {"type": "http.disconnect"}


def _limit(headers: dict[bytes, bytes]) -> int:
    is_form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
    return MOST_BYTES + _FORM if is_form else MOST_TEXT


async def _refuse(send: Send, status: HTTPStatus) -> None:
    error: SetpointError = TooLarge(
        _("This request is larger than we take."), remedy=_("Send less at once, or import a file.")
    )
    if status == HTTPStatus.REQUEST_TIMEOUT:
        error = Invalid(_("The rest of this request did not come."), remedy=_("Send it again."))
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(error.to_dict()).encode()})
