"""The audit trail: who changed what, when, from what to what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from setpoint.governance.models import AuditEntry


def record_audit(
    actor: str, verb: str, subject: str, *, before: Any = None, after: Any = None, now: datetime
) -> AuditEntry:
    """Add one entry, in the caller's transaction. `before` and `after` are JSON values and hold no secrets."""
    return AuditEntry.objects.create(
        actor=actor[:250], verb=verb[:100], subject=subject[:250], before=before, after=after, at=now
    )


def list_audit(*, subject: str | None = None, after: int = 0, limit: int = 100) -> list[AuditEntry]:
    """Entries with an id above `after`, oldest first, at most `limit`; of one subject where it is given."""
    entries = AuditEntry.objects.filter(pk__gt=after)
    if subject is not None:
        entries = entries.filter(subject=subject)
    return list(entries.order_by("pk")[:limit])
