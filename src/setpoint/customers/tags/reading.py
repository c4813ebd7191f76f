"""Tags as they are at a moment: of one customer, of all in columns; and how they came to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from setpoint.customers.bulk import among
from setpoint.customers.identity.aliases import ids_of
from setpoint.customers.models import Customer
from setpoint.customers.tag_models import Tag, TagBlock, TagBoost, TagChange, TagChangeBlock, TagChangeOf
from setpoint.customers.tags import blocks
from setpoint.customers.tags.blocks import Entries
from setpoint.customers.tags.decay import HELD, LEAST, Boost, Floats, Ints, boosted, faded, moment_of
from setpoint.customers.tags.types import CustomerTag, TagMoment

FRAME = pa.schema([("customer_id", pa.int64()), ("tag", pa.string()), ("weight", pa.float64())])


def tags_of(customer_id: int, *, at: datetime) -> list[CustomerTag]:
    """The tags of one customer, of all their records, the heaviest first."""
    ids = np.array(sorted(ids_of(customer_id)), dtype=np.int64)
    found: dict[int, CustomerTag] = {}
    for tag, held in _held_by(ids):
        for shown in _shown(tag, held, at):
            if tag.pk not in found or shown.weight > found[tag.pk].weight:
                found[tag.pk] = shown
    return sorted(found.values(), key=lambda one: (-one.weight, one.name))


def weights_of(customer_id: int, *, at: datetime) -> dict[str, float]:
    """The weight of each tag of one customer, by name."""
    return {one.name: one.weight for one in tags_of(customer_id, at=at)}


def history_of(customer_id: int, *, limit: int = 100) -> list[TagMoment]:
    """How a customer's tags came to be and changed, newest first."""
    ids = np.array(sorted(ids_of(customer_id)), dtype=np.int64)
    told = [*_single(ids, limit), *_packed(ids, limit)]
    told.sort(key=lambda one: (-one[0].at.timestamp(), -one[0].pk))
    return [_moment(*one) for one in told[:limit]]


def changes_of(tag_id: int, *, limit: int = 50) -> list[TagChange]:
    """The newest changes of who has a tag."""
    return list(TagChange.objects.filter(tag_id=tag_id).order_by("-pk")[:limit])


def tag_frame(names: Sequence[str] | None = None, *, at: datetime) -> pa.Table:
    """Who has which tag at a moment, as a pyarrow.Table(customer_id, tag, weight): faded, boosted, at least LEAST.

    One row a customer and tag; tags of records that were merged are the survivor's, of two weights the greater. None
    asks for all tags; unknown names and those that were put away have no rows. Rows come in no certain order.
    """
    tags = Tag.objects.filter(archived_at=None).prefetch_related("boosts").order_by("pk")
    wanted = tags if names is None else tags.filter(name__in=list(names))
    survivors = _aliases()
    pieces = [_columns(tag, survivors, at) for tag in wanted]
    return pa.concat_tables([FRAME.empty_table(), *pieces])


def with_tag(name: str, *, at: datetime) -> Ints:
    """The ids of all who have a tag at a moment, ascending."""
    tag = Tag.objects.filter(archived_at=None, name=name).prefetch_related("boosts").first()
    return np.zeros(0, dtype=np.int64) if tag is None else np.sort(_carriers(tag, _aliases(), at)[0], kind="stable")


def weights_at(tag: Tag, held: Entries, at: datetime) -> Floats:
    """The weights of entries at a moment: faded, then boosted."""
    boosts = [_boost(row) for row in tag.boosts.all()]
    return boosted(faded(held.weights, held.fades_from, tag.half_life_days, at), boosts, at)


def boost_at(tag: Tag, at: datetime) -> float:
    """By what a tag's weights are multiplied at a moment."""
    on = [row.factor for row in tag.boosts.all() if row.starts_at <= at < row.ends_at]
    return float(np.prod(on)) if on else 1.0


def _held_by(ids: Ints) -> Iterator[tuple[Tag, Entries]]:
    """The tags of a few ids, with their own entries."""
    held: dict[int, list[Entries]] = {}
    numbers = [number for number, _place in blocks.blocks_of(ids)]
    for row in TagBlock.objects.filter(number__in=among(numbers)):
        one = blocks.unpacked(row.number, row.size, row.data)
        held.setdefault(row.tag_id, []).append(one.chosen(np.isin(one.ids, ids)))
    news = blocks.lately_of(ids)
    kept = Tag.objects.filter(pk__in=among(held.keys() | news.keys()), archived_at=None)
    for tag in kept.prefetch_related("boosts").order_by("pk"):
        own = blocks.together(held.get(tag.pk, []))
        yield tag, blocks.renewed(own, news[tag.pk]) if tag.pk in news else own


def _columns(tag: Tag, survivors: tuple[Ints, Ints], at: datetime) -> pa.Table:
    ids, weights = _carriers(tag, survivors, at)
    return pa.table([ids, pa.repeat(tag.name, len(ids)), weights], schema=FRAME)


def _carriers(tag: Tag, survivors: tuple[Ints, Ints], at: datetime) -> tuple[Ints, Floats]:
    """Who has a tag, and with what weight."""
    held = blocks.whole(tag.pk)
    weights = weights_at(tag, held, at)
    there = weights >= LEAST
    return _by_person(held.ids[there], weights[there], survivors)


def _by_person(ids: Ints, weights: Floats, survivors: tuple[Ints, Ints]) -> tuple[Ints, Floats]:
    merged, means = survivors
    if not len(merged) or not np.isin(merged, ids).any():
        return ids, weights
    place = np.minimum(np.searchsorted(merged, ids), len(merged) - 1)
    persons = np.where(merged[place] == ids, means[place], ids)
    order = np.lexsort((-weights, persons))
    first = np.r_[True, np.diff(persons[order]) != 0]
    return persons[order][first], weights[order][first]


def _aliases() -> tuple[Ints, Ints]:
    """Ids that were merged, ascending, and whom each means."""
    rows = Customer.everyone.filter(merged_into__isnull=False).values_list("pk", "merged_into")  # by the small index
    pairs = np.array(sorted(rows), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _shown(tag: Tag, own: Entries, at: datetime) -> Iterator[CustomerTag]:
    for place, weight in enumerate(weights_at(tag, own, at).tolist()):
        fades_from = int(own.fades_from[place])
        if weight >= LEAST:
            yield CustomerTag(
                id=tag.pk,
                name=tag.name,
                kind=tag.kind,  # type: ignore[arg-type]
                layer=tag.layer,  # type: ignore[arg-type]
                how=tag.how,
                weight=weight,
                given=float(own.weights[place]),
                since=moment_of(int(own.since[place])),
                fades_from=None if fades_from == HELD or tag.half_life_days is None else moment_of(fades_from),
                half_life_days=tag.half_life_days,
                boost=boost_at(tag, at),
            )


def _boost(row: TagBoost) -> Boost:
    return Boost(row.factor, row.starts_at, row.ends_at)


def _single(ids: Ints, limit: int) -> Iterator[tuple[TagChange, float, float]]:
    rows = TagChangeOf.objects.filter(customer_id__in=among(ids.tolist())).select_related("change__tag")
    for row in rows.order_by("-pk")[:limit]:
        yield row.change, row.before, row.after


def _packed(ids: Ints, limit: int) -> Iterator[tuple[TagChange, float, float]]:
    numbers = [number for number, _place in blocks.blocks_of(ids)]
    rows = TagChangeBlock.objects.filter(number__in=among(numbers)).select_related("change__tag")
    for row in rows.order_by("-pk")[:limit]:
        part = blocks.unpacked_changes(row.number, row.size, row.data)
        for place in np.flatnonzero(np.isin(part.ids, ids)).tolist():
            yield row.change, float(part.before[place]), float(part.after[place])


def _moment(change: TagChange, before: float, after: float) -> TagMoment:
    return TagMoment(
        at=change.at,
        tag_id=change.tag_id,
        tag=change.tag.name,
        kind=change.tag.kind,  # type: ignore[arg-type]
        how=change.tag.how,
        by=change.by,
        actor=change.actor,
        model=change.model,
        model_version=change.model_version,
        before=before,
        after=after,
    )
