"""What each day brought, in the company's time zone: counted by the worker, read by the cockpit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
from django.conf import settings

from setpoint.autopilot.models import Day
from setpoint.autopilot.room.cockpit_types import DayView
from setpoint.delivery.models import Delivery
from setpoint.engine.session import connect
from setpoint.events import services as events
from setpoint.governance import services as governance

SHOWN = 14
ORDER = "Order Completed"


def today(now: datetime) -> date:
    """The day it is where the company is."""
    return now.astimezone(zone()).date()


def zone() -> ZoneInfo:
    """Where the company is."""
    return ZoneInfo(governance.company().timezone)


def starts(day: date) -> datetime:
    """The moment at which a day begins where the company is."""
    return datetime.combine(day, time(), tzinfo=zone()).astimezone(UTC)


def days(now: datetime) -> tuple[tuple[DayView, ...], datetime | None]:
    """The last days, oldest first, today last, and when today was counted; counted now where nothing is kept."""
    last = today(now)
    wanted = [last - timedelta(days=back) for back in range(SHOWN - 1, -1, -1)]
    kept = {row.day: row for row in Day.objects.filter(day__in=wanted)}
    if last not in kept and not Day.objects.exists():
        return _counted(wanted), None
    views = [
        DayView(day, kept[day].sent, kept[day].orders, kept[day].revenue) if day in kept else DayView(day, 0, 0, 0.0)
        for day in wanted
    ]
    return tuple(views), kept[last].counted_at if last in kept else None


def refresh(now: datetime) -> bool:
    """Count the days that may have changed: today and yesterday, and all shown ones the first time. Whether it did."""
    last = today(now)
    mark = f"{events.last_fold()}:{_sent_mark()}"
    if Day.objects.filter(day=last, mark=mark).exists():
        return False
    first_time = not Day.objects.exists()
    wanted = [last - timedelta(days=back) for back in range((SHOWN if first_time else 2) - 1, -1, -1)]
    for view in _counted(wanted):
        figures = {"sent": view.sent, "orders": view.orders, "revenue": view.revenue}
        Day.objects.update_or_create(day=view.day, defaults={**figures, "mark": mark, "counted_at": now})
    return True


def _counted(wanted: Sequence[date]) -> tuple[DayView, ...]:
    orders = _orders(starts(wanted[0]), starts(wanted[-1] + timedelta(days=1)))
    found = []
    for day in wanted:
        begin, end = starts(day), starts(day + timedelta(days=1))
        sent = Delivery.objects.filter(handed_at__gte=begin, handed_at__lt=end).count()
        mine = [value for at, value in orders if begin <= at < end]
        found.append(DayView(day, sent, sum(n for n, _value in mine), sum(value for _n, value in mine)))
    return tuple(found)


def _orders(begin: datetime, end: datetime) -> list[tuple[datetime, tuple[int, float]]]:
    """Orders and their value by hour: every time zone's day begins at a whole quarter of an hour."""
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        rows = session.events()
        first, last = (each.astimezone(UTC).replace(tzinfo=None) for each in (begin, end))
        rows = rows.filter((rows.ts >= ibis.literal(first)) & (rows.ts < ibis.literal(last)))
        rows = rows.filter((rows.day >= ibis.literal(first.date())) & (rows.event == ORDER))
        quarters = rows.ts.epoch_seconds() // 900
        found = session.execute(
            rows.group_by(quarter=quarters).agg(n=rows.count(), value=rows.value.sum().fill_null(0.0))
        )
    return [
        (datetime.fromtimestamp(int(row["quarter"]) * 900, UTC), (int(row["n"]), float(row["value"])))
        for row in found.to_pylist()
    ]


def _sent_mark() -> str:
    last = Delivery.objects.filter(handed_at__isnull=False).order_by("-handed_at").values_list("handed_at").first()
    return last[0].isoformat() if last and last[0] else ""
