"""Who has a tag, packed by spans of customer ids: written and read as columns, whatever their number."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from setpoint.customers.bulk import among, write_rows
from setpoint.customers.tag_models import TagBlock, TagLately
from setpoint.customers.tags.decay import Floats, Ints

SPAN = 1 << 14
"""So many customer ids share a block."""
_SHIFT = 14
_MOST_UNPACKED = 128  # of half a megabyte each at most: two tags of a million customers
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Entries:
    """Customers with a tag, ascending by id: weight when it was set, when that was, and from when on it fades (both
    microseconds since 1970; HELD: not yet)."""

    ids: Ints
    weights: Floats
    since: Ints
    fades_from: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, which: npt.NDArray[np.bool_]) -> Entries:
        """Some of them."""
        return Entries(*(getattr(self, each.name)[which] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change made of weights, ascending by id; 0 is not having the tag."""

    ids: Ints
    before: Floats
    after: Floats

    def __len__(self) -> int:
        return len(self.ids)


def no_entries() -> Entries:
    """Nobody."""
    return entries(np.empty(0, dtype=np.int64), 0.0, 0, 0)


def entries(ids: npt.ArrayLike, weights: npt.ArrayLike, since: npt.ArrayLike, fades_from: npt.ArrayLike) -> Entries:
    """Entries of distinct ids in any order; the rest as columns or as one value for all."""
    unsorted = np.asarray(ids, dtype=np.int64)
    order = np.argsort(unsorted, kind="stable")
    return Entries(
        unsorted[order],
        np.broadcast_to(np.asarray(weights, dtype=np.float64), unsorted.shape)[order],
        np.broadcast_to(np.asarray(since, dtype=np.int64), unsorted.shape)[order],
        np.broadcast_to(np.asarray(fades_from, dtype=np.int64), unsorted.shape)[order],
    )


def ordered(unsorted: Entries) -> Entries:
    """Entries of distinct ids, ascending."""
    return entries(*(getattr(unsorted, each.name) for each in fields(Entries)))


def together(parts: Iterable[Entries]) -> Entries:
    """Entries of several blocks, in order."""
    listed = list(parts)
    if not listed:
        return no_entries()
    return Entries(*(np.concatenate([getattr(part, each.name) for part in listed]) for each in fields(Entries)))


def blocks_of(ids: Ints) -> Iterator[tuple[int, slice]]:
    """The blocks of ascending ids, each with the place of its ids."""
    numbers, starts = np.unique(ids >> _SHIFT, return_index=True)
    ends = [*starts[1:].tolist(), len(ids)][: len(numbers)]
    for number, start, end in zip(numbers.tolist(), starts.tolist(), ends, strict=True):
        yield number, slice(start, end)


def stored(tag_id: int, numbers: Iterable[int] | None = None, *, lock: bool = False) -> dict[int, Entries]:
    """The entries of a tag by block, with what came lately; of these blocks alone where named."""
    rows = TagBlock.objects.filter(tag_id=tag_id).order_by("number")
    wanted = None if numbers is None else sorted(set(numbers))
    if wanted is not None:
        rows = rows.filter(number__in=among(wanted))
    if lock:
        rows = rows.select_for_update()
    found = {number: unpacked(number, size, data) for number, size, data in rows.values_list("number", "size", "data")}
    news = lately(tag_id, wanted)
    for number, place in blocks_of(news.ids):
        found[number] = renewed(found.get(number, no_entries()), part(news, place))
    return dict(sorted(found.items()))


def lately(tag_id: int, numbers: Iterable[int] | None = None) -> Entries:
    """What the blocks of a tag do not say yet; who has it no more has the weight 0."""
    rows = TagLately.objects.filter(tag_id=tag_id)
    if numbers is not None:
        rows = rows.filter(_in_blocks(numbers))
    columns = list(zip(*rows.values_list("customer_id", "weight", "since", "fades_from"), strict=True))
    return entries(*columns) if columns else no_entries()


def lately_of(ids: Ints) -> dict[int, Entries]:
    """What the blocks do not say yet of a few customers, by tag."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    rows = TagLately.objects.filter(customer_id__in=among(ids.tolist()))
    for tag_id, *row in rows.values_list("tag_id", "customer_id", "weight", "since", "fades_from"):
        found.setdefault(tag_id, []).append(tuple(row))
    return {tag_id: entries(*zip(*rows, strict=True)) for tag_id, rows in found.items()}


def renewed(before: Entries, news: Entries) -> Entries:
    """Entries with what came lately in the place of what was there."""
    kept = before.chosen(~np.isin(before.ids, news.ids))
    return ordered(together([kept, news.chosen(news.weights > 0)]))


def part(whole: Entries, place: slice) -> Entries:
    """The entries of one block."""
    return Entries(whole.ids[place], whole.weights[place], whole.since[place], whole.fades_from[place])


def _in_blocks(numbers: Iterable[int]) -> Q:
    """Rows of customers whose ids are in these blocks."""
    wanted = Q(pk__in=[])
    for number in numbers:
        wanted |= Q(customer_id__gte=number * SPAN, customer_id__lt=(number + 1) * SPAN)
    return wanted


def whole(tag_id: int) -> Entries:
    """All entries of a tag."""
    return together(stored(tag_id).values())


def store(tag_id: int, blocks: Mapping[int, Entries]) -> None:
    """Write these blocks of a tag; one without entries goes away. The caller holds them locked, and has put into them
    what came lately."""
    TagLately.objects.filter(_in_blocks(blocks), tag_id=tag_id).delete()
    kept = {number: block for number, block in blocks.items() if len(block)}
    gone = blocks.keys() - kept.keys()
    if gone:
        TagBlock.objects.filter(tag_id=tag_id, number__in=among(gone)).delete()
    columns: dict[str, list[Any]] = {
        "tag_id": [tag_id] * len(kept),
        "number": list(kept),
        "size": [len(block) for block in kept.values()],
        "data": [packed(number, block) for number, block in kept.items()],
    }
    write_rows(TagBlock, columns, unique=["tag_id", "number"], update=["size", "data"])


def packed(number: int, block: Entries) -> bytes:
    """The entries of one block as bytes: column after column, compressed."""
    return _pack(number, block.ids, block.weights, block.since, block.fades_from)


def unpacked(number: int, size: int, data: bytes | memoryview) -> Entries:
    """The reverse of `packed`. Those unpacked lately are kept: a list is paged through, and unpacking is most of it."""
    return _unpacked(number, size, bytes(data))


@lru_cache(maxsize=_MOST_UNPACKED)
def _unpacked(number: int, size: int, data: bytes) -> Entries:
    columns = _unpack(number, size, data, ("<f8", "<i8", "<i8"))
    for column in columns:
        column.flags.writeable = False  # others read it too
    return Entries(*columns)


def packed_changes(number: int, part: Changes) -> bytes:
    """What a change made of one block, as bytes."""
    return _pack(number, part.ids, part.before, part.after)


def unpacked_changes(number: int, size: int, data: bytes | memoryview) -> Changes:
    """The reverse of `packed_changes`."""
    return Changes(*_unpack(number, size, data, ("<f8", "<f8")))


def _pack(number: int, ids: Ints, *columns: npt.NDArray[Any]) -> bytes:
    places = (ids - number * SPAN).astype("<u2")
    told = [places.tobytes(), *(column.astype(column.dtype.newbyteorder("<")).tobytes() for column in columns)]
    return zlib.compress(b"".join(told), _LEVEL)


def _unpack(number: int, size: int, data: bytes | memoryview, kinds: tuple[str, ...]) -> list[npt.NDArray[Any]]:
    raw = zlib.decompress(data)
    places = np.frombuffer(raw, dtype="<u2", count=size).astype(np.int64)
    columns: list[npt.NDArray[Any]] = [places + number * SPAN]
    offset = 2 * size
    for kind in kinds:
        columns.append(np.frombuffer(raw, dtype=kind, count=size, offset=offset))
        offset += 8 * size
    return columns
