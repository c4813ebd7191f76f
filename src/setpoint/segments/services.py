"""Segments: define them, and ask who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.segments import live
from setpoint.segments.membership import facts_of, select_members
from setpoint.segments.models import Segment
from setpoint.segments.tree import parse_tree, to_json
from setpoint.segments.types import Node, Preview, SegmentView

__all__ = [
    "count",
    "define_segment",
    "delete_segment",
    "find_segment",
    "list_segments",
    "matches",
    "members",
    "parse_tree",
    "preview",
    "sample",
    "to_json",
    "update_segment",
]

Tree: TypeAlias = "Node | Mapping[str, Any]"


def define_segment(name: str, tree: Tree, *, now: datetime) -> SegmentView:
    """Keep a tree under a name. Raises Invalid for a bad name or tree, Conflict when the name is taken."""
    segment = Segment(name=_checked_name(name), tree=_as_json(tree), created_at=now, updated_at=now)
    return _saved(segment)


def update_segment(segment_id: int, *, now: datetime, name: str | None = None, tree: Tree | None = None) -> SegmentView:
    """Give a segment another name or tree. Raises as `define_segment`, and NotFound."""
    segment = _row(segment_id)
    segment.name = segment.name if name is None else _checked_name(name)
    segment.tree = segment.tree if tree is None else _as_json(tree)
    segment.updated_at = now
    return _saved(segment)


def delete_segment(segment_id: int) -> None:
    """Forget a segment. Campaigns keep the tree that they were launched with."""
    if not Segment.objects.filter(pk=segment_id).delete()[0]:
        raise _not_found(segment_id)


def find_segment(segment_id: int) -> SegmentView:
    """The segment of that id; NotFound when there is none."""
    return _view(_row(segment_id))


def list_segments(*, limit: int = 100, offset: int = 0) -> list[SegmentView]:
    """Segments by name."""
    return [_view(segment) for segment in Segment.objects.all()[offset : offset + limit]]


def members(segment: Node | int, *, as_of: datetime) -> npt.NDArray[np.int64]:
    """Ids of the customers in a tree or a kept segment at `as_of` (aware UTC), ascending."""
    return select_members(_node(segment), as_of=as_of)


def count(segment: Node | int, *, as_of: datetime) -> int:
    """How many customers are in it."""
    return len(members(segment, as_of=as_of))


def sample(segment: Node | int, *, as_of: datetime, size: int = 10) -> tuple[int, ...]:
    """Some of its customers: those with the lowest ids."""
    return preview(segment, as_of=as_of, size=size).sample


def preview(segment: Node | int, *, as_of: datetime, size: int = 10) -> Preview:
    """Count and sample in one reading."""
    ids = members(segment, as_of=as_of)
    return Preview(len(ids), tuple(ids[:size].tolist()))


def matches(segment: Node | int, customer_id: int, *, as_of: datetime) -> bool:
    """Whether one customer is in it now, by the live reading. NotFound for an unknown customer or segment."""
    node = _node(segment)
    return live.matches(node, facts_of(customer_id, node, as_of=as_of), as_of=as_of)


def _node(segment: Node | int) -> Node:
    return find_segment(segment).node if isinstance(segment, int) else segment


def _row(segment_id: int) -> Segment:
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        raise _not_found(segment_id)
    return segment


def _view(segment: Segment) -> SegmentView:
    return SegmentView(segment.id, segment.name, parse_tree(segment.tree), segment.created_at, segment.updated_at)


def _saved(segment: Segment) -> SegmentView:
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:
        raise Conflict(
            _("There is already a segment named %(name)s.") % {"name": segment.name},
            remedy=_("Choose another name, or change that segment."),
            field="name",
        ) from None
    return _view(segment)


def _as_json(tree: Tree) -> dict[str, Any]:
    return to_json(parse_tree(tree) if isinstance(tree, Mapping) else tree)


def _checked_name(name: str) -> str:
    kept = name.strip()
    if not 1 <= len(kept) <= 120 or not kept.isprintable():
        raise Invalid(
            _("A segment's name has 1 to 120 printable characters."), remedy=_("Write such a name."), field="name"
        )
    return kept


def _not_found(segment_id: int) -> NotFound:
    return NotFound(
        _("There is no segment %(id)s.") % {"id": segment_id}, remedy=_("List the segments to see which there are.")
    )
