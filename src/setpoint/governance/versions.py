"""Two people, one record: who saved a version that has meanwhile been replaced is told by whom, and loses nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict

_MOST_SHOWN = 20


def refuse_stale(subject: str, *, seen: int | None, current: int) -> None:
    """Conflict unless the version that a person saw is the current one; None asks for no such care.

    The audit trail of `subject` says who changed what since; its entries hold `version` in their `after`.
    """
    if seen is None or seen == current:
        return
    changes = _since(subject, seen)
    last = changes[-1] if changes else None
    raise Conflict(
        _("%(who)s changed this while you were working on it.") % {"who": last["actor"] if last else _("Somebody")},
        remedy=_("Look at the current version; keep theirs, or save yours again on top of it."),
        field="version",
        details={"current_version": current, "changes": changes},
    )


def _since(subject: str, seen: int) -> list[dict[str, Any]]:
    newest = AuditEntry.objects.filter(subject=subject).order_by("-pk")[:_MOST_SHOWN]
    return [
        {"actor": entry.actor, "at": entry.at.isoformat(), "before": entry.before, "after": entry.after}
        for entry in reversed(newest)
        if isinstance(entry.after, dict) and int(entry.after.get("version") or 0) > seen
    ]
