"""Feedback: what providers and customers say later. Order and repetition change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from setpoint.customers.services import record_consent
from setpoint.delivery.accounts import find_account, live_channel
from setpoint.delivery.announcing import announce
from setpoint.delivery.health import count_day
from setpoint.delivery.models import Delivery, Stream
from setpoint.delivery.recording import locked_rows, release_offers, suppress_addresses
from setpoint.delivery.types import Feedback, FeedbackRequest, State

_RANK = {
    State.UNKNOWN: 0,
    State.HANDED: 1,
    State.FAILED: 2,
    State.DELIVERED: 3,
    State.BOUNCED: 4,
}
_MEANS = {"delivered": State.DELIVERED, "bounced_hard": State.BOUNCED, "failed": State.FAILED}
_EVENTS = {
    "delivered": "Delivered",
    "bounced_hard": "Bounced",
    "bounced_soft": "Soft Bounced",
    "complained": "Complained",
    "failed": "Failed",
    "unsubscribed": "Unsubscribed",
}


def receive_feedback(channel: str, request: FeedbackRequest, *, now: datetime) -> int:
    """Take a provider's call-back for a channel. Returns how many of its words were about deliveries of ours."""
    return record_feedback(live_channel(find_account(channel)).feedback(request), now=now)


def record_feedback(feedbacks: Sequence[Feedback], *, now: datetime) -> int:
    """Bring deliveries up to date with what is said of them; the result does not depend on order or repetition.

    A hard bounce or complaint suppresses the address, an unsubscription withdraws the consent. Words about messages
    that never left are ignored. Returns how many were about sent deliveries.
    """
    with transaction.atomic():
        rows, streams = locked_rows({one.key: one for one in feedbacks})
        sent = {row.key: row for row in rows if row.handed_at is not None and row.state in _RANK}
        said = [(one, sent[one.key]) for one in feedbacks if one.key in sent]
        for one, row in sorted(said, key=lambda pair: (pair[1].id, pair[0].at)):
            _apply(one, row, streams, now)
        _announce(said, streams, now)
    return len(said)


def _apply(one: Feedback, row: Delivery, streams: dict[int, Stream], now: datetime) -> None:
    is_news = (one.kind == "complained" and row.complained_at is None) or (
        one.kind == "unsubscribed" and row.unsubscribed_at is None
    )
    before = row.state
    state = _MEANS.get(one.kind)
    if state is not None and _RANK[state] > _RANK[State(row.state)]:
        row.state = state
        row.reason = one.detail[:200]
    if one.kind == "delivered":
        row.delivered_at = _earliest(row.delivered_at, one.at)
    elif one.kind == "opened":
        _note_reaction(row, "opened_at", one)
    elif one.kind == "clicked":
        _note_reaction(row, "clicked_at", one)
    elif one.kind == "complained":
        row.complained_at = _earliest(row.complained_at, one.at)
    elif one.kind == "unsubscribed":
        row.unsubscribed_at = _earliest(row.unsubscribed_at, one.at)
    row.save()
    _count(row, before, is_news and one.kind == "complained", now)
    _respect(one, row, now)
    if is_news:
        purpose = streams[row.stream_id].purpose
        record_consent([row.customer_id], row.channel, purpose, "denied", source=one.kind, now=now)


def _count(row: Delivery, before: str, complained: bool, now: datetime) -> None:
    became = row.state if row.state != before and row.state in ("delivered", "bounced", "failed") else ""
    count_day(row.channel, {"complained": int(complained)} | ({became: 1} if became else {}), now=now)


def _respect(one: Feedback, row: Delivery, now: datetime) -> None:
    if one.kind == "bounced_hard":
        release_offers(Delivery.objects.filter(id=row.id), "released")
        row.refresh_from_db()
    if one.kind in ("bounced_hard", "complained"):
        reason = "hard bounce" if one.kind == "bounced_hard" else "complaint"
        suppress_addresses([row], reason, now=now, addresses={row.key: one.address})


def _note_reaction(row: Delivery, field: str, one: Feedback) -> None:
    name = "machine_at" if one.machine else field
    setattr(row, name, _earliest(getattr(row, name), one.at))


def _earliest(known: datetime | None, told: datetime) -> datetime:
    return told if known is None or told < known else known


def _announce(said: Sequence[tuple[Feedback, Delivery]], streams: dict[int, Stream], now: datetime) -> None:
    groups: dict[tuple[str, datetime], list[Delivery]] = defaultdict(list)
    for one, row in said:
        if one.kind in _EVENTS:
            groups[_EVENTS[one.kind], one.at].append(row)
    for (what, at), rows in groups.items():
        announce(what, rows, streams, at=at, now=now)
