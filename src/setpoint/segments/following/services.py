"""The public verbs of followed segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from setpoint.customers.models import Tag
from setpoint.events import readers
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, NotFound
from setpoint.segments.following import filling, reviewing, turning
from setpoint.segments.following.carrying import followed_by
from setpoint.segments.following.models import Change, Followed, Member
from setpoint.segments.following.reviewing import review_next, run_review
from setpoint.segments.following.turning import run_turn
from setpoint.segments.following.types import Cause, ChangeView, FollowedView, Mode, Reason
from setpoint.segments.services import find_segment

__all__ = [
    "MOST_FOLLOWED",
    "changes",
    "find",
    "follow",
    "followed",
    "members_held",
    "review_next",
    "run_review",
    "run_turn",
    "segments_of",
    "unfollow",
]

MOST_FOLLOWED = 20
"""Each followed segment costs work at every event; more than this would slow all of them."""


@needs("segments:write")
@transaction.atomic
def follow(segment_id: int, *, now: datetime, actor: str = "system") -> FollowedView:
    """Follow a segment from now on; doing it again changes nothing. Raises NotFound, or Conflict where too many are."""
    segment = find_segment(segment_id)
    if not Followed.objects.filter(pk=segment_id).exists():
        if Followed.objects.count() >= MOST_FOLLOWED:
            raise Conflict(
                _("%(limit)s segments are followed already, the most there may be.") % {"limit": MOST_FOLLOWED},
                remedy=_("Stop following one that nobody needs at once."),
                field="segment_id",
            )
        Followed.objects.create(segment_id=segment_id, since=now)
        readers.open_reader(filling.READER)
        record_audit(actor, "followed", f"segment:{segment_id}", after={"name": segment.name}, now=now)
        transaction.on_commit(turning.wake)
    return find(segment_id)


@needs("segments:write")
@transaction.atomic
def unfollow(segment_id: int, *, now: datetime, actor: str = "system") -> None:
    """Follow a segment no more; who came and went is forgotten. Raises NotFound."""
    view = find(segment_id)
    record_audit(actor, "unfollowed", f"segment:{segment_id}", before={"name": view.name}, now=now)
    Followed.objects.get(pk=segment_id).delete()


def followed() -> list[FollowedView]:
    """All followed segments by name."""
    rows = Followed.objects.select_related("segment").order_by("segment__name")
    counted = Member.objects.values_list("followed_id").annotate(n=Count("id"))
    members: dict[int, int] = dict(counted)
    return [_view(row, members.get(row.pk, 0)) for row in rows]


def find(segment_id: int) -> FollowedView:
    """How one segment is followed; NotFound when it is not."""
    row = Followed.objects.select_related("segment").filter(pk=segment_id).first()
    if row is None:
        raise NotFound(
            _("Segment %(id)s is not followed.") % {"id": segment_id}, remedy=_("Follow it first, or look at another.")
        )
    return _view(row, Member.objects.filter(followed_id=segment_id).count())


def changes(segment_id: int, *, before: int = 0, limit: int = 50) -> list[ChangeView]:
    """Who came and went, newest first; with `before`, only changes with a lower id. NotFound when not followed."""
    find(segment_id)
    rows = Change.objects.filter(followed_id=segment_id).order_by("-id")
    if before:
        rows = rows.filter(pk__lt=before)
    return [_change(row) for row in rows[:limit]]


@contextmanager
def members_held(tag: Tag) -> Iterator[npt.NDArray[np.int64] | None]:
    """Those for whom a tag's rule holds, ascending, who stay the same inside of the block, where the whole rule is one
    followed segment; else None."""
    segment_id = followed_by(tag)
    if segment_id is None:
        yield None
        return
    with reviewing.held():
        ids = Member.objects.filter(followed_id=segment_id).values_list("customer_id", flat=True)
        yield np.sort(np.fromiter(ids.iterator(), dtype=np.int64))


def segments_of(customer_id: int) -> Sequence[int]:
    """The followed segments in which a customer is now, ascending."""
    return list(
        Member.objects.filter(customer_id=customer_id).order_by("followed_id").values_list("followed_id", flat=True)
    )


def _view(row: Followed, members: int) -> FollowedView:
    return FollowedView(
        row.pk,
        row.segment.name,
        cast(Mode, row.mode),
        cast(Reason, row.reason),
        row.since,
        row.reviewed_at,
        members,
    )


def _change(row: Change) -> ChangeView:
    return ChangeView(
        row.pk,
        row.followed_id,
        row.customer_id,
        row.entered,
        row.at,
        cast(Cause, row.cause),
        row.message_id,
        row.event,
        row.event_at,
    )
