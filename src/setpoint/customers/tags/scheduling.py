"""When tags are looked at anew, and what came of it. Machinery of Setpoint: nobody's words, so no audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from setpoint.customers.tag_models import Tag


def next_due(now: datetime) -> Tag | None:
    """The tag that has waited longest to be looked at; None when none is due."""
    return Tag.objects.filter(due_at__lte=now, archived_at=None).order_by("due_at", "pk").first()


def look_soon(tag_ids: Iterable[int], *, now: datetime) -> None:
    """Have these tags looked at next: what their rule speaks of was read anew."""
    Tag.objects.filter(pk__in=list(tag_ids)).update(due_at=now)


def note_look(
    tag: Tag, *, at: datetime, due_at: datetime, mark: Mapping[str, Any], failure: Mapping[str, Any] | None
) -> None:
    """Keep when a tag was looked at and when it is next. One that a person changed meanwhile stays due."""
    Tag.objects.filter(pk=tag.pk).update(refreshed_at=at)
    Tag.objects.filter(pk=tag.pk, version=tag.version).update(due_at=due_at, mark=mark, failure=failure)


def note_made(tag: Tag, *, at: datetime, words: list[str] | None) -> None:
    """Keep when Setpoint made a tag of the value layer anew, and what words say of it now."""
    how = tag.how if words is None else {**tag.how, "words": words}
    Tag.objects.filter(pk=tag.pk).update(refreshed_at=at, how=how)
