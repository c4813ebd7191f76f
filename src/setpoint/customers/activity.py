"""When each customer last did something, read from the lake's files as they appear.

What counts is what people do: tracked events, pages and screens. Opens and clicks of messages do not: machines make
them too. A file is read once; a file that compaction made is read again, which changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.conf import settings

from setpoint.engine.lake import Lake
from setpoint.engine.session import connect
from setpoint.engine.types import EVENTS

NEVER = np.iinfo(np.int64).min
DOINGS = ("track", "page", "screen")
REACTIONS = ("Email Opened", "Email Link Clicked")
Moments = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Known:
    """`moments[id]` are microseconds since 1970, as of the files in `seen`."""

    seen: frozenset[str]
    moments: Moments


_NOTHING = _Known(frozenset(), np.empty(0, dtype=np.int64))
_lock = threading.Lock()
_known: dict[str, _Known] = {}


def last_done(customer_ids: Moments) -> Moments:
    """When these customers last did something, in microseconds since 1970; NEVER where that is not known."""
    moments = _current().moments
    inside = customer_ids < len(moments)
    found = np.full(len(customer_ids), NEVER, dtype=np.int64)
    found[inside] = moments[customer_ids[inside]]
    return found


def newest() -> int:
    """When anybody last did something; NEVER where nobody did."""
    moments = _current().moments
    return int(moments.max()) if len(moments) else int(NEVER)


def refresh() -> None:
    """Read what is new in the lake now, so that the next who asks need not wait for it."""
    _current()


def _current() -> _Known:
    root = str(settings.SETPOINT_LAKE)
    with _lock:
        files, partitions = Lake(root).snapshot("events")
        held = _known.get(root) or _NOTHING
        if not held.seen & set(files):  # nothing of what was read is there any more: another lake
            held = _NOTHING
        if news := sorted(set(files) - held.seen):
            held = _Known(frozenset(files), _merged(held.moments, *_newest(root, news, partitions)))
        _known.clear()
        _known[root] = held
        return held


def _newest(root: str, files: Sequence[str], partitions: Sequence[str]) -> tuple[Moments, Moments]:
    with connect(root, settings.SETPOINT_ENGINE) as session:
        events = session.add_files("activity", files, schema=EVENTS, partitions=partitions)
        own = events.filter(events.type.isin(DOINGS), events.event.notin(REACTIONS), events.customer_id > 0)
        newest = session.execute(own.group_by("customer_id").agg(last=own.ts.max()))
    return newest["customer_id"].to_numpy(), newest["last"].to_numpy().astype("datetime64[us]").astype(np.int64)


def _merged(moments: Moments, ids: Moments, newest: Moments) -> Moments:
    size = max(len(moments), int(ids.max()) + 1 if len(ids) else 0)
    merged = np.full(size, NEVER, dtype=np.int64)
    merged[: len(moments)] = moments
    merged[ids] = np.maximum(merged[ids], newest)
    return merged
