"""One turn of the follower: the next accepted messages, what they change, and the cursor, in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from setpoint.customers.asking import ask
from setpoint.customers.bulk import write_rows
from setpoint.customers.locks import exclusive
from setpoint.events import readers
from setpoint.events.messages import EPOCH
from setpoint.events.readers import Accepted, Look, Portion
from setpoint.segments.following import carrying, facts, filling, planning
from setpoint.segments.following.models import Change, Followed, Member
from setpoint.segments.following.planning import Plan, Rule
from setpoint.segments.following.types import Cause

LOCK = "segments-follow"
MOST_AT_ONCE = 400
MOST_BEHIND = 20_000
"""A longer queue than that, as an import leaves it, is read as a set: faster than event by event."""
_log = logging.getLogger(__name__)
_looked_at = 0.0


@dataclass(frozen=True, slots=True)
class Flip:
    """Somebody entered or left, and by which message."""

    segment_id: int
    customer_id: int
    entered: bool
    cause: Cause
    by: Accepted | None = None


def run_turn(*, now: datetime) -> bool:
    """Take the next messages; whether there were any. False where nothing is followed or another one follows."""
    standing = readers.look(filling.READER)
    if standing is None or not (standing.has_news or _is_due()):
        return False
    with exclusive(LOCK) as mine:
        return mine and _turn(now, standing)


def wake() -> None:
    """Look at once at what is followed (for the process that changed it)."""
    global _looked_at
    _looked_at = 0.0
    planning.followed_lately.forget()
    facts.forget()
    carrying.forget()


def _is_due() -> bool:
    """Whether it is time to look at what is followed, although no message has come."""
    global _looked_at
    due = time.monotonic() - _looked_at >= planning.LOOK_SECONDS
    if due:
        _looked_at = time.monotonic()
    return due


def _turn(now: datetime, standing: Look) -> bool:
    followed = planning.followed_lately.get()
    if not followed:
        readers.close_reader(filling.READER)
        return False
    if not standing.is_placed and not readers.place(filling.READER, most=MOST_BEHIND):
        return False
    readers.keep_alive(filling.READER, standing)
    if waiting := next((each for each in followed if each.is_to_be_filled), None):
        wake()
        if found := Followed.objects.select_related("segment").filter(pk=waiting.segment_id).first():
            filling.fill(found, now=now)
        return True
    portion = readers.read_on(filling.READER, limit=MOST_AT_ONCE, now=now)
    if portion.missed or portion.behind > MOST_BEHIND:
        _skip(portion)
        return True
    return _take(planning.live_plan(followed), portion, now)


def _take(plan: Plan, portion: Portion, now: datetime) -> bool:
    if not portion.messages and portion.upto == portion.since:
        return False
    now = max([now, *(each.received_at for each in portion.messages)])  # some were accepted since this turn began
    flips, counted = judge(plan, portion.messages, now=now)
    with transaction.atomic():
        readers.move_on(portion)
        keep(counted)
        record(flips, now=now)
    return True


def _skip(portion: Portion) -> None:
    """Read the followed segments anew from all data, in the place of what waits."""
    _log.warning(
        "The follower leaves out what waits (%d missed, %d behind) and reads anew.", portion.missed, portion.behind
    )
    with transaction.atomic():
        readers.displace(filling.READER)
        Followed.objects.update(mode=Followed.Mode.STARTING)
    wake()


def judge(plan: Plan, messages: Sequence[Accepted], *, now: datetime) -> tuple[list[Flip], list[Accepted]]:
    """Who enters and leaves by these messages, one by one, and those of them that conditions count."""
    concerned = [(each, rules) for each in messages if (rules := plan.concerned(each))]
    people = {each.customer_id for each, _rules in concerned}
    known = facts.known(people, plan)
    sql = "SELECT followed_id, customer_id FROM {members} WHERE customer_id IN %s"
    inside: set[tuple[int, int]] = set(ask(sql, people, members=Member) if people else [])
    flips: list[Flip] = []
    for each, rules in concerned:
        if each.message.event in plan.events:
            known[each.customer_id].has_seen(each.message)
        for rule in rules:
            flips += _flip(rule, each, known[each.customer_id].is_in(rule, now=now), inside)
    return flips, [each for each, _rules in concerned if each.message.event in plan.events]


def _flip(rule: Rule, each: Accepted, is_in: bool, inside: set[tuple[int, int]]) -> list[Flip]:
    place = (rule.segment_id, each.customer_id)
    if is_in == (place in inside):
        return []
    inside ^= {place}
    return [Flip(*place, is_in, "event", each)]


def keep(messages: Iterable[Accepted]) -> None:
    """Keep events that conditions count; one that is kept already stays as it is."""
    filling.keep_rows(
        [
            (
                each.message_id,
                each.customer_id,
                each.message.event,
                each.message.ts,
                each.message.value,
                bytes(each.message.properties).decode(),
            )
            for each in messages
        ]
    )


def record(flips: Sequence[Flip], *, now: datetime) -> None:
    """Write who entered and left, who is in after it, and what tags that gives and takes. Segments that are followed no
    more are left out."""
    followed = {pk for (pk,) in ask("SELECT segment_id FROM {followed}", followed=Followed)} if flips else set()
    kept = [flip for flip in flips if flip.segment_id in followed]
    last = {(flip.segment_id, flip.customer_id): flip.entered for flip in kept}
    write_rows(Change, _columns(kept, now))
    entered = [place for place, is_in in last.items() if is_in]
    write_rows(
        Member,
        {"followed_id": [pk for pk, _customer in entered], "customer_id": [customer for _pk, customer in entered]},
        unique=["customer_id", "followed_id"],
    )
    if left := [place for place, is_in in last.items() if not is_in]:
        with connection.cursor() as cursor:
            table = Member._meta.db_table
            cursor.executemany(f"DELETE FROM {table} WHERE followed_id = %s AND customer_id = %s", left)  # noqa: S608
    carrying.carry([(flip.segment_id, flip.customer_id, flip.entered) for flip in kept], now=now)


def _columns(flips: Sequence[Flip], now: datetime) -> dict[str, Sequence[object]]:
    moments = [EPOCH + timedelta(microseconds=flip.by.message.ts) if flip.by else None for flip in flips]
    return {
        "followed_id": [flip.segment_id for flip in flips],
        "customer_id": [flip.customer_id for flip in flips],
        "entered": [flip.entered for flip in flips],
        "at": [now.astimezone(UTC)] * len(flips),
        "cause": [flip.cause for flip in flips],
        "message_id": [flip.by.message_id if flip.by else "" for flip in flips],
        "event": [(flip.by.message.event or flip.by.message.type) if flip.by else "" for flip in flips],
        "event_at": moments,
    }
