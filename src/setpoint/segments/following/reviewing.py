"""The review: who is in a followed segment by all data, against who is in it by the events that came."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from setpoint.customers.asking import ask
from setpoint.customers.bulk import among
from setpoint.customers.locks import exclusive
from setpoint.customers.services import all_ids_of
from setpoint.engine.session import connect
from setpoint.events import readers
from setpoint.kernel.errors import Unavailable
from setpoint.segments import services as segments
from setpoint.segments.following import carrying, facts, filling, turning
from setpoint.segments.following.models import Change, Followed, Kept, Member
from setpoint.segments.following.planning import Rule, plan_of, rule_of
from setpoint.segments.following.turning import Flip

EVERY = timedelta(minutes=1)
KEPT_FOR = timedelta(days=90)
LOCK_SECONDS = 10.0
_PIECE = 2_000
_last = 0


def run_review(*, now: datetime) -> int:
    """Compare each followed segment with all data and mend what differs; returns how many memberships changed."""
    return sum(_review(each, now=now) for each in _reviewed())


def review_next(*, now: datetime) -> int:
    """As `run_review`, of one whose last review is a minute ago and more: each in turn, so that one that fails keeps no
    other from it."""
    global _last
    due = list(_reviewed().filter(Q(reviewed_at=None) | Q(reviewed_at__lte=now - EVERY)).order_by("pk"))
    if not due:
        return 0
    chosen = next((each for each in due if each.pk > _last), due[0])
    _last = chosen.pk
    return _review(chosen, now=now)


def _reviewed() -> QuerySet[Followed]:
    rows = Followed.objects.select_related("segment").filter(segment__archived_at__isnull=True)
    return rows.exclude(mode=Followed.Mode.STARTING)


def _review(followed: Followed, *, now: datetime) -> int:
    if followed.version != followed.segment.version:
        return 0  # the follower reads it anew first
    rule = rule_of(followed.pk, followed.segment.tree)
    lake_upto = readers.not_in_lake_after()
    members = segments.members(rule.node, as_of=now + facts.INSTANT)
    rows = ask("SELECT customer_id FROM {members} WHERE followed_id = %s", followed.pk, members=Member)
    differing = np.setxor1d(members, np.array(rows, dtype=np.int64).ravel(), assume_unique=True).tolist()
    found = set(differing).intersection(members[np.isin(members, differing)].tolist())
    changed = 0
    for start in range(0, len(differing), _PIECE):
        with held():
            piece = _undisturbed(differing[start : start + _PIECE], lake_upto)
            changed += _mend(followed, rule, piece, found, now=now)
    Followed.objects.filter(pk=followed.pk, version=followed.version).update(reviewed_at=now)
    _tidy(followed.pk, now)
    return changed


def _tidy(segment_id: int, now: datetime) -> None:
    """What came one by one goes where it stays, and what nobody asks for any more goes."""
    carrying.settle(segment_id)
    filling.forget_old(now=now)
    Change.objects.filter(followed_id=segment_id, at__lt=now - KEPT_FOR).delete()


def _undisturbed(customer_ids: Sequence[int], lake_upto: int) -> list[int]:
    """Those of whom the lake knew everything when it was read: others are left to the next review."""
    recent = readers.customers_since(lake_upto)
    aliases = all_ids_of(customer_ids)
    return [pk for pk in customer_ids if recent.isdisjoint(aliases[pk])]


def _mend(followed: Followed, rule: Rule, customer_ids: Sequence[int], found: set[int], *, now: datetime) -> int:
    """Under the follower's lock: bring these memberships to what all data say."""
    if not Followed.objects.filter(pk=followed.pk, version=followed.version, mode=followed.mode).exists():
        return 0
    rows = Member.objects.filter(followed_id=followed.pk, customer_id__in=among(customer_ids))
    inside = set(rows.values_list("customer_id", flat=True))
    wrong = [pk for pk in customer_ids if (pk in inside) != (pk in found)]
    missed = _missed(followed, rule, wrong, found, now=now)
    flips = [Flip(rule.segment_id, pk, pk in found, "correction" if pk in missed else "review") for pk in wrong]
    with transaction.atomic():
        _read_anew(rule, missed, now=now)
        turning.record(flips, now=now)
    return len(flips)


def _missed(followed: Followed, rule: Rule, wrong: Collection[int], found: set[int], *, now: datetime) -> set[int]:
    """Those of whom the live reading, asked now, still says otherwise than all data."""
    if followed.mode != Followed.Mode.LIVE:
        return set()
    known = facts.known(wrong, plan_of([rule]))
    return {pk for pk in wrong if known[pk].is_in(rule, now=now) != (pk in found)}


def _read_anew(rule: Rule, customer_ids: set[int], *, now: datetime) -> None:
    """The kept events of these customers as the lake has them."""
    if not customer_ids or not rule.events:
        return
    everyone = {own for ids in all_ids_of(customer_ids).values() for own in ids}
    Kept.objects.filter(customer_id__in=among(everyone), event__in=rule.events).delete()
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        past = session.execute(filling.read_past(session, rule, now=now, customer_ids=everyone))
    for piece in filling.rows_of(past):
        filling.keep_rows(piece)


@contextmanager
def held() -> Iterator[None]:
    """Hold the follower's lock, which it gives back after each turn: who is in stays as it is meanwhile."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        with exclusive(turning.LOCK) as mine:
            if mine:
                yield
                return
        if time.monotonic() > until:
            raise Unavailable("The follower does not give way.", remedy="Nothing is lost: the next review tries again.")
        time.sleep(0.002)
