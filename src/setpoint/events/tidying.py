"""Keeping the lake's events in few files, those of one name and of neighbouring customers together."""

from __future__ import annotations

import threading
import time

from django.conf import settings

from setpoint.engine import ordered
from setpoint.engine.lake import Lake
from setpoint.events.fold import TABLE

ORDER = ("event", "customer_id")
APART_SECONDS = 120.0
_lock = threading.Lock()
_last: dict[str, float] = {}


def tidy_lake(*, most_files: int = 32) -> bool:
    """Rewrite one month of too many files, at most every two minutes in this process, or else the ordered copy where it
    is due; whether there was something to do."""
    root = str(settings.SETPOINT_LAKE)
    with _lock:
        if time.monotonic() - _last.get(root, -APART_SECONDS) < APART_SECONDS:
            return False
        has_tidied = Lake(root).tidy(TABLE, ORDER, most_files=most_files)
        if has_tidied:
            _last.clear()
            _last[root] = time.monotonic()
        return has_tidied or ordered.settle(Lake(root))
