"""The peer of `setpoint bench ingest`: a bare ASGI handler that does nothing but read JSON and insert durably.

It knows no keys, checks nothing, changes nothing. Its insert is the product's own (same table, same group commit, same
durability) and so is its collector of garbage, so that the ratio tells what validation, normalisation and authorisation
cost.
Run as `python -m setpoint.bench.raw_handler PORT` with the environment of an initialised home.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setpoint.site.settings")

from django import setup

setup()

from setpoint.events.messages import Row
from setpoint.events.writer import GroupCommit
from setpoint.kernel import clock
from setpoint.kernel.memory import keep_what_is_loaded

_writer = GroupCommit()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"16")]
_BODY = b'{"success":true}'


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Insert the messages of a body, then answer."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    message = msgspec.json.decode(body)
    now = clock.now()
    found = message.get("batch", [message])
    await _writer.enqueue([Row(each["messageId"], now, msgspec.json.encode(each), None) for each in found])
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def main(port: int) -> None:
    """Serve until told to stop, as the product's own server does."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    keep_what_is_loaded()
    Server(
        "setpoint.bench.raw_handler:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        workers=1,
        log_level=LogLevels.warning,
        backlog=2048,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
