"""Segments: define them, and ask who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from setpoint.customers.services import customer_frame
from setpoint.segments import live
from setpoint.segments.explaining import explain
from setpoint.segments.growth import count_next, growth
from setpoint.segments.keeping import (
    Tree,
    archive_segment,
    define_segment,
    delete_segment,
    duplicate_segment,
    find_segment,
    find_segments,
    list_segments,
    update_segment,
    view_of,
)
from setpoint.segments.listing import all_members, members_page
from setpoint.segments.membership import facts_of, select_lately, select_members
from setpoint.segments.printing import to_text
from setpoint.segments.reading_text import parse_text
from setpoint.segments.resolving import check_references, notes, resolved
from setpoint.segments.snapshots import delete_snapshot, keep_snapshot, list_snapshots, snapshot_members
from setpoint.segments.tree import parse_tree, to_json
from setpoint.segments.types import Node, Preview, SnapshotView
from setpoint.segments.vocabulary import common_values, properties_of, vocabulary
from setpoint.segments.wording import sentence

__all__ = [
    "Tree",
    "all_members",
    "archive_segment",
    "check_references",
    "common_values",
    "count",
    "count_next",
    "define_segment",
    "delete_segment",
    "delete_snapshot",
    "duplicate_segment",
    "explain",
    "find_segment",
    "find_segments",
    "growth",
    "list_segments",
    "list_snapshots",
    "matches",
    "members",
    "members_page",
    "notes",
    "overlap",
    "parse_text",
    "parse_tree",
    "preview",
    "properties_of",
    "resolved",
    "sample",
    "sentence",
    "snapshot_members",
    "take_snapshot",
    "to_json",
    "to_text",
    "update_segment",
    "view_of",
    "vocabulary",
]


def members(segment: Node | int, *, as_of: datetime) -> npt.NDArray[np.int64]:
    """Ids of the customers in a tree or a kept segment at `as_of` (aware UTC), ascending."""
    return select_members(_node(segment), as_of=as_of)


def count(segment: Node | int, *, as_of: datetime) -> int:
    """How many customers are in it."""
    return len(members(segment, as_of=as_of))


def sample(segment: Node | int, *, as_of: datetime, size: int = 10) -> tuple[int, ...]:
    """Some of its customers, spread over all."""
    return preview(segment, as_of=as_of, size=size).sample


def preview(segment: Node | int, *, as_of: datetime, size: int = 10) -> Preview:
    """Count and sample in one reading, as of the end of the running minute: what did not change since is not read again."""
    ids, counted_at = select_lately(_node(segment), as_of=as_of)
    places = np.unique(np.linspace(0, max(0, len(ids) - 1), min(size, len(ids))).astype(np.int64))
    return Preview(len(ids), tuple(ids[places].tolist()), len(customer_frame([])), counted_at)


def overlap(segment: Node | int, others: Sequence[Node | int], *, as_of: datetime) -> list[int]:
    """How many of its customers are in each of the others as well."""
    ids = members(segment, as_of=as_of)
    return [len(np.intersect1d(ids, members(other, as_of=as_of), assume_unique=True)) for other in others]


def matches(segment: Node | int, customer_id: int, *, as_of: datetime) -> bool:
    """Whether one customer is in it now, by the live reading. NotFound for an unknown customer or segment."""
    node = resolved(_node(segment))
    return live.matches(node, facts_of(customer_id, node, as_of=as_of), as_of=as_of)


def take_snapshot(segment_id: int, name: str = "", *, now: datetime, actor: str = "system") -> SnapshotView:
    """Keep who is in a segment now, under a name; they can be named in trees ever after."""
    return keep_snapshot(segment_id, name, members(segment_id, as_of=now), now=now, actor=actor)


def _node(segment: Node | int) -> Node:
    return find_segment(segment).node if isinstance(segment, int) else segment
