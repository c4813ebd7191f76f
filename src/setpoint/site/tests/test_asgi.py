"""The life span of a serving process."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from setpoint.site import apart, asgi


def test_a_process_that_serves_keeps_what_it_has_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_ROLE", "web")
    monkeypatch.setattr(apart, "die_with_parent", lambda: None)
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said: list[tuple[str, bool]] = []

    async def receive() -> dict[str, Any]:
        return next(asked)

    async def send(message: dict[str, Any]) -> None:
        said.append((message["type"], gc.get_freeze_count() > 0))

    try:
        asyncio.run(asgi.app({"type": "lifespan"}, receive, send))
    finally:
        gc.unfreeze()
    assert said == [("lifespan.startup.complete", True), ("lifespan.shutdown.complete", True)]
