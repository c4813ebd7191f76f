"""Notices: what people want to know though they were not looking. The page words them from kind and data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from setpoint.governance.models import Notice, User
from setpoint.governance.types import NOTICE_SCOPES, NoticeKind

MOST_UNREAD = 99
_TOLD_LATELY = 20


def notify(kind: NoticeKind, subject: str, data: Mapping[str, Any], *, now: datetime) -> None:
    """Tell everybody whose role may see it, in the caller's transaction; the same news of a record is told once.

    `subject` is the record, such as `campaign:5`; `data` holds what the page's sentence needs, names and numbers.
    """
    scope = NOTICE_SCOPES[kind]
    recent = Notice.objects.filter(scope=scope, kind=kind, subject=subject).order_by("-pk")[:_TOLD_LATELY]
    if all(old.data != dict(data) for old in recent):
        Notice.objects.create(
            kind=kind, subject=subject[:250], data=dict(data), scope=scope, at=now, made_at=timezone.now()
        )


def withdraw(subject: str) -> None:
    """Take back what was told of a record that is gone."""
    Notice.objects.filter(subject=subject).delete()


def list_notices(user: User, *, after: int = 0, limit: int = 20) -> list[Notice]:
    """Notices that this person's role may see, newest first; those older than the notice `after` where it is given."""
    seen = _visible(user)
    return list((seen.filter(pk__lt=after) if after else seen).order_by("-pk")[:limit])


def unread(user: User) -> int:
    """How many notices this person has not seen; counting ends at ninety-nine."""
    since = user.notices_read_at or user.created_at
    return _visible(user).filter(made_at__gt=since).order_by("-pk")[:MOST_UNREAD].count()


@transaction.atomic
def read_notices(user: User) -> None:
    """Take all notices as read. Reading is machine time: simulated time must not make old news new."""
    User.objects.filter(pk=user.pk).update(notices_read_at=timezone.now())


def _visible(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(scope__in=user.scopes)
