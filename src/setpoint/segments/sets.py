"""A tree read for all customers at once: one Ibis expression, in which each condition of events is a set of ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import ibis

from setpoint.segments.comparing import holds
from setpoint.segments.done import Moments, alike, did, did_all
from setpoint.segments.live import COMPARISONS
from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Consented,
    Everyone,
    Followed,
    Happened,
    InSnapshot,
    Leaf,
    Measured,
    Node,
    Not,
    OfEvents,
    Performed,
    Tagged,
    Trait,
)


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody, as Ibis tables: `customers` (customer_id, and a column a trait: double, boolean or text), `consents`
    (customer_id, channel, purpose, state) and the lake's `events`; where the tree asks for them `tags` (customer_id, tag,
    weight), `decisions` (customer_id, campaign, held_out, decided_at) and `snapshots` (snapshot, customer_id). `traits`
    names the column of each trait's name; `topics` those columns of `customers` that hold what was said for a channel and
    purpose: what is not among them is looked up in `consents`, which may be None where all are. `known` names, by their
    `repr`, the columns of `customers` that tell for whom a condition of events holds. `dialect` is that of the engine.
    """

    customers: Any
    traits: Mapping[str, str]
    consents: Any
    events: Any
    topics: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tags: Any = None
    decisions: Any = None
    snapshots: Any = None
    dialect: str = "duckdb"
    known: Mapping[str, str] = field(default_factory=dict)


def members_expression(node: Node, everybody: Population, moments: Moments) -> Any:
    """The ids of those in the segment, as an Ibis table with the one column `customer_id`. The moments that it compares
    with are places in its SQL, filled by `moments`.

    The tree is one that `resolving.resolved` made: nothing in it stands for another tree.
    """
    return everybody.customers.filter(_Reading(everybody, moments).of(node)).select("customer_id")


class _Reading:
    """Conditions on the population's columns. Null counts as no; inside of `not` it is made false."""

    def __init__(self, everybody: Population, moments: Moments) -> None:
        self._everybody = everybody
        self._population = everybody.customers
        self._moments = moments

    def of(self, node: Node, *, inside_not: bool = False) -> Any:
        match node:
            case Not(inner):
                return ~self.of(inner, inside_not=True)
            case All(nodes):
                each = self._each(nodes, inside_not)
                return reduce(lambda left, right: left & right, each) if each else ibis.literal(True)
            case AnyOf(nodes):
                each = [self.of(one, inside_not=inside_not) for one in nodes]
                return reduce(lambda left, right: left | right, each) if each else ibis.literal(False)
            case Performed() | Measured() | Happened() | Followed():
                return self._did(node)
            case _:
                found = self._leaf(node)
                return found.fill_null(False) if inside_not else found

    def _each(self, nodes: Sequence[Node], inside_not: bool) -> list[Any]:
        """Conditions that must hold together; those of them that count the same rows of events are read in one go."""
        everybody = self._everybody
        groups = alike(one for one in nodes if repr(one) not in everybody.known)
        found = [did_all(group, everybody.events, self._moments, dialect=everybody.dialect) for group in groups]
        done = {id(one) for group in groups for one in group}
        alone = [self.of(one, inside_not=inside_not) for one in nodes if id(one) not in done]
        return [*alone, *(self._among(one.ids) for one in found)]

    def _leaf(self, node: Leaf) -> Any:
        match node:
            case Everyone():
                return ibis.literal(True)
            case Trait():
                return self._trait(node)
            case Consented():
                return self._consented(node)
            case Tagged(tag, op, weight):
                tags = self._everybody.tags
                return self._among(tags.filter(tags.tag == tag, COMPARISONS[op](tags.weight, weight)))
            case InSnapshot(id):
                kept = self._everybody.snapshots
                return self._among(kept.filter(kept.snapshot == id))
            case Campaigned():
                return self._decided(node)
            case _:
                raise ValueError(f"{node} was not replaced before the tree was read.")

    def _did(self, node: OfEvents) -> Any:
        column = self._everybody.known.get(repr(node))
        if column is not None:
            return self._population[column]
        found = did(node, self._everybody.events, self._moments, dialect=self._everybody.dialect)
        if found.ids is None:
            return ibis.literal(found.is_left_out)
        inside = self._among(found.ids)
        return ~inside if found.is_left_out else inside

    def _among(self, ids: Any) -> Any:
        return self._population.customer_id.isin(ids.customer_id)

    def _consented(self, node: Consented) -> Any:
        topic = node.channel, node.purpose
        if topic in self._everybody.topics:
            return self._population[self._everybody.topics[topic]] == node.state
        said = self._everybody.consents
        return self._among(
            said.filter(said.channel == node.channel, said.purpose == node.purpose, said.state == node.state)
        )

    def _decided(self, node: Campaigned) -> Any:
        rows = self._everybody.decisions
        rows = rows.filter(rows.decided_at < self._moments.end(node.window))
        start = self._moments.start(node.window)
        if start is not None:
            rows = rows.filter(rows.decided_at >= start)
        if node.campaign is not None:
            rows = rows.filter(rows.campaign == f"campaign:{node.campaign}")
        return self._among(rows.filter(rows.held_out) if node.did == "held_out" else rows)

    def _trait(self, node: Trait) -> Any:
        if node.name not in self._everybody.traits:
            return ibis.literal(node.op == "missing")
        column = self._population[self._everybody.traits[node.name]]
        if node.op == "missing":
            return column.isnull()
        if node.op == "exists":
            return column.notnull()
        found = holds(column, node.op, node.value)
        return column.notnull() & found if node.op == "!=" else found
