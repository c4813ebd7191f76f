"""Quiet hours in the customer's own time zone, right through the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from setpoint.delivery.types import QuietHours
from setpoint.kernel.errors import Invalid


def check_quiet_hours(quiet: QuietHours) -> None:
    """Refuse times that are not HH:MM and hours that would last the whole day."""
    if parse_time(quiet.start, field="quiet_start") == parse_time(quiet.end, field="quiet_end"):
        raise Invalid(
            _("Quiet hours begin and end at the same time."),
            remedy=_("Choose two different times."),
            field="quiet_start",
        )


@lru_cache(maxsize=256)
def parse_time(text: str, *, field: str = "time") -> time:
    """A local time from "21:00"."""
    try:
        parsed = time.fromisoformat(text)
    except ValueError:
        raise Invalid(
            _("%(text)s is not a time of day.") % {"text": repr(text)}, remedy=_('Write it as "21:00".'), field=field
        ) from None
    if parsed.tzinfo is not None:
        raise Invalid(
            _("%(text)s names a time zone.") % {"text": repr(text)},
            remedy=_("Quiet hours are local to each customer."),
            field=field,
        )
    return parsed


def zone_of(name: str, fallback: str = "UTC") -> ZoneInfo:
    """The time zone of that name, else the fallback, else UTC."""
    return _zone(name) or _zone(fallback) or ZoneInfo("UTC")


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_quiet(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether the customer's wall clock stands within quiet hours."""
    wall = moment.astimezone(zone).time()
    start, end = parse_time(quiet.start), parse_time(quiet.end)
    return start <= wall < end if start < end else wall >= start or wall < end


def loud_again(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """The first end of quiet hours after `moment`, in UTC; `moment` itself when it is not quiet.

    An end that the clock change skips or repeats is tried in both readings.
    """
    if not is_quiet(moment, quiet, zone):
        return moment
    end, today = parse_time(quiet.end), moment.astimezone(zone).date()
    ends = (
        datetime.combine(today + timedelta(days=days), end.replace(fold=fold), zone).astimezone(UTC)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    return min(found for found in ends if found > moment and not is_quiet(found, quiet, zone))
