"""One ASGI application: ingestion and tracking on their own fast paths, Django for the rest."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setpoint.site.settings")

from django.core.asgi import get_asgi_application

django_app = get_asgi_application()

from setpoint.delivery import tracking
from setpoint.events import ingest
from setpoint.kernel.memory import keep_what_is_loaded
from setpoint.site import apart, live, worker
from setpoint.site.bodies import bounded

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
logger = logging.getLogger(__name__)
INGEST_PREFIX = "/v1/"
TRACKING_PREFIX = "/t/"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Route by path prefix; the life span starts the group commit and, where asked for, the worker."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    path: str = scope.get("path", "")
    if path.startswith(INGEST_PREFIX):
        await ingest.app(scope, receive, send)
    elif path.startswith(TRACKING_PREFIX):
        await tracking.app(scope, receive, send)
    elif path == live.PATH:
        await live.app(scope, receive, send)
    else:
        await bounded(django_app, scope, receive, send)


async def _started() -> dict[str, str]:
    """Start the worker where this process has that role; a failure is logged and told to the server."""
    try:
        apart.die_with_parent()
        if os.environ.get("SETPOINT_ROLE", "serve") == "serve":
            await asyncio.to_thread(worker.start_beside_pages)
    except Exception as error:
        logger.exception("The worker could not start.")
        return {"type": "lifespan.startup.failed", "message": str(error)}
    keep_what_is_loaded()
    return {"type": "lifespan.startup.complete"}


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send(await _started())
        else:
            worker.stop()
            ingest.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
