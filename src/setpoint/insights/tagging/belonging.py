"""Which kept segments one customer is in now, and why: all of them read in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from setpoint.segments.services import explain, list_segments
from setpoint.segments.types import AnyOf, Explained

MOST = 100


@dataclass(frozen=True, slots=True)
class Belonging:
    """A segment with one customer in it, and each of its conditions with what was seen of them."""

    id: int
    name: str
    conditions: Sequence[Explained]


def segments_of(customer_id: int, *, now: datetime) -> list[Belonging]:
    """The segments that a customer is in at a moment, by name. NotFound for an unknown id."""
    kept = sorted(list_segments(), key=lambda view: view.name)[:MOST]
    told = explain(AnyOf(tuple(view.node for view in kept)), customer_id, as_of=now)
    parts: list[list[Explained]] = []
    for condition in told[1:]:
        if condition.depth == 1:
            parts.append([])
        parts[-1].append(condition)
    return [Belonging(view.id, view.name, part) for view, part in zip(kept, parts, strict=True) if part[0].holds]
