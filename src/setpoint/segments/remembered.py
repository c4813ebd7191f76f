"""Conditions of events whose ids were read lately, so that a question that differs in one condition reads that one."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

import ibis
import numpy as np

from setpoint.engine.ids import Ids
from setpoint.engine.session import Session
from setpoint.segments.done import Moments, did
from setpoint.segments.types import OfEvents

_MOST_BYTES = 128 * 2**20
_kept: OrderedDict[Any, tuple[Ids, bool]] = OrderedDict()
_lock = Lock()


def holds(leaf: OfEvents, session: Session, events: Any, customer_ids: Ids, as_of: datetime) -> Any:
    """For whom of these customers a condition holds, as an array of booleans: from memory where it was read at this
    moment from this state of the lake."""
    state = tuple(tuple(session.lake.snapshot(name)[0]) for name in ("events", "aliases"))
    key = (session.lake.root, state, repr(leaf), as_of)
    with _lock:
        known = _kept.pop(key, None)
    ids, is_left_out = known or _read(leaf, session, events, as_of)
    with _lock:
        _kept[key] = ids, is_left_out
        while sum(one.nbytes for one, _left in _kept.values()) > _MOST_BYTES:
            _kept.popitem(last=False)
    return np.isin(customer_ids, ids, invert=is_left_out)


def _read(leaf: OfEvents, session: Session, events: Any, as_of: datetime) -> tuple[Ids, bool]:
    moments = Moments()
    told = did(leaf, events, moments, dialect=session.dialect)
    if told.ids is None:
        return np.empty(0, dtype=np.int64), told.is_left_out
    sql = str(ibis.to_sql(told.ids.select("customer_id"), dialect=session.dialect, pretty=False))
    return session.engine.distinct(moments.filled(sql, as_of)), told.is_left_out
