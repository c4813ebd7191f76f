"""Group commit: many requests' rows, one transaction, one answer each once it is on disk.

One thread owns the connection. It takes all that waits, writes it in one transaction and answers those who waited; what
arrives meanwhile makes up the next transaction. The more load, the larger the groups.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError, close_old_connections, connection
from django.utils.translation import gettext as _

from setpoint.events import inbox
from setpoint.events.messages import Row
from setpoint.kernel.errors import Unavailable

MOST_WAITING = 50_000
MOST_TOGETHER = 10_000
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Request:
    rows: Sequence[Row]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[int]


class GroupCommit:
    """The writer of this process. Starts itself at the first request; `stop` writes what waits and ends the thread."""

    def __init__(self) -> None:
        self._waiting: deque[_Request] = deque()
        self._rows = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def enqueue(self, rows: Sequence[Row]) -> asyncio.Future[int]:
        """Rows to be written; the future ends when they are durable, with how many rows were handed in.

        Raises Unavailable when too many rows wait already.
        """
        loop = asyncio.get_running_loop()
        request = _Request(rows, loop, loop.create_future())
        with self._changed:
            if self._rows + len(rows) > MOST_WAITING:
                raise Unavailable(
                    _("Too many events wait to be written."), remedy=_("Send again after the time in Retry-After.")
                )
            self._waiting.append(request)
            self._rows += len(rows)
            self._start()
            self._changed.notify()
        return request.answer

    def stop(self) -> None:
        """Write what waits, then end the thread. The next request starts a new one."""
        with self._changed:
            thread, self._thread, self._stopping = self._thread, None, True
            self._changed.notify()
        if thread is not None:
            thread.join()
        self._stopping = False

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="events-writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            while group := self._take():
                _commit(group)
        finally:
            connection.close()

    def _take(self) -> list[_Request]:
        """All that waits, up to a transaction's worth; empty when there is nothing and we are to stop."""
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            group: list[_Request] = []
            rows = 0
            while self._waiting and rows < MOST_TOGETHER:
                group.append(self._waiting.popleft())
                rows += len(group[-1].rows)
            self._rows -= rows
        return group


def _commit(group: Sequence[_Request]) -> None:
    """Write a group; where it fails, each request alone, so that one cannot take the others down."""
    try:
        _write([row for request in group for row in request.rows])
    except Exception as error:
        _log.warning("Writing %d requests failed: %s", len(group), error)
        close_old_connections()
        if len(group) > 1:
            for request in group:
                _commit([request])
        else:
            _answer(group, error)
        return
    _answer(group, None)


def _write(rows: Sequence[Row]) -> None:
    if connection.connection is None and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Other connections may trade the last moments before a power cut for speed; an accepted event may not.
            cursor.execute("PRAGMA synchronous=full")
    inbox.insert(rows)


def _answer(group: Sequence[_Request], error: Exception | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
    for request in group:
        by_loop.setdefault(request.loop, []).append(request)
    for loop, requests in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, requests, error)


def _resolve(requests: Sequence[_Request], error: Exception | None) -> None:
    for request in requests:
        if request.answer.cancelled():
            continue
        if error is None:
            request.answer.set_result(len(request.rows))
        else:
            request.answer.set_exception(_as_unavailable(error))


def _as_unavailable(error: Exception) -> Exception:
    if not isinstance(error, DatabaseError):
        return error
    return Unavailable(_("The events could not be written."), remedy=_("Send again after the time in Retry-After."))
