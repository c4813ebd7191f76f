"""Requests that are too large are refused before they are kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from setpoint.site import bodies

PIECE = b"x" * 1024**2


def asked(pieces: int, **headers: str) -> tuple[list[int], int]:
    """Send so many MiB; the statuses answered, and how many pieces the application got to see."""
    sent: list[int] = []
    seen = 0
    left = iter(range(pieces - 1, -1, -1))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": PIECE, "more_body": next(left) > 0}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        while (message := await receive())["type"] == "http.request":
            seen += 1
            if not message["more_body"]:
                await send({"type": "http.response.start", "status": 200})
                return

    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(bodies.bounded(app, {"headers": found}, receive, send))
    return sent, seen


def test_a_request_within_the_limit_passes() -> None:
    assert asked(16, content_length=str(16 * 1024**2)) == ([200], 16)


def test_a_request_that_says_it_is_too_large_is_not_read_at_all() -> None:
    assert asked(17, content_length=str(17 * 1024**2)) == ([413], 0)


def test_a_request_that_does_not_say_how_large_it_is_is_cut_at_the_limit() -> None:
    assert asked(200) == ([413], 16)


def test_who_sends_nothing_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.01)
    seen: list[str] = []

    async def receive() -> dict[str, Any]:
        if seen:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while not seen or seen[-1] == "http.request":
            seen.append((await receive())["type"])

    told: list[Any] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(message.get("status"))

    asyncio.run(bodies.bounded(app, {"headers": []}, receive, send))
    assert (seen, told[0]) == (["http.request", "http.disconnect"], 408)


def test_a_file_may_be_larger() -> None:
    assert asked(40, content_type="multipart/form-data; boundary=x") == ([200], 40)
