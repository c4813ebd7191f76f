"""Claiming: one transaction that re-checks everything and takes deliveries for one worker alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from setpoint.customers.services import all_ids_of, contacts
from setpoint.customers.types import Contact
from setpoint.delivery.accounts import allowance, take_tokens
from setpoint.delivery.budgets import Changes, lock_streams, negative, reserved_of
from setpoint.delivery.caps import Caps
from setpoint.delivery.models import ChannelAccount, Delivery, Stream
from setpoint.delivery.pauses import paused_among
from setpoint.delivery.quiet import loud_again, zone_of
from setpoint.delivery.types import Claim, QuietHours, State
from setpoint.governance.services import company


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim took, and how many rows it suppressed or postponed on the way."""

    claims: list[Claim]
    suppressed: int
    postponed: int


def claim(*, worker: str, now: datetime, limit: int = 200, channel: str | None = None) -> list[Claim]:
    """Take up to `limit` deliveries that are due and may be sent now; nobody else gets them.

    Consent, suppression, quiet hours, customers' caps, the stream's state, the channel's state and rate are
    read in the same transaction. Who may not be contacted is suppressed and their reservation released.
    """
    return claim_counted(worker=worker, now=now, limit=limit, channel=channel).claims


def claim_counted(*, worker: str, now: datetime, limit: int, channel: str | None = None) -> Claimed:
    """As `claim`, with the number of rows suppressed and postponed."""
    with transaction.atomic():
        rows = _due_rows(now, limit, channel)
        streams = {row.stream_id: row.stream for row in rows}
        contact_of = _contacts(rows)
        loud, postponed = _postpone(rows, contact_of, now)
        fit, refused = _sift(loud, contact_of, streams, now)
        _suppress(refused)
        ids = [row.id for row in fit]
        Delivery.objects.filter(id__in=ids).update(state=State.CLAIMED, claimed_by=worker, claimed_at=now)
        take_tokens(Counter(row.channel for row in fit), now=now)
        return Claimed(
            [_claim(row, contact_of[row.id], now) for row in fit], sum(map(len, refused.values())), postponed
        )


def _due_rows(now: datetime, limit: int, channel: str | None) -> list[Delivery]:
    accounts = ChannelAccount.objects.filter(enabled=True)
    if channel is not None:
        accounts = accounts.filter(name=channel)
    waiting = []
    for account in accounts.order_by("id"):
        if room := allowance(account, now=now, limit=limit):
            waiting += [(first, stream_id, account.name, room) for stream_id, first in _first_due(account.name, now)]
    waiting.sort()
    streams = lock_streams(stream_id for _first, stream_id, _channel, _room in waiting)
    rows: list[Delivery] = []
    taken: Counter[str] = Counter()
    for _first, stream_id, name, room in waiting:
        wanted = min(limit - len(rows), room - taken[name])
        if wanted > 0 and streams[stream_id].state == "open":
            found = _take(streams[stream_id], name, now, wanted)
            taken[name] += len(found)
            rows += found
    return rows


def _first_due(channel: str, now: datetime) -> list[tuple[int, datetime]]:
    due = Delivery.objects.filter(stream=OuterRef("pk"), state=State.RESERVED, channel=channel, due_at__lte=now)
    first = Subquery(due.order_by("due_at").values("due_at")[:1])
    open_streams = Stream.objects.filter(state="open").annotate(first=first).filter(first__isnull=False)
    return list(open_streams.values_list("id", "first"))


def _take(stream: Stream, channel: str, now: datetime, wanted: int) -> list[Delivery]:
    due = Delivery.objects.filter(stream=stream, state=State.RESERVED, channel=channel, due_at__lte=now)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    rows = list(due.order_by("due_at", "id")[:wanted])
    for row in rows:
        row.stream = stream
    return rows


def _contacts(rows: Sequence[Delivery]) -> dict[int, Contact]:
    groups: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for row in rows:
        groups[row.channel, row.stream.purpose].append(row)
    found: dict[int, Contact] = {}
    for (channel, purpose), members in groups.items():
        known = contacts([row.customer_id for row in members], channel=channel, purpose=purpose)
        for row in members:
            found[row.id] = known.get(row.customer_id) or _nobody(row.customer_id)
    return found


def _nobody(customer_id: int) -> Contact:
    return Contact(customer_id, "", "", "", refusal="unknown_customer")


def _postpone(rows: Sequence[Delivery], contact_of: dict[int, Contact], now: datetime) -> tuple[list[Delivery], int]:
    loud, moved = [], defaultdict(list)
    fallback = company().timezone if any(row.stream.quiet_start for row in rows) else "UTC"
    for row in rows:
        quiet = QuietHours(row.stream.quiet_start, row.stream.quiet_end)
        zone = zone_of(contact_of[row.id].timezone, fallback)
        later = loud_again(now, quiet, zone) if quiet.start else now
        if later > now:
            moved[later].append(row.id)
        else:
            loud.append(row)
    for later, ids in moved.items():
        Delivery.objects.filter(id__in=ids).update(due_at=later)
    return loud, len(rows) - len(loud)


def _sift(
    rows: Sequence[Delivery], contact_of: dict[int, Contact], streams: Iterable[int], now: datetime
) -> tuple[list[Delivery], dict[str, list[Delivery]]]:
    caps = Caps.claimed(streams, [row.customer_id for row in rows], now=now)
    records = all_ids_of(row.customer_id for row in rows)
    resting = paused_among({pk for ids in records.values() for pk in ids}, now=now)
    doubled = _doubled(rows, records)
    fit, refused = [], defaultdict(list)
    for row in rows:
        paused = not resting.isdisjoint(records[row.customer_id])
        reason = contact_of[row.id].refusal or ("paused" if paused else "merged" if row.id in doubled else "")
        if not reason and (capped := caps.refusal(row.customer_id, reserved_of(row), now, row.stream_id)):
            reason = f"limit:customer:{capped}"
        if reason:
            refused[reason].append(row)
        else:
            caps.take(row.customer_id, reserved_of(row), now)
            fit.append(row)
    return fit, refused


def _doubled(rows: Sequence[Delivery], records: Mapping[int, Sequence[int]]) -> set[int]:
    """Rows of records that were merged since, where another record of the same person has a row in the same round:
    a person gets one message, the survivor's or else the eldest record's."""
    elder = {pk: set(ids[: ids.index(pk)]) for pk, ids in records.items()}
    merged = [row for row in rows if elder[row.customer_id]]
    if not merged:
        return set()
    others = set().union(*(elder[row.customer_id] for row in merged))
    there = Delivery.objects.filter(
        stream_id__in={row.stream_id for row in merged}, round__in={row.round for row in merged}, customer_id__in=others
    ).exclude(state=State.SUPPRESSED)
    taken = set(there.values_list("stream_id", "round", "customer_id"))
    return {row.id for row in merged if any((row.stream_id, row.round, pk) in taken for pk in elder[row.customer_id])}


def _suppress(refused: dict[str, list[Delivery]]) -> None:
    for reason, rows in refused.items():
        release(rows, State.SUPPRESSED, reason)


def release(rows: Sequence[Delivery], state: State, reason: str) -> None:
    """End rows without sending: nothing stays put aside for them. Within a transaction that holds their streams."""
    changes = Changes()
    for row in rows:
        changes.move(row, reserved=negative(reserved_of(row)))
    Delivery.objects.filter(id__in=[row.id for row in rows]).update(
        state=state, reason=reason[:200], reserved_money=0, reserved_messages=0, reserved_time=0
    )
    changes.apply()


def _claim(row: Delivery, contact: Contact, now: datetime) -> Claim:
    return Claim(
        delivery_id=row.id,
        key=row.key,
        source=row.stream.source,
        purpose=row.stream.purpose,
        round=row.round,
        customer_id=row.customer_id,
        slot=row.slot,
        channel=row.channel,
        variant_id=row.variant_id,
        offer_id=row.offer_id,
        offer_code=row.offer_code,
        offer_kind=row.offer_kind,
        offer_value=row.offer_value,
        offer_expires_at=row.offer_expires_at,
        address=contact.address,
        language=contact.language,
        attempt=row.attempts + 1,
        at=now,
    )
