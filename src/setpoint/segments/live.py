"""A tree read for one customer, on plain facts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from setpoint.segments.types import (
    All,
    AnyOf,
    Consented,
    Everyone,
    Facts,
    Node,
    Not,
    Performed,
    Scalar,
    Trait,
)
from setpoint.segments.values import number_form, text_form

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def matches(node: Node, facts: Facts, *, as_of: datetime) -> bool:
    """Whether the customer of whom `facts` tell is in the segment at `as_of` (aware UTC)."""
    match node:
        case Everyone():
            return True
        case Not(inner):
            return not matches(inner, facts, as_of=as_of)
        case All(nodes):
            return all(matches(inner, facts, as_of=as_of) for inner in nodes)
        case AnyOf(nodes):
            return any(matches(inner, facts, as_of=as_of) for inner in nodes)
        case Consented(channel, purpose, state):
            return facts.consents.get((channel, purpose)) == state
        case Performed():
            return COMPARISONS[node.op](times_seen(node, facts, as_of=as_of), node.count)
        case Trait():
            return _has_trait(node, facts.traits.get(node.name))


def times_seen(node: Performed, facts: Facts, *, as_of: datetime) -> int:
    """How often the event was performed in the condition's window."""
    times = facts.events.get(node.event, ())
    if node.within_days is None:
        return sum(at < as_of for at in times)
    start = as_of - timedelta(days=node.within_days)
    return sum(start <= at < as_of for at in times)


def _has_trait(node: Trait, value: object) -> bool:
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


def _compare(op: str, value: object, literal: Scalar | tuple[Scalar, ...] | None) -> bool:
    if isinstance(literal, int | float) and not isinstance(literal, bool):
        number = number_form(value)
        return number is not None and COMPARISONS[op](number, literal)
    return COMPARISONS[op](text_form(value), text_form(literal))
