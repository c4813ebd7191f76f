"""What an event is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_KEYS = ("revenue", "total", "value")
_NUMERIC = (int, float, str)


def value_of(properties: Mapping[str, Any]) -> float | None:
    """An event's worth in the main currency unit: its revenue, else total, else value; strings of numbers count."""
    for key in _KEYS:
        if key in properties and (found := _number(properties[key])) is not None:
            return found
    return None


def _number(value: Any) -> float | None:
    if value.__class__ is float:
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, _NUMERIC):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
