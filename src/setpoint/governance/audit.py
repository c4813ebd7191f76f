"""The audit trail: who changed what, when, from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from setpoint.governance.acting import acting
from setpoint.governance.models import AuditEntry


def record_audit(
    actor: str, verb: str, subject: str, *, before: Any = None, after: Any = None, now: datetime
) -> AuditEntry:
    """Add one entry, in the caller's transaction. `before` and `after` are JSON values and hold no secrets."""
    who = acting()
    return AuditEntry.objects.create(
        actor=actor[:250],
        verb=verb[:100],
        subject=subject[:250],
        before=before,
        after=after,
        at=now,
        origin=who.origin[:120] if who else "",
    )


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to show. What is None does not narrow; a subject that ends in ":" stands for all of its kind."""

    actor: str | None = None
    verb: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_audit(*, subject: str | None = None, after: int = 0, limit: int = 100) -> list[AuditEntry]:
    """Entries with an id above `after`, oldest first, at most `limit`; of one subject where it is given."""
    entries = AuditEntry.objects.filter(pk__gt=after)
    if subject is not None:
        entries = entries.filter(subject=subject)
    return list(entries.order_by("pk")[:limit])


def search_audit(where: AuditFilter, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
    """Entries, newest first, at most `limit`; those older than the entry `after` where it is given."""
    entries = _chosen(where)
    return list((entries.filter(pk__lt=after) if after else entries)[:limit])


def count_audit(where: AuditFilter, *, most: int = 1000) -> int:
    """How many entries there are; counting ends above `most`."""
    return _chosen(where)[: most + 1].count()


def every_entry(where: AuditFilter) -> Iterator[AuditEntry]:
    """All entries chosen, newest first, read piece by piece."""
    return _chosen(where).iterator(chunk_size=1000)


@dataclass(frozen=True, slots=True)
class AuditChoices:
    """Who and what stands in the latest entries."""

    actors: list[str]
    verbs: list[str]
    kinds: list[str]


def audit_choices(*, latest: int = 2000) -> AuditChoices:
    """The distinct actors, verbs and kinds of records among the latest entries."""
    rows = AuditEntry.objects.order_by("-pk").values_list("actor", "verb", "subject")[:latest]
    actors, verbs, subjects = zip(*rows, strict=True) if rows else ((), (), ())
    kinds = {subject.partition(":")[0] for subject in subjects}
    return AuditChoices(sorted(set(actors)), sorted(set(verbs)), sorted(kinds))


def _chosen(where: AuditFilter) -> QuerySet[AuditEntry]:
    named = {"actor": where.actor, "verb": where.verb, "at__gte": where.since, "at__lt": where.until}
    asked: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if where.subject is not None:
        asked["subject__startswith" if where.subject.endswith(":") else "subject"] = where.subject
    return AuditEntry.objects.filter(**asked).order_by("-pk")
