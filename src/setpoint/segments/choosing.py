"""Which customers a selection means: a word, times, a kept segment and a tree, all together; or ids by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from setpoint.customers.finding import Sought, all_found
from setpoint.customers.tags.services import with_tag
from setpoint.segments.services import find_segment, members, parse_tree

Ids = npt.NDArray[np.int64]


class Selection(TypedDict, total=False):
    """A selection as JSON. With `ids` it is those alone; without, all who match what is given, but for `without`."""

    ids: list[int]
    without: list[int]
    q: str
    tree: dict[str, Any] | None
    tag: str
    segment_id: int | None
    created_from: str | None
    created_to: str | None
    active_from: str | None
    active_to: str | None


def sought_by(selection: Mapping[str, Any], now: datetime) -> Sought:
    """What a selection asks of customers. Raises Invalid for a tree that cannot be, NotFound for a segment."""
    groups = []
    if selection.get("segment_id"):
        groups.append(members(find_segment(selection["segment_id"]).node, as_of=now))
    if selection.get("tree"):
        groups.append(members(parse_tree(selection["tree"]), as_of=now))
    if selection.get("tag"):
        groups.append(with_tag(selection["tag"], at=now))
    return Sought(
        q=selection.get("q") or "",
        created_from=_moment(selection.get("created_from")),
        created_to=_moment(selection.get("created_to")),
        active_from=_moment(selection.get("active_from")),
        active_to=_moment(selection.get("active_to")),
        ids=reduce(np.intersect1d, groups) if groups else None,
    )


def chosen_by(selection: Mapping[str, Any], now: datetime) -> Ids:
    """The ids that a selection means now, ascending."""
    if "ids" in selection:
        return np.unique(np.asarray(selection["ids"], dtype=np.int64))
    found = all_found(sought_by(selection, now))
    without = np.asarray(selection.get("without") or [], dtype=np.int64)
    return np.setdiff1d(found, without, assume_unique=True) if len(without) else found


def _moment(value: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
