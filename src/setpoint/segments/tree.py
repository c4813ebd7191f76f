"""Trees from JSON and back, refused with the exact place of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast, get_args

from django.utils.translation import gettext as _

from setpoint.segments.checking import (
    BARE_OPS,
    MAX_DAYS,
    MAX_NUMBER,
    at,
    choice,
    invalid,
    moment,
    number,
    only,
    operand,
    property_name,
    text,
    whole,
)
from setpoint.segments.types import (
    EVER,
    All,
    AnyOf,
    Campaigned,
    Consented,
    CountOp,
    Did,
    Edge,
    Everyone,
    Filter,
    Followed,
    Happened,
    InSegment,
    InSnapshot,
    Leaf,
    Measure,
    Measured,
    Node,
    Not,
    Operand,
    Performed,
    Property,
    Step,
    Tagged,
    Trait,
    TraitOp,
    Window,
)

MAX_DEPTH = 12
MAX_NODES = 200
MAX_HOURS = 24 * MAX_DAYS
_TRAIT_OPS = get_args(TraitOp)
_COUNT_OPS = get_args(CountOp)
_MEASURES = get_args(Measure)
_DID = get_args(Did)
_OF_MESSAGES = ("channel", "variant", "offer")
_WINDOW = ("within_days", "between_days", "since", "until")


def parse_tree(data: object) -> Node:
    """The tree that JSON data stands for.

    Raises Invalid with the place in `field` ("all[1].count") for anything that is not exactly such a tree, is deeper
    than 12 or has more than 200 nodes.
    """
    return _Parser().node(data, "", 1)


def to_json(node: Node) -> dict[str, Any]:
    """The JSON form, complete with defaults; `parse_tree` of it gives an equal tree."""
    match node:
        case Not(inner):
            return {"not": to_json(inner)}
        case All(nodes):
            return {"all": [to_json(inner) for inner in nodes]}
        case AnyOf(nodes):
            return {"any": [to_json(inner) for inner in nodes]}
        case Performed() | Measured() | Happened() | Followed():
            return _event_json(node)
        case _:
            return _leaf_json(node)


def _leaf_json(node: Leaf) -> dict[str, Any]:
    match node:
        case Trait(name, op, value):
            return {"trait": name, **_compared_json(op, value)}
        case Consented(channel, purpose, state):
            return {"consent": channel, "purpose": purpose, "state": state}
        case Tagged(tag, op, weight):
            return {"tag": tag, "op": op, "weight": weight}
        case InSegment(id):
            return {"segment": id}
        case InSnapshot(id):
            return {"snapshot": id}
        case Campaigned():
            told = {key: value for key in _OF_MESSAGES if (value := getattr(node, key)) is not None}
            return {"campaign": node.campaign, "did": node.did, **told, **_window_json(node.window)}
        case _:
            return {"everyone": True}


def _event_json(node: Performed | Measured | Happened | Followed) -> dict[str, Any]:
    match node:
        case Performed(event, op, count, window, where):
            return {"performed": event, "op": op, "count": count, **_window_json(window), **_where_json(where)}
        case Measured(event, measure, name, op, amount, window, where):
            told = {"measured": event, "measure": measure, "property": name, "op": op, "amount": amount}
            return {**told, **_window_json(window), **_where_json(where)}
        case Happened(event, edge, window, where):
            return {edge: event, **_window_json(window), **_where_json(where)}
        case Followed(first, then, hours, window):
            steps = [{"event": step.event, **_where_json(step.where)} for step in (first, then)]
            return {"sequence": steps, "within_hours": hours, **_window_json(window)}


def _compared_json(op: str, value: Operand) -> dict[str, Any]:
    if op in BARE_OPS:
        return {"op": op}
    return {"op": op, "value": list(value) if isinstance(value, tuple) else value}


def _window_json(window: Window) -> dict[str, Any]:
    told: dict[str, Any] = {"within_days": window.within_days}
    if window.older_days:
        told = {"between_days": [window.older_days, window.within_days]}
    moments = {"since": window.since, "until": window.until}
    return told | {key: _moment_json(value) for key, value in moments.items() if value is not None}


def _moment_json(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _where_json(where: Filter | None) -> dict[str, Any]:
    return {} if where is None else {"where": filter_json(where)}


def filter_json(node: Filter) -> dict[str, Any]:
    """The JSON form of a filter of properties."""
    match node:
        case Not(inner):
            return {"not": filter_json(inner)}
        case All(nodes):
            return {"all": [filter_json(inner) for inner in nodes]}
        case AnyOf(nodes):
            return {"any": [filter_json(inner) for inner in nodes]}
        case Property(name, op, value):
            return {"property": name, **_compared_json(op, value)}


def leaves(node: Node) -> Iterator[Leaf]:
    """All conditions of a tree that contain no other."""
    match node:
        case Not(inner):
            yield from leaves(inner)
        case All(nodes) | AnyOf(nodes):
            for inner in nodes:
                yield from leaves(inner)
        case _:
            yield node


def mapped(node: Node, change: Callable[[Leaf], Node]) -> Node:
    """The tree with each leaf replaced."""
    match node:
        case Not(inner):
            return Not(mapped(inner, change))
        case All(nodes):
            return All(tuple(mapped(inner, change) for inner in nodes))
        case AnyOf(nodes):
            return AnyOf(tuple(mapped(inner, change) for inner in nodes))
        case _:
            return change(node)


class _Parser:
    """Counts nodes while it reads; a filter's nodes count as well."""

    def __init__(self) -> None:
        self._seen = 0

    def node(self, data: object, place: str, depth: int) -> Node:
        kind = self._kind_of(data, place, depth, tuple(_KINDS))
        return _KINDS[kind](self, cast(dict[str, Any], data), place, depth)

    def everyone(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "everyone")
        if data["everyone"] is not True:
            raise invalid(at(place, "everyone"), _("`everyone` must be true."), _("Write true."))
        return Everyone()

    def all_of(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return All(tuple(self.node(*inner) for inner in self._inner(data, place, depth, "all")))

    def any_of(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return AnyOf(tuple(self.node(*inner) for inner in self._inner(data, place, depth, "any")))

    def negation(self, data: dict[str, Any], place: str, depth: int) -> Node:
        only(data, place, "not")
        return Not(self.node(data["not"], at(place, "not"), depth + 1))

    def trait(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "trait", "op", "value")
        name = text(data["trait"], at(place, "trait"))
        op = choice(data.get("op", "="), _TRAIT_OPS, at(place, "op"))
        return Trait(name, cast(TraitOp, op), operand(data, op, place))

    def performed(self, data: dict[str, Any], place: str, depth: int) -> Node:
        only(data, place, "performed", "op", "count", *_WINDOW, "where")
        event = text(data["performed"], at(place, "performed"))
        op = choice(data.get("op", ">="), _COUNT_OPS, at(place, "op"))
        count = whole(data.get("count", 1), 0, MAX_NUMBER, at(place, "count"))
        return Performed(event, cast(CountOp, op), count, _window(data, place), self._where(data, place, depth))

    def measured(self, data: dict[str, Any], place: str, depth: int) -> Node:
        only(data, place, "measured", "measure", "property", "op", "amount", *_WINDOW, "where")
        event = text(data["measured"], at(place, "measured"))
        measure = choice(data.get("measure", "sum"), _MEASURES, at(place, "measure"))
        name = property_name(data.get("property", "value"), at(place, "property"))
        op = choice(data.get("op", ">="), _COUNT_OPS, at(place, "op"))
        amount = number(data.get("amount"), at(place, "amount"))
        window, where = _window(data, place), self._where(data, place, depth)
        return Measured(event, cast(Measure, measure), name, cast(CountOp, op), amount, window, where)

    def first(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return self._happened("first", data, place, depth)

    def last(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return self._happened("last", data, place, depth)

    def _happened(self, edge: Edge, data: dict[str, Any], place: str, depth: int) -> Node:
        only(data, place, edge, *_WINDOW, "where")
        return Happened(text(data[edge], at(place, edge)), edge, _window(data, place), self._where(data, place, depth))

    def sequence(self, data: dict[str, Any], place: str, depth: int) -> Node:
        only(data, place, "sequence", "within_hours", *_WINDOW)
        here = at(place, "sequence")
        steps = data["sequence"]
        if not isinstance(steps, list) or len(steps) != 2:
            raise invalid(here, _("A sequence has two events."), _('Write [{"event": ...}, {"event": ...}].'))
        first, then = (self._step(step, f"{here}[{n}]", depth + 1) for n, step in enumerate(steps))
        hours = data.get("within_hours")
        within = None if hours is None else whole(hours, 1, MAX_HOURS, at(place, "within_hours"))
        return Followed(first, then, within, _window(data, place))

    def _step(self, data: object, place: str, depth: int) -> Step:
        if not isinstance(data, dict) or "event" not in data:
            raise invalid(place, _("Each step of a sequence names an event."), _('Write {"event": ...}.'))
        only(data, place, "event", "where")
        return Step(text(data["event"], at(place, "event")), self._where(data, place, depth))

    def consent(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "consent", "purpose", "state")
        channel = text(data["consent"], at(place, "consent"))
        purpose = text(data.get("purpose", "marketing"), at(place, "purpose"))
        state = choice(data.get("state", "granted"), ("granted", "denied"), at(place, "state"))
        return Consented(channel, purpose, "granted" if state == "granted" else "denied")

    def tag(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "tag", "op", "weight")
        op = choice(data.get("op", ">"), _COUNT_OPS, at(place, "op"))
        weight = number(data.get("weight", 0), at(place, "weight"))
        return Tagged(text(data["tag"], at(place, "tag")), cast(CountOp, op), weight)

    def campaign(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        did = cast(Did, choice(data.get("did", "sent"), _DID, at(place, "did")))
        only(data, place, "campaign", "did", *_WINDOW, *(_OF_MESSAGES if did == "sent" else ()))
        campaign = _id_or_none(data["campaign"], at(place, "campaign"))
        channel = data.get("channel")
        return Campaigned(
            campaign,
            did,
            None if channel is None else text(channel, at(place, "channel")),
            _id_or_none(data.get("variant"), at(place, "variant")),
            _id_or_none(data.get("offer"), at(place, "offer")),
            _window(data, place),
        )

    def segment(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "segment")
        return InSegment(whole(data["segment"], 1, MAX_NUMBER, at(place, "segment")))

    def snapshot(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        only(data, place, "snapshot")
        return InSnapshot(whole(data["snapshot"], 1, MAX_NUMBER, at(place, "snapshot")))

    def _where(self, data: dict[str, Any], place: str, depth: int) -> Filter | None:
        if data.get("where") is None:
            return None
        return self._filter(data["where"], at(place, "where"), depth + 1)

    def _filter(self, data: object, place: str, depth: int) -> Filter:
        kind = self._kind_of(data, place, depth, ("property", "all", "any", "not"))
        told = cast(dict[str, Any], data)
        match kind:
            case "all":
                return All(tuple(self._filter(*inner) for inner in self._inner(told, place, depth, "all")))
            case "any":
                return AnyOf(tuple(self._filter(*inner) for inner in self._inner(told, place, depth, "any")))
            case "not":
                only(told, place, "not")
                return Not(self._filter(told["not"], at(place, "not"), depth + 1))
        only(told, place, "property", "op", "value")
        op = choice(told.get("op", "="), _TRAIT_OPS, at(place, "op"))
        return Property(
            property_name(told["property"], at(place, "property")), cast(TraitOp, op), operand(told, op, place)
        )

    def _kind_of(self, data: object, place: str, depth: int, known: tuple[str, ...]) -> str:
        self._seen += 1
        if depth > MAX_DEPTH or self._seen > MAX_NODES:
            limits = {"depth": MAX_DEPTH, "nodes": MAX_NODES}
            raise invalid(
                place,
                _("This segment is too large: more than %(depth)s levels or %(nodes)s conditions.") % limits,
                _("Split it into several segments."),
            )
        remedy = _("Write one of the keys %s.") % ", ".join(known)
        if not isinstance(data, dict):
            raise invalid(place, _("A condition must be a JSON object."), remedy)
        kinds = [kind for kind in known if kind in data]
        if len(kinds) != 1:
            raise invalid(place, _("A condition must be of exactly one kind."), remedy)
        return kinds[0]

    def _inner(self, data: dict[str, Any], place: str, depth: int, kind: str) -> list[tuple[object, str, int]]:
        only(data, place, kind)
        here = at(place, kind)
        if not isinstance(data[kind], list):
            raise invalid(here, _("This must be a list of conditions."), _("Write [ ... ]."))
        return [(inner, f"{here}[{n}]", depth + 1) for n, inner in enumerate(data[kind])]


_KINDS: Mapping[str, Callable[[_Parser, dict[str, Any], str, int], Node]] = {
    "all": _Parser.all_of,
    "any": _Parser.any_of,
    "not": _Parser.negation,
    "trait": _Parser.trait,
    "performed": _Parser.performed,
    "measured": _Parser.measured,
    "first": _Parser.first,
    "last": _Parser.last,
    "sequence": _Parser.sequence,
    "consent": _Parser.consent,
    "tag": _Parser.tag,
    "campaign": _Parser.campaign,
    "segment": _Parser.segment,
    "snapshot": _Parser.snapshot,
    "everyone": _Parser.everyone,
}


def _window(data: Mapping[str, Any], place: str) -> Window:
    within, older = data.get("within_days"), 0
    if within is not None:
        within = whole(within, 1, MAX_DAYS, at(place, "within_days"))
    if (between := data.get("between_days")) is not None:
        older, within = _between(between, within, at(place, "between_days"))
    since, until = (None if data.get(key) is None else moment(data[key], at(place, key)) for key in ("since", "until"))
    if since is not None and until is not None and since >= until:
        raise invalid(
            at(place, "until"), _("The end is not after the beginning."), _("Exchange them, or leave one out.")
        )
    return Window(within, older, since, until) if (within, older, since, until) != (None, 0, None, None) else EVER


def _between(value: object, within: object, place: str) -> tuple[int, int | None]:
    if within is not None:
        raise invalid(place, _("Only one of `within_days` and `between_days` can hold."), _("Leave one out."))
    if not isinstance(value, list) or len(value) != 2:
        raise invalid(place, _("This must be two numbers of days."), _("Write for instance [30, 60], the later first."))
    older = whole(value[0], 0, MAX_DAYS - 1, f"{place}[0]")
    return older, None if value[1] is None else whole(value[1], older + 1, MAX_DAYS, f"{place}[1]")


def _id_or_none(value: object, place: str) -> int | None:
    return None if value is None else whole(value, 1, MAX_NUMBER, place)
