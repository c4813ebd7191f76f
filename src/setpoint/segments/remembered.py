"""Conditions of events whose ids were read lately, so that a question that differs in one condition reads that one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import ibis
import numpy as np

from setpoint.engine.ids import Counted, Ids
from setpoint.engine.session import Session
from setpoint.segments.done import Moments, counted, did, holds_without, rows_of
from setpoint.segments.live import COMPARISONS
from setpoint.segments.types import OfEvents, Performed

_MOST_BYTES = 128 * 2**20


class Marked(NamedTuple):
    """For whom a condition holds, or, where `is_left_out`, for whom it does not."""

    ids: Ids
    is_left_out: bool

    @property
    def nbytes(self) -> int:
        """The memory that the ids take."""
        return int(self.ids.nbytes)


T = TypeVar("T", Counted, Marked)
_kept: OrderedDict[Hashable, Counted | Marked] = OrderedDict()
_lock = Lock()


def holds(leaf: OfEvents, session: Session, events: Any, customer_ids: Ids, as_of: datetime) -> Any:
    """For whom of these customers a condition holds, as an array of booleans: from memory where it was read at this
    moment from this state of the lake."""
    state = tuple(tuple(session.lake.snapshot(name)[0]) for name in ("events", "aliases"))
    here = (session.lake.root, state, as_of)
    if isinstance(leaf, Performed):
        times = _remembered((*here, repr(rows_of(leaf))), lambda: _times(leaf, session, events, as_of))
        marked = _marked(leaf, times)
    else:
        marked = _remembered((*here, repr(leaf)), lambda: _read(leaf, session, events, as_of))
    return np.isin(customer_ids, marked.ids, invert=marked.is_left_out)


def _remembered(key: Hashable, read: Callable[[], T]) -> T:
    with _lock:
        known: Any = _kept.pop(key, None)
    found: T = read() if known is None else known
    with _lock:
        _kept[key] = found
        while sum(one.nbytes for one in _kept.values()) > _MOST_BYTES:
            _kept.popitem(last=False)
    return found


def _times(leaf: Performed, session: Session, events: Any, as_of: datetime) -> Counted:
    """How often each customer did it: told for every number that may be asked for."""
    moments = Moments()
    rows = counted(leaf, events, moments, dialect=session.dialect)
    return session.engine.counts(_filled(rows, moments, session, as_of))


def _marked(leaf: Performed, times: Counted) -> Marked:
    is_left_out = holds_without(leaf)
    fits: Any = COMPARISONS[leaf.op](times.times, leaf.count)
    return Marked(times.ids[fits != is_left_out], is_left_out)


def _read(leaf: OfEvents, session: Session, events: Any, as_of: datetime) -> Marked:
    moments = Moments()
    told = did(leaf, events, moments, dialect=session.dialect)
    if told.ids is None:
        return Marked(np.empty(0, dtype=np.int64), told.is_left_out)
    return Marked(session.engine.distinct(_filled(told.ids, moments, session, as_of)), told.is_left_out)


def _filled(rows: Any, moments: Moments, session: Session, as_of: datetime) -> str:
    sql = str(ibis.to_sql(rows.select("customer_id"), dialect=session.dialect, pretty=False))
    return moments.filled(sql, as_of)
