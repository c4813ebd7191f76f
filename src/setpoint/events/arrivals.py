"""What arrives: the newest events as they come in, how many, and what was refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import F, Max, Sum

from setpoint.customers.activity import NEVER, newest
from setpoint.customers.services import ids_of
from setpoint.engine.session import Session, among, connect
from setpoint.events.messages import EPOCH
from setpoint.events.models import Fold, Inbox, Refusal

LOOKED_BACK = (timedelta(days=1), timedelta(days=30))
_MOST_WAITING = 10_000
_MOST_REASONS = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that came in. `is_machine`: the classifier's word on an open or a click, None for anything else."""

    message_id: str
    type: str
    event: str
    customer_id: int
    ts: datetime
    received_at: datetime
    value: float | None
    properties: Mapping[str, Any]
    is_machine: bool | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A reason for which requests were refused, how often in the last day, and when last."""

    code: str
    field: str
    message: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """Whether events come in: how many were taken in the last hour and day, how many wait, and what was refused."""

    accepted_hour: int
    accepted_day: int
    waiting: int
    last_at: datetime | None
    refused_day: int
    refused: tuple[Refused, ...]


def arrivals(*, now: datetime, event: str = "", customer_id: int | None = None, limit: int = 100) -> list[Arrival]:
    """The newest events that reached the lake in the last 30 days, newest first."""
    rows: list[dict[str, Any]] = []
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        for back in LOOKED_BACK:
            rows = _since(session, now - back, event, customer_id, limit)
            if len(rows) >= limit:
                break
    return [_arrival(row) for row in rows]


def _since(session: Session, start: datetime, event: str, customer_id: int | None, limit: int) -> list[dict[str, Any]]:
    events = session.recorded_events()
    rows = events.filter(events.received_at >= start.replace(tzinfo=None))
    if event:
        rows = rows.filter(rows.event == event)
    if customer_id is not None:
        rows = rows.filter(among(rows.customer_id, ids_of(customer_id)))
    last = rows.order_by([rows.received_at.desc(), rows.message_id]).limit(limit)
    found: list[dict[str, Any]] = session.execute(last).to_pylist()
    return found


def health(*, now: datetime) -> Health:
    """Figures of the last hour and day."""
    folds = Fold.objects.aggregate(last=Max("opened_at"))
    waiting = Inbox.objects.filter(batch=None)
    oldest = waiting.order_by("id").values_list("received_at", flat=True).first()
    reasons = _reasons(now)
    return Health(
        accepted_hour=_folded(now - timedelta(hours=1)),
        accepted_day=_folded(now - timedelta(days=1)),
        waiting=len(waiting.values_list("id")[:_MOST_WAITING]),
        last_at=oldest or folds["last"] or _last_done(),
        refused_day=sum(reason.count for reason in reasons),
        refused=reasons,
    )


def _last_done() -> datetime | None:
    """When anybody last did something, for events that no fold brought within the time that folds are kept."""
    moment = newest()
    return None if moment == NEVER else EPOCH + timedelta(microseconds=moment)


def _folded(since: datetime) -> int:
    return Fold.objects.filter(opened_at__gte=since).aggregate(rows=Sum("rows"))["rows"] or 0


def _reasons(now: datetime) -> tuple[Refused, ...]:
    recent = Refusal.objects.filter(hour__gte=now - timedelta(days=1)).values("code", "field", "message")
    told = recent.annotate(total=Sum("count"), last=Max("last_at")).order_by(F("total").desc(), "code", "message")
    return tuple(
        Refused(row["code"], row["field"], row["message"], row["total"], row["last"]) for row in told[:_MOST_REASONS]
    )


def _arrival(row: Mapping[str, Any]) -> Arrival:
    said = msgspec.json.decode(row["properties"], type=dict[str, Any])
    machine = said.get("machine")
    moments = {name: row[name].replace(tzinfo=UTC) for name in ("ts", "received_at")}
    plain = {name: row[name] for name in ("message_id", "type", "event", "customer_id", "value")}
    return Arrival(**plain, **moments, properties=said, is_machine=machine if isinstance(machine, bool) else None)
