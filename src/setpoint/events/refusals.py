"""Refused tracking requests, counted by reason and hour. Counted in memory, written every few seconds."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import datetime
from typing import TypeAlias

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from setpoint.events.models import Refusal
from setpoint.kernel.errors import SetpointError

MOST_REASONS = 200
Reason: TypeAlias = "tuple[datetime, str, str, str]"
"""(hour, code, field, message)"""
_lock = threading.Lock()
_counted: Counter[Reason] = Counter()
_last: dict[Reason, datetime] = {}
_log = logging.getLogger(__name__)


def note(error: SetpointError, *, now: datetime) -> bool:
    """Count a refusal; True where nothing waited to be written before, so that the caller has it written soon."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    reason = (hour, error.code, (error.field or "")[:100], error.message[:300].replace("\0", ""))
    with _lock:
        is_first = not _counted
        if reason not in _counted and len(_counted) >= MOST_REASONS:
            reason = (hour, error.code, "", "")
        _counted[reason] += 1
        _last[reason] = now
        return is_first


def forget() -> tuple[dict[Reason, int], dict[Reason, datetime]]:
    """Count from nothing again; returns what was counted, and when each reason came last."""
    with _lock:
        counted, last = dict(_counted), dict(_last)
        _counted.clear()
        _last.clear()
    return counted, last


def write() -> None:
    """Add what was counted to the table. What cannot be written now is counted on."""
    counted, last = forget()
    try:
        _add(counted, last)
    except DatabaseError as error:
        _log.warning("Refusals could not be written: %s", error)
        with _lock:
            _counted.update(counted)
            _last.update(last)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _add(counted: dict[Reason, int], last: dict[Reason, datetime]) -> None:
    with transaction.atomic():
        for reason, count in sorted(counted.items()):
            hour, code, field, message = reason
            found, created = Refusal.objects.get_or_create(
                hour=hour, code=code, field=field, message=message, defaults={"count": count, "last_at": last[reason]}
            )
            if not created:
                Refusal.objects.filter(pk=found.pk).update(count=F("count") + count, last_at=last[reason])
