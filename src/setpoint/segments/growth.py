"""How a segment grew: its members counted once a day, from the day on which counting began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from setpoint.kernel.errors import Conflict
from setpoint.segments.membership import select_members
from setpoint.segments.models import DayCount, Segment
from setpoint.segments.tree import parse_tree

MOST_DAYS = 731


@dataclass(frozen=True, slots=True)
class DaySize:
    """How many were in it on a day (UTC), by the rule of that version."""

    day: date
    count: int
    version: int


def count_next(*, now: datetime) -> bool:
    """Count one segment that was not counted today; whether there was one. A rule that cannot be read is left for
    tomorrow: whoever opens it is told why."""
    counted = DayCount.objects.filter(day=now.date()).values("segment")
    row = Segment.objects.filter(archived_at__isnull=True).exclude(pk__in=counted).order_by("pk").first()
    if row is None:
        return False
    try:
        size = len(select_members(parse_tree(row.tree), as_of=now))
    except Conflict:
        before = DayCount.objects.filter(segment=row).order_by("-day").first()
        size = before.count if before else 0
    told = {"count": size, "version": row.version, "counted_at": now}
    DayCount.objects.update_or_create(segment=row, day=now.date(), defaults=told)
    return True


def growth(segment_id: int) -> list[DaySize]:
    """The days on which a segment was counted, the oldest first, of the last two years."""
    rows = DayCount.objects.filter(segment_id=segment_id).order_by("-day")[:MOST_DAYS]
    return [DaySize(row.day, row.count, row.version) for row in reversed(rows)]
