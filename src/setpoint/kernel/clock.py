"""The one source of "now".

Three readings: the system's clock (default), a clock kept in a small file that several processes share
(simulated time: a campaign of weeks runs in seconds), and a moment pinned for one context (`at`), which
wins over both. Everything below the edges takes time as an argument; only edges call `now`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in UTC."""

    def now(self) -> datetime:
        """The current moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current moment, timezone-aware, in UTC."""
        return datetime.now(UTC)


class FileClock:
    """Simulated time, eight bytes in a file, read and moved by any process that knows the path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The simulated moment, timezone-aware, in UTC; the machine's until it has been set for the first time."""
        if not self.path.exists():
            return datetime.now(UTC)
        (micros,) = struct.unpack("<q", self.path.read_bytes())
        return datetime.fromtimestamp(micros / 1e6, UTC)

    def move_to(self, moment: datetime) -> None:
        """Set simulated time; never backwards once it has been set."""
        if self.path.exists() and moment < self.now():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(struct.pack("<q", round(moment.timestamp() * 1e6)))
        fresh.replace(self.path)


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_clock: Clock = SystemClock()
_pinned: ContextVar[datetime | None] = ContextVar("pinned_moment", default=None)


def use(clock: Clock) -> None:
    """Choose the clock of this process. Called once, by the composition root."""
    global _clock
    _clock = clock


def current() -> Clock:
    """The clock of this process."""
    return _clock


def is_simulated() -> bool:
    """Whether this process runs on simulated time."""
    return isinstance(_clock, FileClock)


def now() -> datetime:
    """The current moment, timezone-aware, in UTC."""
    return _pinned.get() or _clock.now()


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 of a timezone-aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Pin `now` to a moment within this context (tests, and requests that carry simulated time)."""
    token = _pinned.set(moment)
    try:
        yield
    finally:
        _pinned.reset(token)
