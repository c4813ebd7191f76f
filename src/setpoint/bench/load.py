"""Load on an HTTP server: many connections, each sending its next prepared request as soon as it was answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import cast

from setpoint.kernel.errors import Unavailable


def request(path: str, body: bytes, headers: str = "") -> bytes:
    """One HTTP/1.1 request as bytes."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._requests, self._done, self._seen = requests, done, b""
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if not self._seen.endswith(b"}"):
            return
        if not self._seen.startswith(b"HTTP/1.1 200"):
            self._finish(Unavailable(f"The server answered {self._seen[:300]!r}.", remedy="See its log."))
            return
        self._seen = b""
        self.answered += 1
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc or Unavailable("The server closed a connection.", remedy="See its log."))

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self._finish(None)
        else:
            self._transport.write(following)

    def _finish(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error) if error else self._done.set_result(None)
        self._transport.close()


async def _drive(port: int, requests: list[bytes], connections: int) -> float:
    loop = asyncio.get_running_loop()
    shared = iter(requests)
    ends = [loop.create_future() for _ in range(connections)]
    begun = time.perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: _Connection(shared, end), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return time.perf_counter() - begun


def seconds_for(port: int, requests: list[bytes], *, connections: int = 32) -> float:
    """Seconds until every request was answered with 200. Raises Unavailable when one was not."""
    return asyncio.run(_drive(port, requests, connections))
