"""Finding customers among a million: by a word, by when they came and last did something, in an order, page by page.

A page is cut from the columns (see snapshot): no query of the records but for the words' identities.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from setpoint.customers import snapshot
from setpoint.customers.activity import NEVER, last_done
from setpoint.customers.columns import trait_column
from setpoint.customers.frames import known_traits
from setpoint.customers.searching import matching_ids, named
from setpoint.engine.ids import Ids, among
from setpoint.kernel.clock import micros
from setpoint.kernel.errors import Invalid

_TRAIT = "trait:"


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is sought: all conditions hold. `ids`: those of a segment or a tree, None for everybody."""

    q: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None
    active_from: datetime | None = None
    active_to: datetime | None = None
    ids: Ids | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids in order; `next` and `previous` are what to ask for to go on either way, None at an end.

    `capped` says that the words match so many that only some were looked at.
    """

    ids: list[int]
    total: int
    next: str | None = None
    previous: str | None = None
    capped: bool = False


def find(sought: Sought, *, sort: str = "id", after: str = "", before: str = "", limit: int = 100) -> Found:
    """A page of those who are sought. `sort` is id, created, active or trait:NAME, downwards with a leading minus;
    who lacks the value comes last. Raises Invalid for an order or a place that cannot be."""
    now = snapshot.current()
    rows, capped = _rows(now, sought)
    falling, backwards = sort.startswith("-"), bool(before)
    place = _place(before or after)
    if sort.removeprefix("-") == "id":
        page = _first_ids(rows, place, limit + 1, falling != backwards)
    else:
        keyed = _keyed(now, sort.removeprefix("-"), rows)
        ahead = keyed if place is None else keyed.filter(_beyond(keyed, place, falling != backwards, backwards))
        page = _first(ahead, limit + 1, falling != backwards, backwards)
    more = len(page) > limit
    page = page[:limit]
    if backwards:
        page = page[::-1]
    forward = more if not backwards else True
    back = more if backwards else place is not None
    return Found(
        ids=[customer_id for _key, customer_id in page],
        total=len(rows),
        next=_written(page[-1], sort) if page and forward else None,
        previous=_written(page[0], sort) if page and back else None,
        capped=capped,
    )


def all_found(sought: Sought) -> Ids:
    """The ids of all who are sought, ascending."""
    return np.sort(_rows(snapshot.current(), sought)[0])


def _rows(now: snapshot.Snapshot, sought: Sought) -> tuple[Ids, bool]:
    ids = now.column("customer_id").to_numpy()
    held = np.ones(len(ids), dtype=bool)
    capped = False
    if sought.ids is not None:
        held &= among(ids, sought.ids)
    if sought.q.strip():
        found, capped = matching_ids(sought.q)
        held &= among(ids, found) | named(now, sought.q)
    if sought.created_from or sought.created_to:
        held &= _between(_created(now), sought.created_from, sought.created_to)
    if sought.active_from or sought.active_to:
        held &= _between(last_done(ids), sought.active_from, sought.active_to)
    return ids[held], capped


def _between(moments: Ids, start: datetime | None, end: datetime | None) -> npt.NDArray[np.bool_]:
    first = micros(start) if start else NEVER + 1
    last = micros(end) if end else np.iinfo(np.int64).max
    return np.asarray((moments >= first) & (moments < last), dtype=bool)


def _created(now: snapshot.Snapshot) -> Ids:
    return np.asarray(now.column("created_at").cast(pa.int64()).to_numpy(), dtype=np.int64)


def _keyed(now: snapshot.Snapshot, name: str, rows: Ids) -> pa.Table:
    """The sought with what they are ordered by: columns key and id."""
    if name == "active":
        moments = last_done(rows)
        return pa.table({"key": pa.array(moments, mask=moments == NEVER), "id": rows})
    ids = now.column("customer_id")
    if name == "created":
        column = now.column("created_at").cast(pa.int64())
    elif name.startswith(_TRAIT):
        trait = name.removeprefix(_TRAIT)
        column = now.column(trait_column(trait), numeric=known_traits().get(trait) == "number")
    else:
        raise Invalid(
            _("Customers cannot be ordered by %(name)s.") % {"name": name[:80]},
            remedy=_("Use id, created, active or trait:NAME, with a leading - for the reverse."),
            field="sort",
        )
    table = pa.table({"key": column, "id": ids})
    return table if len(rows) == len(table) else table.filter(pa.array(among(ids.to_numpy(), rows)))


Place = tuple[Any, int]


def _first_ids(rows: Ids, place: Place | None, count: int, falling: bool) -> list[Place]:
    """The first ids behind a place; without ordering all of them."""
    way = -1 if falling else 1
    ahead = rows * way
    if place is not None:
        ahead = ahead[ahead > place[1] * way]
    if len(ahead) > count:
        ahead = np.partition(ahead, count - 1)[:count]
    return [(pk, pk) for pk in (np.sort(ahead) * way).tolist()]


def _first(rows: pa.Table, count: int, falling: bool, backwards: bool) -> list[Place]:
    """The first rows in order. Those without a key come last, or first where we walk backwards."""
    valid = pc.is_valid(rows["key"])
    with_key, without = rows.filter(valid), rows.filter(pc.invert(valid))
    order = "descending" if falling else "ascending"
    tie = "descending" if backwards else "ascending"
    keyed = _top(with_key, count, [("key", order), ("id", tie)])
    bare = _top(without, count, [("id", tie)])
    return ([*bare, *keyed] if backwards else [*keyed, *bare])[:count]


def _top(rows: pa.Table, count: int, keys: list[tuple[str, str]]) -> list[Place]:
    chosen = rows.take(pc.select_k_unstable(rows, min(count, len(rows)), sort_keys=keys)) if len(rows) else rows
    return list(zip(chosen["key"].to_pylist(), chosen["id"].to_pylist(), strict=True))


def _beyond(rows: pa.Table, place: Place, falling: bool, backwards: bool) -> pa.ChunkedArray:
    """Which rows come behind a place on the way that we walk."""
    key, customer_id = place
    tie = pc.less(rows["id"], customer_id) if backwards else pc.greater(rows["id"], customer_id)
    missing = pc.is_null(rows["key"])
    if key is None:
        same = pc.and_(missing, tie)
        return pc.or_(same, pc.invert(missing)) if backwards else same
    scalar = _scalar(key, rows["key"].type)
    further = pc.less(rows["key"], scalar) if falling else pc.greater(rows["key"], scalar)
    found = pc.or_(further, pc.and_(pc.equal(rows["key"], scalar), tie))
    return pc.fill_null(found, False) if backwards else pc.fill_null(found, True)


def _scalar(key: Any, kind: pa.DataType) -> pa.Scalar:
    try:
        return pa.scalar(key, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        raise _no_place() from None


def _written(place: Place, sort: str) -> str:
    """A place as text: the id alone where that is the order."""
    if sort == "id":
        return str(place[1])
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(text: str) -> Place | None:
    if not text:
        return None
    if text.isdecimal() and len(text) <= 16:
        return int(text), int(text)
    try:
        key, customer_id = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise _no_place() from None
    if not isinstance(customer_id, int) or not isinstance(key, str | int | float | None):
        raise _no_place()
    return key, customer_id


def _no_place() -> Invalid:
    return Invalid(
        _("This is no place in the list."), remedy=_("Take `next` or `previous` of a page, unchanged."), field="after"
    )
