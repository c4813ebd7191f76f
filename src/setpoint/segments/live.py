"""A tree read for one customer, on plain facts."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Consented,
    Everyone,
    Facts,
    Filter,
    Followed,
    Happened,
    InSnapshot,
    Leaf,
    Measured,
    Node,
    Not,
    Occurrence,
    OfEvents,
    Operand,
    Performed,
    Property,
    Tagged,
    Trait,
    Window,
)
from setpoint.segments.values import number_form, rounded, text_form

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
WORTH = "value"
"""The property that is the lake's own column."""


def matches(node: Node, facts: Facts, *, as_of: datetime) -> bool:
    """Whether the customer of whom `facts` tell is in the segment at `as_of` (aware UTC).

    The tree is one that `resolving.resolved` made: nothing in it stands for another tree.
    """
    match node:
        case Not(inner):
            return not matches(inner, facts, as_of=as_of)
        case All(nodes):
            return all(matches(inner, facts, as_of=as_of) for inner in nodes)
        case AnyOf(nodes):
            return any(matches(inner, facts, as_of=as_of) for inner in nodes)
        case Performed() | Measured() | Happened() | Followed():
            return _did(node, facts, as_of)
        case _:
            return _fits(node, facts, as_of)


def _fits(node: Leaf, facts: Facts, as_of: datetime) -> bool:
    match node:
        case Everyone():
            return True
        case Consented(channel, purpose, state):
            return facts.consents.get((channel, purpose)) == state
        case Trait():
            return _holds(node, facts.traits.get(node.name))
        case Tagged(tag, op, weight):
            return tag in facts.tags and COMPARISONS[op](facts.tags[tag], weight)
        case InSnapshot(id):
            return id in facts.snapshots
        case Campaigned():
            return any(_was_decided(node, facts, as_of))
        case _:
            raise ValueError(f"{node} was not replaced before the tree was read.")


def _did(node: OfEvents, facts: Facts, as_of: datetime) -> bool:
    match node:
        case Performed():
            return COMPARISONS[node.op](times_seen(node, facts, as_of=as_of), node.count)
        case Measured():
            found = measure(node, facts, as_of=as_of)
            return found is not None and COMPARISONS[node.op](found, node.amount)
        case Happened():
            start, end = node.window.bounds(as_of)
            at = edge_of(node, facts, as_of=as_of)
            return at is not None and (start is None or start <= at) and at < end
        case Followed(first, then, hours, window):
            before = [one.at for one in _seen(facts, first.event, first.where, window, as_of)]
            after = [one.at for one in _seen(facts, then.event, then.where, window, as_of)]
            longest = None if hours is None else timedelta(hours=hours)
            return any(a < b and (longest is None or b - a <= longest) for a in before for b in after)


def times_seen(node: Performed, facts: Facts, *, as_of: datetime) -> int:
    """How often the event was performed in the condition's window."""
    return sum(1 for _ in _seen(facts, node.event, node.where, node.window, as_of))


def measure(node: Measured, facts: Facts, *, as_of: datetime) -> float | None:
    """The sum, least or greatest of the property; None where no event has a number of it."""
    seen = _seen(facts, node.event, node.where, node.window, as_of)
    values = [number for one in seen if (number := number_form(_property(one, node.property))) is not None]
    if not values:
        return None
    return rounded(math.fsum(values)) if node.measure == "sum" else {"min": min, "max": max}[node.measure](values)


def edge_of(node: Happened, facts: Facts, *, as_of: datetime) -> datetime | None:
    """The first or last time of the event before `as_of`; None where it never happened."""
    times = (one.at for one in _seen(facts, node.event, node.where, Window(), as_of))
    return min(times, default=None) if node.edge == "first" else max(times, default=None)


def _seen(facts: Facts, event: str, where: Filter | None, window: Window, as_of: datetime) -> Iterator[Occurrence]:
    start, end = window.bounds(as_of)
    end = min(end, as_of)
    for one in facts.events.get(event, ()):
        if one.at < end and (start is None or one.at >= start) and (where is None or _passes(where, one)):
            yield one


def _passes(node: Filter, event: Occurrence) -> bool:
    match node:
        case Not(inner):
            return not _passes(inner, event)
        case All(nodes):
            return all(_passes(inner, event) for inner in nodes)
        case AnyOf(nodes):
            return any(_passes(inner, event) for inner in nodes)
        case Property():
            value = _property(event, node.name)
            if isinstance(value, list | dict):
                return node.op in ("exists", "!=")
            return _holds(node, value)


def _property(event: Occurrence, name: str) -> object:
    return event.value if name == WORTH else event.properties.get(name)


def _was_decided(node: Campaigned, facts: Facts, as_of: datetime) -> Iterator[bool]:
    start, end = node.window.bounds(as_of)
    for one in facts.decisions:
        is_meant = node.campaign in (None, one.campaign) and (one.held_out or node.did == "decided")
        yield is_meant and (start is None or start <= one.at) and one.at < min(end, as_of)


def _holds(node: Trait | Property, value: object) -> bool:
    if value is None:
        return node.op == "missing"
    match node.op:
        case "missing":
            return False
        case "exists":
            return True
        case "contains":
            return str(node.value) in text_form(value)
        case "in":
            return isinstance(node.value, tuple) and any(_compare("=", value, item) for item in node.value)
        case "!=":
            return not _compare("=", value, node.value)
        case _:
            return _compare(node.op, value, node.value)


def _compare(op: str, value: object, literal: Operand) -> bool:
    if isinstance(literal, int | float) and not isinstance(literal, bool):
        number = number_form(value)
        return number is not None and COMPARISONS[op](number, literal)
    return COMPARISONS[op](text_form(value), text_form(literal))
