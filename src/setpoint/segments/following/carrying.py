"""Tags whose rule is one followed segment: who enters gets them, who leaves loses them, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from django.db.models import QuerySet

from setpoint.customers.asking import ask_locked, json_of
from setpoint.customers.models import Tag
from setpoint.customers.tags import services as tags
from setpoint.segments.following.models import Followed
from setpoint.segments.following.planning import Lately

AUTHOR = tags.Author("rule", "setpoint")
Step = tuple[int, int, bool]
"""Segment, customer, and whether they entered (else: left)."""


def carry(steps: Iterable[Step], *, now: datetime) -> None:
    """Give and take tags as customers enter and leave, in the order of the steps."""
    tagging = _tagging.get()
    by_segment: defaultdict[int, list[Step]] = defaultdict(list)
    for step in steps:
        if step[0] in tagging:
            by_segment[step[0]].append(step)
    wanted = [pk for segment_id in by_segment for pk in tagging[segment_id]]
    lately = [_lately(tag, own) for tag in _locked(wanted) if (own := by_segment.get(_segment_of(tag) or 0))]
    if changed := [each for each in lately if len(each.come) or len(each.gone)]:
        tags.change_lately(changed, author=AUTHOR, at=now)


def followed_by(tag: Tag) -> int | None:
    """The followed segment that is the whole rule of a tag; None where there is none."""
    segment_id = _segment_of(tag)
    known = Followed.objects.filter(pk=segment_id, segment__archived_at__isnull=True)
    return segment_id if segment_id is not None and known.exists() else None


def look_soon(segment_id: int, *, now: datetime) -> None:
    """Have the tags of a segment looked at: its members were read anew."""
    tags.look_soon(_read().get(segment_id, ()), now=now)


def settle(segment_id: int) -> None:
    """Put what changed one by one into the blocks of a segment's tags."""
    for tag_id in sorted(_read().get(segment_id, ())):
        tags.settle(tag_id)


def forget() -> None:
    """Read anew which tags there are."""
    _tagging.forget()


def _locked(tag_ids: Sequence[int]) -> list[Tag]:
    """Those of the tags that are not put away, as far as carrying needs to know them."""
    sql = "SELECT id, weight, half_life_days, how FROM {tags} WHERE id IN %s AND archived_at IS NULL ORDER BY id"
    rows = ask_locked(sql, tag_ids, tags=Tag) if tag_ids else ()
    return [Tag(pk=pk, weight=weight, half_life_days=days, how=json_of(how)) for pk, weight, days, how in rows]


def _lately(tag: Tag, steps: Sequence[Step]) -> tags.Lately:
    """Who came and went again within the steps is as before, unless something has to fade."""
    first, last = ({customer: entered for _segment, customer, entered in each} for each in (steps[::-1], steps))
    fades = tag.half_life_days is not None
    come = sorted(pk for pk, entered in last.items() if entered and first[pk])
    gone = sorted(pk for pk, entered in last.items() if not entered and (fades or not first[pk]))
    return tags.Lately(tag, np.array(come, dtype=np.int64), np.array(gone, dtype=np.int64))


def _segment_of(tag: Tag) -> int | None:
    """The segment that is the whole rule of a tag."""
    found: int | None = tag.how.get("tree", {}).get("segment")
    return found


def _rules() -> QuerySet[Tag]:
    return Tag.objects.filter(kind="rule", archived_at=None, how__tree__segment__isnull=False)


def _read() -> dict[int, list[int]]:
    """Tags by the segment that is their whole rule."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for pk, how in _rules().values_list("pk", "how"):
        found[how["tree"]["segment"]].append(pk)
    return found


_tagging = Lately(_read)
