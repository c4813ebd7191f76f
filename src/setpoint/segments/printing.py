"""Trees as text for people who would rather type; `reading_text` reads it back. Grammar: docs/reference/segments.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Consented,
    Filter,
    Followed,
    Happened,
    InSegment,
    InSnapshot,
    Leaf,
    Measured,
    Node,
    Not,
    Operand,
    Performed,
    Property,
    Step,
    Tagged,
    Trait,
    Window,
)

KEYWORDS = frozenset(
    [
        "all",
        "any",
        "not",
        "and",
        "or",
        "everyone",
        "trait",
        "did",
        "times",
        "sum",
        "min",
        "max",
        "of",
        "first",
        "last",
        "sequence",
        "then",
        "consent",
        "for",
        "granted",
        "denied",
        "tag",
        "campaign",
        "segment",
        "snapshot",
        "where",
        "within",
        "between",
        "days",
        "ago",
        "older",
        "than",
        "since",
        "until",
        "in",
        "hours",
        "contains",
        "exists",
        "missing",
        "true",
        "false",
        "channel",
        "variant",
        "offer",
        "decided",
        "held_out",
        "sent",
        "opened",
        "clicked",
        "responded",
    ]
)
_BARE = re.compile(r"[^\W\d]\w*")


def to_text(node: Node) -> str:
    """The tree in its text form; reading it gives an equal tree."""
    match node:
        case Not(inner):
            return f"not {_within(inner, to_text)}"
        case All(nodes):
            return _group("all", "and", nodes, to_text)
        case AnyOf(nodes):
            return _group("any", "or", nodes, to_text)
        case Performed() | Measured() | Happened() | Followed():
            return _done(node)
        case _:
            return _leaf(node)


def _group(word: str, joint: str, nodes: Sequence[Node | Filter], write: Callable[..., str]) -> str:
    if len(nodes) < 2:
        return f"{word}({', '.join(write(each) for each in nodes)})"
    return f" {joint} ".join(_within(each, write) for each in nodes)


def _within(node: Node | Filter, write: Callable[..., str]) -> str:
    """A part of something larger: what is joined stands in brackets."""
    return f"({write(node)})" if isinstance(node, All | AnyOf) and len(node.nodes) > 1 else write(node)


def _leaf(node: Leaf) -> str:
    match node:
        case Trait(name, op, value):
            return f"trait {_compared(name, op, value)}"
        case Consented(channel, purpose, state):
            return f"consent {_name(channel)} for {_name(purpose)} {state}"
        case Tagged(tag, op, weight):
            return f"tag {_name(tag)} {op} {json.dumps(weight)}"
        case InSegment(id):
            return f"segment {id}"
        case InSnapshot(id):
            return f"snapshot {id}"
        case Campaigned():
            told = (("channel", node.channel), ("variant", node.variant), ("offer", node.offer))
            details = "".join(
                f" {word} {_name(str(value)) if word == 'channel' else value}"
                for word, value in told
                if value is not None
            )
            return f"campaign {node.campaign or 'any'} {node.did}{details}{_window(node.window)}"
        case _:
            return "everyone"


def _done(node: Performed | Measured | Happened | Followed) -> str:
    match node:
        case Performed(event, op, count, window, where):
            return f"did {_name(event)} {op} {count} times{_where(where)}{_window(window)}"
        case Measured(event, measure, name, op, amount, window, where):
            return (
                f"{measure} {_name(name)} of {_name(event)} {op} {json.dumps(amount)}{_where(where)}{_window(window)}"
            )
        case Happened(event, edge, window, where):
            return f"{edge} {_name(event)}{_where(where)}{_window(window)}"
        case Followed(first, then, hours, window):
            near = "" if hours is None else f" in {hours} hours"
            return f"sequence {_step(first)} then {_step(then)}{near}{_window(window)}"


def _step(step: Step) -> str:
    return f"{_name(step.event)}{_where(step.where)}"


def _where(where: Filter | None) -> str:
    return "" if where is None else f" where ({_filter(where)})"


def _filter(node: Filter) -> str:
    match node:
        case Not(inner):
            return f"not {_within(inner, _filter)}"
        case All(nodes):
            return _group("all", "and", nodes, _filter)
        case AnyOf(nodes):
            return _group("any", "or", nodes, _filter)
        case Property(name, op, value):
            return _compared(name, op, value)


def _compared(name: str, op: str, value: Operand) -> str:
    if value is None:
        return f"{_name(name)} {op}"
    if isinstance(value, tuple):
        return f"{_name(name)} in ({', '.join(map(_value, value))})"
    return f"{_name(name)} {op} {_value(value)}"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) and name not in KEYWORDS else json.dumps(name, ensure_ascii=False)


def _window(window: Window) -> str:
    told = ""
    if window.older_days and window.within_days is not None:
        told = f" between {window.older_days} and {window.within_days} days ago"
    elif window.older_days:
        told = f" older than {window.older_days} days"
    elif window.within_days is not None:
        told = f" within {window.within_days} days"
    for word, at in (("since", window.since), ("until", window.until)):
        told += "" if at is None else f" {word} {_moment(at)}"
    return told


def _moment(at: datetime) -> str:
    is_day = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return f"{at:%Y-%m-%d}" if is_day else at.isoformat().replace("+00:00", "Z")
