"""Recording what a provider answered: states, costs, retries, and the events others read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When

from setpoint.customers.services import suppress, views
from setpoint.customers.types import CHANNEL_IDENTITY
from setpoint.delivery.announcing import announce
from setpoint.delivery.budgets import Changes, lock_streams, negative, sending_of
from setpoint.delivery.claiming import release
from setpoint.delivery.health import count_day, note_health
from setpoint.delivery.models import Delivery, Stream
from setpoint.delivery.types import Amounts, Receipt, State

MOST_ATTEMPTS = 5
_FIRST_WAIT = timedelta(minutes=1)
_SENT: Mapping[str, State] = {
    "accepted": State.HANDED,
    "delivered": State.DELIVERED,
    "bounced": State.BOUNCED,
    "unknown": State.UNKNOWN,
}

_FAILURES = ("rejected", "retry", "unknown")


def record_receipts(
    receipts: Sequence[Receipt], *, now: datetime, addresses: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Write providers' answers for claimed rows; an answer for a row that is no longer claimed changes nothing.

    `addresses` by key are those written to, for suppression after a hard bounce. Returns rows by receipt status.
    """
    answers = {receipt.key: receipt for receipt in receipts}
    with transaction.atomic():
        rows, streams = locked_rows(answers, State.CLAIMED)
        by_status: dict[str, list[Delivery]] = defaultdict(list)
        for row in rows:
            by_status[answers[row.key].status].append(row)
        for status, state in _SENT.items():
            commit(by_status[status], state, answers, now=now)
        for row in by_status["rejected"]:
            release([row], State.FAILED, answers[row.key].detail or "rejected")
        _retry(by_status["retry"], streams, answers, now=now)
        suppress_addresses(by_status["bounced"], "hard bounce", now=now, addresses=addresses or {})
        _note_health(rows, answers, now)
        announce("Message Sent", [*by_status["accepted"], *by_status["delivered"]], streams, at=now, now=now)
        announce("Bounced", by_status["bounced"], streams, at=now, now=now)
    return {status: len(found) for status, found in by_status.items() if found}


def locked_rows(keys: Mapping[str, object], *states: State) -> tuple[list[Delivery], dict[int, Stream]]:
    """The rows of these keys in one of these states, locked after their streams. Within a transaction."""
    known = Delivery.objects.filter(key__in=list(keys))
    streams = lock_streams(known.order_by().values_list("stream_id", flat=True).distinct())
    rows = known.filter(state__in=states) if states else known
    return list(rows.select_for_update().order_by("id")), streams


def commit(rows: Sequence[Delivery], state: State, answers: Mapping[str, Receipt], *, now: datetime) -> None:
    """Sending has been paid for: reserved becomes committed; the offer's liability stays put aside."""
    if not rows:
        return
    changes = Changes()
    for row in rows:
        sent = sending_of(row)
        changes.move(row, reserved=negative(sent), committed=sent)
    chosen = Delivery.objects.filter(id__in=[row.id for row in rows])
    chosen.update(
        state=state,
        reason="",
        attempts=F("attempts") + 1,
        handed_at=now,
        delivered_at=now if state == State.DELIVERED else None,
        reserved_money=F("reserved_money") - F("send_money"),
        reserved_messages=0,
        reserved_time=0,
        cost_money=F("send_money"),
        cost_messages=F("send_messages"),
        cost_time=F("send_time"),
        offer_state=Case(When(~Q(offer_kind="none"), then=Value("open")), default=Value("none")),
    )
    changes.apply()
    _keep_words(rows, answers)
    if state == State.BOUNCED:
        release_offers(chosen, "released")


def release_offers(rows: object, state: str) -> int:
    """Give back what open offers of these rows had put aside. Returns micros. Within a transaction."""
    freed, changes = 0, Changes()
    open_rows = list(rows.filter(offer_state="open"))  # type: ignore[attr-defined]
    for row in open_rows:
        freed += row.reserved_money
        changes.move(row, reserved=Amounts(money=-row.reserved_money))
    Delivery.objects.filter(id__in=[row.id for row in open_rows]).update(offer_state=state, reserved_money=0)
    changes.apply()
    return freed


def suppress_addresses(rows: Sequence[Delivery], reason: str, *, now: datetime, addresses: Mapping[str, str]) -> None:
    """Never write again to the addresses these rows went to: the known one, else the customer's present one."""
    unknown = [row.customer_id for row in rows if not addresses.get(row.key)]
    customers = views(unknown) if unknown else {}
    for row in rows:
        address = addresses.get(row.key)
        if not address and row.customer_id in customers:
            address = customers[row.customer_id].identities.get(CHANNEL_IDENTITY.get(row.channel, row.channel))
        if address:
            suppress(row.channel, address, reason, now=now)


def give_back(rows: Sequence[Delivery], streams: Mapping[int, Stream], *, due_at: datetime | None = None) -> None:
    """Return claimed rows to the queue, or for good where their stream was closed or recalled meanwhile."""
    gone = [row for row in rows if _is_recalled(row, streams[row.stream_id])]
    if gone:
        release(gone, State.SUPPRESSED, "recalled")
    ids = [row.id for row in rows if row not in gone]
    moved = {"due_at": due_at} if due_at else {}
    Delivery.objects.filter(id__in=ids).update(state=State.RESERVED, claimed_by="", claimed_at=None, **moved)


def _is_recalled(row: Delivery, stream: Stream) -> bool:
    recalled = stream.recalled_at is not None and row.claimed_at is not None and row.claimed_at <= stream.recalled_at
    return stream.state == "closed" or recalled


def _retry(
    rows: Sequence[Delivery], streams: Mapping[int, Stream], answers: Mapping[str, Receipt], *, now: datetime
) -> None:
    waits: dict[timedelta, list[Delivery]] = defaultdict(list)
    for row in rows:
        answer = answers[row.key]
        tried = row.attempts if answer.provider_fault else row.attempts + 1
        if tried >= MOST_ATTEMPTS:
            release([row], State.FAILED, f"gave up after {tried} attempts: {answer.detail}")
            Delivery.objects.filter(id=row.id).update(attempts=tried)
            continue
        asked = timedelta(seconds=min(max(answer.retry_after, 0.0), 86_400.0))
        waits[max(asked, _FIRST_WAIT * 2 ** max(0, tried - 1))].append(row)
    for wait, members in waits.items():
        give_back(members, streams, due_at=now + wait)
        counted = [row.id for row in members if not answers[row.key].provider_fault]
        Delivery.objects.filter(id__in=counted).update(attempts=F("attempts") + 1)
    _keep_words(rows, answers)


def _keep_words(rows: Sequence[Delivery], answers: Mapping[str, Receipt]) -> None:
    """Keep each provider's own id and, where a message is not simply under way, its words."""
    said = [
        (answers[row.key].provider_id[:255], answers[row.key].detail[:200], row.id)
        for row in rows
        if answers[row.key].provider_id or answers[row.key].detail
    ]
    if said:
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE delivery_delivery SET provider_id = %s, reason = %s WHERE id = %s", said)


def _note_health(rows: Sequence[Delivery], answers: Mapping[str, Receipt], now: datetime) -> None:
    channel_of = {row.key: row.channel for row in rows}
    for channel in sorted(set(channel_of.values())):
        heard = [answer for key, answer in answers.items() if channel_of.get(key) == channel]
        successes = [answer for answer in heard if not answer.provider_fault]
        last_success = max((heard.index(answer) for answer in successes), default=-1)
        faults = heard[last_success + 1 :]
        statuses = Counter(answer.status for answer in heard)
        failures = [answer.detail or answer.status for answer in heard if answer.status in _FAILURES]
        note_health(
            channel,
            faults=len(faults),
            last_fault=faults[-1].detail if faults else "",
            successes=len(successes),
            now=now,
            failure=failures[-1] if failures else "",
            sent=bool(statuses["accepted"] or statuses["delivered"]),
        )
        counts = {
            "handed": sum(answer.status in _SENT for answer in heard),
            "delivered": statuses["delivered"],
            "bounced": statuses["bounced"],
            "failed": statuses["rejected"],
        }
        count_day(channel, counts, now=now)
