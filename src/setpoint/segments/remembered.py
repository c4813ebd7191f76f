"""Conditions of events whose ids were read lately, so that a question that differs in one condition reads that one."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

import ibis
import pyarrow as pa

from setpoint.engine.session import Session
from setpoint.segments.done import Found, Moments, did
from setpoint.segments.sets import Population
from setpoint.segments.types import OfEvents

_MOST_BYTES = 128 * 2**20
_kept: OrderedDict[Any, tuple[pa.Table | None, bool]] = OrderedDict()
_lock = Lock()


def found(leaf: OfEvents, session: Session, everybody: Population, as_of: datetime) -> Found:
    """For whom a condition holds, as a table of the session: from memory where it was read at this moment from this
    state of the lake."""
    state = tuple(tuple(session.lake.snapshot(name)[0]) for name in ("events", "aliases"))
    key = (session.lake.root, state, repr(leaf), as_of)
    with _lock:
        known = _kept.pop(key, None)
    ids, is_left_out = known or _read(leaf, session, everybody, as_of)
    with _lock:
        _kept[key] = ids, is_left_out
        while sum(one.nbytes for one, _left in _kept.values() if one is not None) > _MOST_BYTES:
            _kept.popitem(last=False)
    return Found(None if ids is None else session.memtable(ids), is_left_out)


def _read(leaf: OfEvents, session: Session, everybody: Population, as_of: datetime) -> tuple[pa.Table | None, bool]:
    moments = Moments()
    told = did(leaf, everybody.events, moments, dialect=everybody.dialect)
    if told.ids is None:
        return None, told.is_left_out
    wanted = told.ids.select("customer_id").distinct()
    sql = str(ibis.to_sql(wanted, dialect=everybody.dialect, pretty=False))
    ids = session.engine.run(moments.filled(sql, as_of))["customer_id"].cast(pa.int64())
    return pa.table({"customer_id": ids.filter(ids.is_valid())}), told.is_left_out
