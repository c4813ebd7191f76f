"""SQLite whose writers come one after the other in a queue, across threads and processes.

SQLite lets a writer that finds another one at work sleep, longer each time, up to 100 ms: under load the lucky go first
and the others wait many times as long as the work itself takes. Here they wait for locks of the file system, which
wake the next one at once and are free as soon as their holder has died. Transactions queue from their beginning, and so
does a single statement that writes outside of one: a transaction that met it would sleep, and with it the whole queue.

There are two locks, because a file's lock may be taken again before the one who was woken comes to it: who waits for the
room stands in the door, and whoever has just left the room does not come past.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection with its own place in the queue."""

    _door, _room = -1, -1
    _is_inside = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """The connection; the files of the queue are beside the database's."""
        made = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self._door, self._room = (_opened(f"{conn_params['database']}-{name}") for name in ("door", "room"))
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor whose single writes queue."""
        return self.connection.cursor(factory=partial(_Cursor, queue=self))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes inside of the block."""
        if self._is_inside:
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        done = super()._commit()  # type: ignore[misc]
        self._leave()
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            for file in {self._door, self._room} - {-1}:
                os.close(file)
            self._door = self._room = -1
            self._is_inside = False

    def _enter(self) -> None:
        if self._room < 0:
            return
        flock(self._door, LOCK_EX)
        try:
            flock(self._room, LOCK_EX)
            self._is_inside = True
        finally:
            flock(self._door, LOCK_UN)

    def _leave(self) -> None:
        if self._is_inside:
            flock(self._room, LOCK_UN)
        self._is_inside = False


class _Cursor(base.SQLiteCursorWrapper):
    def __init__(self, connection: Any, queue: DatabaseWrapper) -> None:
        super().__init__(connection)
        self._queue = queue

    def execute(self, query: str, params: Any = None) -> Any:
        if not _is_write(query):
            return super().execute(query, params)
        with self._queue.alone():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self._queue.alone():
            return super().executemany(query, param_list)


def _is_write(query: str) -> bool:
    return query.startswith(("INSERT", "UPDATE", "DELETE", "REPLACE"))


def _opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
