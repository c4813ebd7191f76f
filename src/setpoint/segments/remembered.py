"""What was reckoned of each customer's events lately, so that a question that differs in one condition reads that one,
and one that differs in a number alone reads nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import ibis
import numpy as np
import numpy.typing as npt

from setpoint.engine.ids import Counted, Folded, Ids, among
from setpoint.engine.session import Session
from setpoint.kernel.clock import micros
from setpoint.segments.done import Moments, counted, did, holds_without, reckoned, rows_of
from setpoint.segments.live import COMPARISONS
from setpoint.segments.types import Followed, Happened, Measured, OfEvents, Performed
from setpoint.segments.values import all_rounded

_MOST_BYTES = 128 * 2**20


class Marked(NamedTuple):
    """For whom a condition holds, or, where `is_left_out`, for whom it does not."""

    ids: Ids
    is_left_out: bool

    @property
    def nbytes(self) -> int:
        """The memory that the ids take."""
        return int(self.ids.nbytes)


T = TypeVar("T", Counted, Marked, Folded)
_kept: OrderedDict[Hashable, Counted | Marked | Folded] = OrderedDict()
_lock = Lock()


def holding(
    leaves: Iterable[OfEvents], session: Session, events: Any, customer_ids: Ids, as_of: datetime
) -> dict[str, npt.NDArray[np.bool_]]:
    """For whom of these customers each condition holds, by its `repr`: from memory where what it compares was read at
    this moment from this state of the lake."""
    state = tuple(tuple(session.lake.snapshot(name)[0]) for name in ("events", "aliases"))
    place = (session.lake.root, state, as_of)
    found = {}
    for key, leaf in sorted({repr(leaf): leaf for leaf in leaves}.items()):
        marked = _marked(leaf, session, events, place)
        found[key] = among(customer_ids, marked.ids) != marked.is_left_out
    return found


def forget() -> None:
    """Read everything anew."""
    with _lock:
        _kept.clear()


Place = tuple[str, Hashable, datetime]
"""A lake, its files, the moment: where and when something was read."""


def _marked(leaf: OfEvents, session: Session, events: Any, place: Place) -> Marked:
    as_of = place[-1]
    match leaf:
        case Performed():
            times = _remembered((place, repr(rows_of(leaf))), lambda: _times(leaf, session, events, as_of))
            return _counting(leaf, times)
        case Followed(within_hours=None):
            return _remembered((place, repr(leaf)), lambda: _read(leaf, session, events, as_of))
        case Measured() | Happened() | Followed():
            told = _remembered((place, _subject(leaf)), lambda: _reckoned(leaf, session, events, as_of))
            return Marked(told.ids[_fits(leaf, told.found, as_of)], is_left_out=False)


def _subject(leaf: Measured | Happened | Followed) -> Hashable:
    """What is reckoned, whatever it is compared with."""
    match leaf:
        case Measured():
            return "measured", leaf.measure, leaf.property, repr(rows_of(leaf))
        case Happened():
            return "happened", leaf.edge, repr(rows_of(leaf))
        case Followed():
            return "followed", repr((leaf.first, leaf.then, leaf.window))


def _fits(leaf: Measured | Happened | Followed, found: npt.NDArray[Any], as_of: datetime) -> Any:
    match leaf:
        case Measured():
            fits: Any = COMPARISONS[leaf.op](all_rounded(found) if leaf.measure == "sum" else found, leaf.amount)
            return fits
        case Happened():
            start, end = leaf.window.bounds(as_of)
            since = True if start is None else found >= micros(start)
            return since & (found < micros(end))
        case Followed():
            return found <= timedelta(hours=leaf.within_hours or 0) // timedelta(microseconds=1)


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


def _counting(leaf: Performed, times: Counted) -> Marked:
    is_left_out = holds_without(leaf)
    fits: Any = COMPARISONS[leaf.op](times.times, leaf.count)
    return Marked(times.ids[fits != is_left_out], is_left_out)


def _reckoned(leaf: Measured | Happened | Followed, session: Session, events: Any, as_of: datetime) -> Folded:
    moments = Moments()
    rows, how = reckoned(leaf, events, moments, dialect=session.dialect)
    return session.engine.folded(moments.filled(_sql(rows, session), as_of), how)


def _read(leaf: Followed, session: Session, events: Any, as_of: datetime) -> Marked:
    moments = Moments()
    told = did(leaf, events, moments, dialect=session.dialect)
    return Marked(session.engine.distinct(_filled(told.ids, moments, session, as_of)), told.is_left_out)


def _filled(rows: Any, moments: Moments, session: Session, as_of: datetime) -> str:
    return moments.filled(_sql(rows.select("customer_id"), session), as_of)


def _sql(rows: Any, session: Session) -> str:
    return str(ibis.to_sql(rows, dialect=session.dialect, pretty=False))
