"""A tree read for all customers at once: one Ibis expression, one scan of the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import ibis

from setpoint.segments.live import COMPARISONS
from setpoint.segments.tree import leaves
from setpoint.segments.types import All, AnyOf, Consented, Everyone, Node, Not, Performed, Scalar, Trait
from setpoint.segments.values import LARGEST_PLAIN, NUMBER_PATTERN, text_form

_Window = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody, as Ibis tables: `customers` (customer_id, and a column a trait: double, boolean or text), `consents`
    (customer_id, channel, purpose, state) and the lake's `events`. `traits` names the column of each trait's name;
    `topics` those columns of `customers` that hold what was said for a channel and purpose: what is not among them is
    looked up in `consents`.
    """

    customers: Any
    traits: Mapping[str, str]
    consents: Any
    events: Any
    topics: Mapping[tuple[str, str], str] = field(default_factory=dict)


def members_expression(node: Node, everybody: Population, *, as_of: datetime) -> Any:
    """The ids of those in the segment at `as_of` (aware UTC), as an Ibis table with the one column `customer_id`."""
    population = everybody.customers
    said = {leaf for leaf in leaves(node) if isinstance(leaf, Consented)}
    if consented := sorted((leaf for leaf in said if _topic(leaf) not in everybody.topics), key=repr):
        population = _with_columns(population, _consent_flags(everybody.consents, consented))
    if windows := sorted({_window(leaf) for leaf in leaves(node) if isinstance(leaf, Performed)}, key=repr):
        population = _with_columns(population, _event_counts(everybody.events, windows, as_of))
    predicate = _Reading(population, everybody, consented, windows).of(node)
    return population.filter(predicate).select("customer_id")


class _Reading:
    """Conditions on the population's columns; never null, so that `not` means what it says."""

    def __init__(
        self, population: Any, everybody: Population, consented: list[Consented], windows: list[_Window]
    ) -> None:
        self._population = population
        self._traits = everybody.traits
        self._topics = everybody.topics
        self._flags = {leaf: f"_consent_{n}" for n, leaf in enumerate(consented)}
        self._counts = {window: f"_count_{n}" for n, window in enumerate(windows)}

    def of(self, node: Node) -> Any:
        match node:
            case Everyone():
                return ibis.literal(True)
            case Not(inner):
                return ~self.of(inner)
            case All(nodes):
                return reduce(lambda left, right: left & right, map(self.of, nodes), ibis.literal(True))
            case AnyOf(nodes):
                return reduce(lambda left, right: left | right, map(self.of, nodes), ibis.literal(False))
            case Consented():
                return self._consented(node)
            case Performed():
                counted = self._population[self._counts[_window(node)]].fill_null(0)
                return COMPARISONS[node.op](counted, node.count)
            case Trait():
                return self._trait(node)

    def _consented(self, node: Consented) -> Any:
        if _topic(node) in self._topics:
            return (self._population[self._topics[_topic(node)]] == node.state).fill_null(False)
        return self._population[self._flags[node]].fill_null(0) > 0

    def _trait(self, node: Trait) -> Any:
        if node.name not in self._traits:
            return ibis.literal(node.op == "missing")
        column = self._population[self._traits[node.name]]
        if node.op == "missing":
            return column.isnull()
        if node.op == "exists":
            return column.notnull()
        return (column.notnull() & _holds(column, node)).fill_null(False)


def _holds(column: Any, node: Trait) -> Any:
    match node.op:
        case "contains":
            return _texts(column).contains(str(node.value))
        case "in":
            return _is_in(column, node.value if isinstance(node.value, tuple) else ())
        case "!=":
            return ~_compare("=", column, node.value).fill_null(False)
        case _:
            return _compare(node.op, column, node.value)


def _is_in(column: Any, values: Iterable[Scalar]) -> Any:
    numbers = [float(item) for item in values if _is_number(item)]
    texts = [text_form(item) for item in values if not _is_number(item)]
    found = ibis.literal(False)
    if numbers:
        found |= _numbers(column).isin(numbers).fill_null(False)
    if texts:
        found |= _texts(column).isin(texts).fill_null(False)
    return found


def _compare(op: str, column: Any, literal: Scalar | tuple[Scalar, ...] | None) -> Any:
    if _is_number(literal):
        return COMPARISONS[op](_numbers(column), float(literal))  # type: ignore[arg-type]
    return COMPARISONS[op](_texts(column), text_form(literal))


def _is_number(literal: object) -> bool:
    return isinstance(literal, int | float) and not isinstance(literal, bool)


def _numbers(column: Any) -> Any:
    """The number form of each value; null where there is none."""
    if column.type().is_numeric():
        return column.cast("float64")
    text = _texts(column)
    number = text.try_cast("float64")
    return ibis.ifelse(text.re_search(f"^{NUMBER_PATTERN}$") & ~number.isinf(), number, ibis.null("float64"))


def _texts(column: Any) -> Any:
    """The text form of each value."""
    kind = column.type()
    if kind.is_boolean():
        return ibis.ifelse(column, "true", "false")
    if kind.is_numeric():
        number = column.cast("float64")
        plain = (number == number.floor()) & (number.abs() < LARGEST_PLAIN)
        whole = ibis.ifelse(plain, number, 0.0).cast("int64").cast("string")
        return ibis.ifelse(plain, whole, number.cast("string"))
    return column


def _topic(leaf: Consented) -> tuple[str, str]:
    return leaf.channel, leaf.purpose


def _window(leaf: Performed) -> _Window:
    return leaf.event, leaf.within_days


def _consent_flags(consents: Any, wanted: list[Consented]) -> Any:
    columns = {}
    for number, leaf in enumerate(wanted):
        said = (consents.channel == leaf.channel) & (consents.purpose == leaf.purpose) & (consents.state == leaf.state)
        columns[f"_consent_{number}"] = said.ifelse(1, 0).max()
    return consents.group_by("customer_id").agg(**columns)


def _event_counts(events: Any, windows: list[_Window], as_of: datetime) -> Any:
    end = as_of.replace(tzinfo=None)
    names = sorted({name for name, _days in windows})
    seen = events.filter(events.event.isin(names), events.ts < end, events.day <= end.date())
    if all(days for _name, days in windows):  # the day's partitions before the longest window are not even opened
        start = end - timedelta(days=max(days or 0 for _name, days in windows))
        seen = seen.filter(seen.ts >= start, seen.day >= start.date())
    columns = {}
    for number, (name, days) in enumerate(windows):
        counted = seen.event == name
        if days is not None:
            counted &= seen.ts >= end - timedelta(days=days)
        columns[f"_count_{number}"] = counted.ifelse(1, 0).sum()
    return seen.group_by("customer_id").agg(**columns)


def _with_columns(population: Any, extra: Any) -> Any:
    kept = [column for column in extra.columns if column != "customer_id"]
    joined = population.left_join(extra, population.customer_id == extra.customer_id)
    return joined.select(population, *[extra[column] for column in kept])
