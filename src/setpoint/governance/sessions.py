"""Sessions that end: after some idle minutes, and after some hours in any case.

A session's row says when it ends, and a row that has ended cannot be loaded: the limits hold for every page and call.
Only a person's doing moves the end: a write, or a request that the page marks with `X-Setpoint-Active: 1` because
somebody touched it. Polling and open streams move nothing. Sessions live on the machine's time, never on simulated time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

_STEP_SECONDS = 20
STARTED = "started"


class SessionStore(DatabaseStore):
    """Django's sessions in the database, with a moving idle limit and a fixed absolute one."""

    ends_at: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        self.ends_at = row.expire_date if row else None
        return row

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """The end as of now: idle minutes ahead, but never past the absolute limit."""
        idle_end = timezone.now() + timedelta(minutes=settings.SETPOINT_IDLE_MINUTES)
        return min(idle_end, self.last_end())

    def last_end(self) -> datetime:
        """The moment at which this session ends whatever happens."""
        started = datetime.fromtimestamp(self.get(STARTED, time.time()), UTC)
        return started + timedelta(hours=settings.SETPOINT_SESSION_HOURS)

    def coming_end(self, *, is_active: bool) -> datetime:
        """When this session ends if nobody does anything from now on."""
        fresh = self.get_expiry_date()
        return fresh if is_active or self.ends_at is None else self.ends_at

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be saved; the first saving starts the absolute limit."""
        data[STARTED] = self.setdefault(STARTED, time.time())
        row = super().create_model_instance(data)
        self.ends_at = row.expire_date
        return cast(Session, row)

    def keep_alive(self) -> None:
        """Move the idle end; at most one write in twenty seconds."""
        fresh = self.get_expiry_date()
        if self.ends_at is None or fresh - self.ends_at < timedelta(seconds=_STEP_SECONDS):
            return
        Session.objects.filter(session_key=self.session_key).update(expire_date=fresh)
        self.ends_at = fresh
