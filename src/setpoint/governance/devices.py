"""Where a person is signed in: their living sessions, each with its device, and how to end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from setpoint.governance.audit import record_audit
from setpoint.governance.origin import device_of
from setpoint.governance.people import end_sessions
from setpoint.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its owner sees it."""

    id: int
    device: str
    address: str
    started_at: datetime
    last_active_at: datetime
    ends_at: datetime
    is_current: bool


def list_devices(user_id: int, *, current: str | None) -> list[Device]:
    """This person's living sessions, the latest used first. `current` is the key of the session that asks."""
    tracked = {row.session_key: row for row in UserSession.objects.filter(user_id=user_id)}
    living = Session.objects.filter(session_key__in=tracked, expire_date__gt=timezone.now())
    devices = [_device(tracked[row.session_key], row, current) for row in living]
    return sorted(devices, key=lambda device: device.last_active_at, reverse=True)


def _device(tracked: UserSession, row: Session, current: str | None) -> Device:
    idle = timedelta(minutes=settings.SETPOINT_IDLE_MINUTES)
    return Device(
        id=tracked.pk,
        device=device_of(tracked.user_agent),
        address=tracked.ip,
        started_at=tracked.created_at,
        last_active_at=max(tracked.created_at, row.expire_date - idle),
        ends_at=row.expire_date,
        is_current=row.session_key == current,
    )


@transaction.atomic
def end_device(user_id: int, device_id: int, *, now: datetime, actor: str) -> None:
    """End one of one's own sessions; NotFound for somebody else's."""
    tracked = UserSession.objects.filter(pk=device_id, user_id=user_id).first()
    if tracked is None:
        raise NotFound(_("This session has already ended."), remedy=_("Load the list again."))
    Session.objects.filter(session_key=tracked.session_key).delete()
    tracked.delete()
    record_audit(actor, "ended a session", f"user:{user_id}", before={"device": device_of(tracked.user_agent)}, now=now)


@transaction.atomic
def end_other_devices(user_id: int, *, keep: str, now: datetime, actor: str) -> int:
    """End all one's own sessions but the one whose key is given; the number ended."""
    ended = end_sessions(user_id, keep=keep)
    record_audit(actor, "ended other sessions", f"user:{user_id}", before={"sessions": ended}, now=now)
    return ended
