"""Who has a tag changes: set-based, with the history of every change. All of it in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from django.db import transaction
from django.db.models import Sum

from setpoint.customers.bulk import among, reserve_ids, write_rows
from setpoint.customers.tag_models import Tag, TagBlock, TagChange, TagChangeBlock, TagChangeOf, TagLately
from setpoint.customers.tags import blocks
from setpoint.customers.tags.blocks import Changes, Entries
from setpoint.customers.tags.decay import HELD, LEAST, Floats, Ints, faded
from setpoint.kernel.clock import micros

By = Literal["person", "rule", "model", "job"]
MANY = 2_000
"""A change of more customers than this is kept packed, not as a row each."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes: a person or a piece of Setpoint by name; for a model its id and version."""

    by: By
    actor: str
    model: str = ""
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """For how many customers a tag was put or reweighed, and from how many it was taken."""

    put: int
    taken: int


@dataclass(frozen=True, slots=True)
class Lately:
    """A rule's tag, who gets its weight, and who loses it or, where it has a half-life, begins to fade (ascending)."""

    tag: Tag
    come: Ints
    gone: Ints


@transaction.atomic
def change(tag: Tag, put: Entries, taken: Ints, *, author: Author, at: datetime) -> Changed:
    """Give a tag to customers with these weights, and take it from others (ascending ids); those untouched keep it.

    Keeps what changed in the history: weights as they stood at the moment, faded but not boosted.
    """
    Tag.objects.select_for_update().get(pk=tag.pk)  # one at a time: who has a tag is changed by one transaction alone
    touched = {number for number, _place in blocks.blocks_of(put.ids)}
    touched |= {number for number, _place in blocks.blocks_of(taken)}
    held = blocks.stored(tag.pk, touched, lock=True)
    before = blocks.together(held[number] for number in sorted(held))
    news = _changes(before, put, taken, tag.half_life_days, at)
    if not len(news):
        return Changed(0, 0)
    after = _merged(before, put, taken)
    parts = {number: after.chosen(np.zeros(len(after), dtype=bool)) for number in held}
    parts |= {number: blocks.part(after, place) for number, place in blocks.blocks_of(after.ids)}
    blocks.store(tag.pk, parts)
    recount(tag)
    return _keep(tag, news, author, at)


def change_lately(lately: Sequence[Lately], *, author: Author, at: datetime) -> None:
    """What rules' tags become for a few customers as events come, many times a second. It is written beside the blocks,
    which cost too much to write for a few; `settle` puts it into them. The caller holds the tags' rows locked."""
    news = [_news_of(each, at) for each in lately]
    _write_lately(lately, news)
    changes = [
        Changes(new.ids, weights_before(held, new.ids, each.tag.half_life_days, at), new.weights)
        for each, (held, new) in zip(lately, news, strict=True)
    ]
    _keep_lately(lately, changes, author, at)


def _news_of(lately: Lately, at: datetime) -> tuple[Entries, Entries]:
    """What those concerned had, and what they have now. Without a half-life they had the tag's weight or none."""
    tag, moment = lately.tag, micros(at)
    fades = tag.half_life_days is not None
    ids = np.union1d(lately.come, lately.gone)
    held = _held_by(tag, ids) if fades else blocks.entries(lately.gone, tag.weight, moment, HELD)
    put = blocks.entries(lately.come, tag.weight, moment, HELD)
    left = blocks.entries(lately.gone, tag.weight if fades else 0.0, _since(held, lately.gone, moment), moment)
    return held, blocks.ordered(blocks.together([put, left]))


@transaction.atomic
def settle(tag_id: int) -> None:
    """Put what came lately into the blocks."""
    tag = Tag.objects.select_for_update().get(pk=tag_id)
    numbers = [number for number, _place in blocks.blocks_of(blocks.lately(tag_id).ids)]
    if numbers:
        blocks.store(
            tag_id, {number: blocks.no_entries() for number in numbers} | blocks.stored(tag_id, numbers, lock=True)
        )
        recount(tag)


def _held_by(tag: Tag, ids: Ints) -> Entries:
    return blocks.together(blocks.stored(tag.pk, [number for number, _place in blocks.blocks_of(ids)]).values())


def _since(held: Entries, ids: Ints, moment: int) -> Ints:
    """When these weights were set; those that are not there are set now."""
    found = np.full(len(ids), moment, dtype=np.int64)
    has = np.isin(ids, held.ids)
    found[has] = held.since[np.searchsorted(held.ids, ids[has])]
    return found


def _write_lately(lately: Sequence[Lately], news: Sequence[tuple[Entries, Entries]]) -> None:
    entries = [new for _held, new in news]
    columns = {
        "tag_id": [each.tag.pk for each, new in zip(lately, entries, strict=True) for _ in range(len(new))],
        "customer_id": _joined(new.ids for new in entries),
        "weight": _joined(new.weights for new in entries),
        "since": _joined(new.since for new in entries),
        "fades_from": _joined(new.fades_from for new in entries),
    }
    write_rows(TagLately, columns, unique=["tag_id", "customer_id"], update=["weight", "since", "fades_from"])


def _keep_lately(lately: Sequence[Lately], changes: Sequence[Changes], author: Author, at: datetime) -> None:
    """The history, as `_keep` writes it, of several tags in two statements."""
    ids = reserve_ids(TagChange, len(lately))
    told: dict[str, list[Any]] = {
        "id": ids,
        "tag_id": [each.tag.pk for each in lately],
        "put": [int(np.count_nonzero(each.after)) for each in changes],
        "taken": [int(np.count_nonzero(each.after == 0)) for each in changes],
        "at": [at] * len(ids),
        **{name: [getattr(author, name)] * len(ids) for name in ("by", "actor", "model", "model_version")},
    }
    write_rows(TagChange, told)
    columns = {
        "change_id": [pk for pk, each in zip(ids, changes, strict=True) for _ in range(len(each))],
        "customer_id": _joined(each.ids for each in changes),
        "before": _joined(each.before for each in changes),
        "after": _joined(each.after for each in changes),
    }
    write_rows(TagChangeOf, columns)


def _joined(columns: Iterable[Floats | Ints]) -> list[Any]:
    return [value for column in columns for value in column.tolist()]


def recount(tag: Tag) -> int:
    """Count anew who has a tag."""
    tag.members = TagBlock.objects.filter(tag_id=tag.pk).aggregate(all=Sum("size"))["all"] or 0
    Tag.objects.filter(pk=tag.pk).update(members=tag.members)
    return tag.members


def drop_faded(tag: Tag, *, author: Author, at: datetime) -> Changed:
    """Take a tag from those whose weight has faded below LEAST."""
    if tag.half_life_days is None:
        return Changed(0, 0)
    held = blocks.whole(tag.pk)
    gone = held.ids[faded(held.weights, held.fades_from, tag.half_life_days, at) < LEAST]
    return change(tag, blocks.no_entries(), gone, author=author, at=at) if len(gone) else Changed(0, 0)


def forget(customer_ids: Ints) -> None:
    """Nothing of these customers' tags stays, nor of their history."""
    gone = np.unique(customer_ids)
    numbers = among([number for number, _place in blocks.blocks_of(gone)])
    TagChangeOf.objects.filter(customer_id__in=among(gone.tolist())).delete()
    TagLately.objects.filter(customer_id__in=among(gone.tolist())).delete()
    for tag_id in TagBlock.objects.filter(number__in=numbers).values_list("tag_id", flat=True).distinct():
        held = blocks.stored(tag_id, [number for number, _place in blocks.blocks_of(gone)], lock=True)
        blocks.store(tag_id, {number: part.chosen(~np.isin(part.ids, gone)) for number, part in held.items()})
        recount(Tag(pk=tag_id))
    for row in TagChangeBlock.objects.filter(number__in=numbers).iterator():
        part = blocks.unpacked_changes(row.number, row.size, row.data)
        kept = ~np.isin(part.ids, gone)
        left = Changes(part.ids[kept], part.before[kept], part.after[kept])
        TagChangeBlock.objects.filter(pk=row.pk).update(size=len(left), data=blocks.packed_changes(row.number, left))


def weights_before(held: Entries, ids: Ints, half_life_days: float | None, at: datetime) -> Floats:
    """The weights of these ids at a moment; 0 for those who have none."""
    found = np.zeros(len(ids))
    if not len(held):
        return found
    place = np.minimum(np.searchsorted(held.ids, ids), len(held) - 1)
    has = held.ids[place] == ids
    found[has] = faded(held.weights, held.fades_from, half_life_days, at)[place[has]]
    return found


def _changes(before: Entries, put: Entries, taken: Ints, half_life_days: float | None, at: datetime) -> Changes:
    """What changes of whose weight, ascending by id; taking what nobody has is no change."""
    lost = np.intersect1d(taken, before.ids, assume_unique=True)
    ids = np.concatenate([put.ids, lost])
    after = np.concatenate([faded(put.weights, put.fades_from, half_life_days, at), np.zeros(len(lost))])
    order = np.argsort(ids, kind="stable")
    return Changes(ids[order], weights_before(before, ids[order], half_life_days, at), after[order])


def _merged(before: Entries, put: Entries, taken: Ints) -> Entries:
    gone = np.concatenate([put.ids, taken])
    kept = before.chosen(~np.isin(before.ids, gone))
    return blocks.ordered(blocks.together([kept, put]))


def _keep(tag: Tag, news: Changes, author: Author, at: datetime) -> Changed:
    put = int(np.count_nonzero(news.after))
    row = TagChange.objects.create(
        tag=tag,
        at=at,
        by=author.by,
        actor=author.actor[:250],
        model=author.model,
        model_version=author.model_version,
        put=put,
        taken=len(news) - put,
    )
    if len(news) <= MANY:
        columns = {"customer_id": news.ids.tolist(), "before": news.before.tolist(), "after": news.after.tolist()}
        write_rows(TagChangeOf, {"change_id": [row.pk] * len(news), **columns})
    else:
        _keep_packed(row.pk, news)
    return Changed(put, len(news) - put)


def _keep_packed(change_id: int, news: Changes) -> None:
    parts: Mapping[int, Changes] = {
        number: Changes(news.ids[place], news.before[place], news.after[place])
        for number, place in blocks.blocks_of(news.ids)
    }
    columns: dict[str, list[Any]] = {
        "change_id": [change_id] * len(parts),
        "number": list(parts),
        "size": [len(part) for part in parts.values()],
        "data": [blocks.packed_changes(number, part) for number, part in parts.items()],
    }
    write_rows(TagChangeBlock, columns)
