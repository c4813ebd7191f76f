"""Questions that are being answered, so that a newer one can end an older one nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Conflict

_lock = Lock()
_under_way: dict[str, _Question] = {}


class _Question:
    """One question; `end` may come before there is anything to interrupt."""

    def __init__(self) -> None:
        self.ended = False
        self._interrupt: Callable[[], None] | None = None

    def on_end(self, interrupt: Callable[[], None] | None) -> None:
        with _lock:
            self._interrupt = interrupt
            ended = self.ended
        if ended and interrupt:
            interrupt()

    def end(self) -> None:
        self.ended = True
        if self._interrupt:
            self._interrupt()


_current: ContextVar[_Question | None] = ContextVar("question", default=None)


@contextmanager
def answering(ticket: str) -> Iterator[None]:
    """Answer a question; an older one with the same ticket ends with Conflict. Without a ticket, nothing can end it."""
    question = _Question()
    if ticket:
        with _lock:
            older = _under_way.pop(ticket, None)
            _under_way[ticket] = question
            if older:
                older.end()
    token = _current.set(question)
    try:
        yield
    except Exception:
        if question.ended:
            raise Conflict(_("A newer question has taken this one's place."), remedy=_("Wait for that one.")) from None
        raise
    finally:
        _current.reset(token)
        with _lock:
            if _under_way.get(ticket) is question:
                del _under_way[ticket]


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """A stretch of work that `interrupt`, called from another thread, makes raise."""
    question = _current.get()
    if question is None:
        yield
        return
    question.on_end(interrupt)
    try:
        yield
    finally:
        question.on_end(None)
