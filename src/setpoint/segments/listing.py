"""Customers of a segment, page after page, without asking anew for each page who is in it."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from setpoint.customers.services import views
from setpoint.customers.types import CustomerView
from setpoint.segments.membership import select_members
from setpoint.segments.tree import to_json
from setpoint.segments.types import MembersPage, Node

_KEPT = 4
_KEPT_SECONDS = 60.0
_CHUNK = 2_000
_recent: OrderedDict[str, tuple[float, datetime, npt.NDArray[np.int64]]] = OrderedDict()
_lock = Lock()


def members_page(node: Node, *, as_of: datetime, after: int = 0, limit: int = 100) -> MembersPage:
    """Ids above `after`. The first page reads who is in it now; the next ones go on in that reading for a minute."""
    counted_at, ids = _reading(node, as_of, fresh=after == 0)
    start = int(np.searchsorted(ids, after, side="right"))
    page = tuple(int(one) for one in ids[start : start + limit])
    more = start + len(page) < len(ids)
    return MembersPage(page, page[-1] if page and more else None, len(ids), counted_at)


def all_members(node: Node, *, as_of: datetime) -> Iterator[CustomerView]:
    """Every customer of a segment by id, read in pieces."""
    ids = select_members(node, as_of=as_of)
    for start in range(0, len(ids), _CHUNK):
        piece = [int(one) for one in ids[start : start + _CHUNK]]
        found = views(piece)
        yield from (found[one] for one in piece if one in found)


def _reading(node: Node, as_of: datetime, *, fresh: bool) -> tuple[datetime, npt.NDArray[np.int64]]:
    place = f"{settings.SETPOINT_LAKE}\n{json.dumps(to_json(node), sort_keys=True)}"
    with _lock:
        kept: Any = None if fresh else _recent.get(place)
    if kept and time.monotonic() - kept[0] < _KEPT_SECONDS:
        return kept[1], kept[2]
    ids = select_members(node, as_of=as_of)
    with _lock:
        _recent[place] = (time.monotonic(), as_of, ids)
        _recent.move_to_end(place)
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
    return as_of, ids
