"""How often one link may be used: a window that slides, kept in this process alone."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from threading import Lock

_MOST_KEYS = 20_000
_uses: OrderedDict[str, deque[float]] = OrderedDict()
_lock = Lock()


def may_use(key: str, *, most: int, seconds: float) -> bool:
    """Count one use; False when there were `most` within the last `seconds` already."""
    now = time.monotonic()
    with _lock:
        times = _uses.setdefault(key, deque())
        _uses.move_to_end(key)
        while times and now - times[0] > seconds:
            times.popleft()
        while len(_uses) > _MOST_KEYS:
            _uses.popitem(last=False)
        if len(times) >= most:
            return False
        times.append(now)
        return True


def forget_uses() -> None:
    """Begin anew; for tests."""
    with _lock:
        _uses.clear()
