"""One holder at a time, across threads, processes and, on PostgreSQL, machines; a killed holder's lock is free at once.

On PostgreSQL a session's advisory lock (the connection must not go through a transaction-pooling proxy); on SQLite,
which is one machine by nature, an advisory lock on a file under SETPOINT_HOME/locks.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from setpoint.kernel.randomness import seed_of


@contextmanager
def exclusive(name: str) -> Iterator[bool]:
    """Hold the lock `name` inside the block. Yields False, at once, where somebody else holds it."""
    holder = _advisory(name) if connection.vendor == "postgresql" else _file(name)
    with holder as mine:
        yield mine


@contextmanager
def _advisory(name: str) -> Iterator[bool]:
    key = seed_of("lock", name) - 2**63
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file(name: str) -> Iterator[bool]:
    folder = Path(settings.SETPOINT_HOME) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
