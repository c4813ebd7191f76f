"""Trees from JSON and back, refused with the exact place of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast, get_args

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid
from setpoint.segments.types import (
    All,
    AnyOf,
    Consented,
    CountOp,
    Everyone,
    Node,
    Not,
    Performed,
    Scalar,
    Trait,
    TraitOp,
)

MAX_DEPTH = 12
MAX_NODES = 200
MAX_TEXT = 500
MAX_VALUES = 1000
MAX_NUMBER = 2**53
MAX_DAYS = 36500
_TRAIT_OPS = get_args(TraitOp)
_COUNT_OPS = get_args(CountOp)
_ORDERINGS = (">", ">=", "<", "<=")
_BARE_OPS = ("exists", "missing")


def parse_tree(data: object) -> Node:
    """The tree that JSON data stands for.

    Raises Invalid with the place in `field` ("all[1].count") for anything that is not exactly such a tree, is deeper
    than 12 or has more than 200 nodes.
    """
    return _Parser().node(data, "", 1)


def to_json(node: Node) -> dict[str, Any]:
    """The JSON form, complete with defaults; `parse_tree` of it gives an equal tree."""
    match node:
        case Everyone():
            return {"everyone": True}
        case Trait(name, op, value) if op in _BARE_OPS:
            return {"trait": name, "op": op}
        case Trait(name, op, value):
            return {"trait": name, "op": op, "value": list(value) if isinstance(value, tuple) else value}
        case Performed(event, op, count, within_days):
            return {"performed": event, "op": op, "count": count, "within_days": within_days}
        case Consented(channel, purpose, state):
            return {"consent": channel, "purpose": purpose, "state": state}
        case Not(inner):
            return {"not": to_json(inner)}
        case All(nodes):
            return {"all": [to_json(inner) for inner in nodes]}
        case AnyOf(nodes):
            return {"any": [to_json(inner) for inner in nodes]}


def leaves(node: Node) -> Iterator[Everyone | Trait | Performed | Consented]:
    """All conditions of a tree that contain no other."""
    match node:
        case Not(inner):
            yield from leaves(inner)
        case All(nodes) | AnyOf(nodes):
            for inner in nodes:
                yield from leaves(inner)
        case _:
            yield node


class _Parser:
    """Counts nodes while it reads."""

    def __init__(self) -> None:
        self._seen = 0

    def node(self, data: object, place: str, depth: int) -> Node:
        self._seen += 1
        if depth > MAX_DEPTH or self._seen > MAX_NODES:
            limits = {"depth": MAX_DEPTH, "nodes": MAX_NODES}
            raise _invalid(
                place,
                _("This segment is too large: more than %(depth)s levels or %(nodes)s conditions.") % limits,
                _("Split it into several segments."),
            )
        if not isinstance(data, dict):
            raise _invalid(place, _("A condition must be a JSON object."), _one_of_the_kinds())
        kinds = [kind for kind in _KINDS if kind in data]
        if len(kinds) != 1:
            raise _invalid(place, _("A condition must be of exactly one kind."), _one_of_the_kinds())
        return _KINDS[kinds[0]](self, data, place, depth)

    def everyone(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        _only(data, place, "everyone")
        if data["everyone"] is not True:
            raise _invalid(_at(place, "everyone"), _("`everyone` must be true."), _("Write true."))
        return Everyone()

    def all_of(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return All(self._nodes(data, place, depth, "all"))

    def any_of(self, data: dict[str, Any], place: str, depth: int) -> Node:
        return AnyOf(self._nodes(data, place, depth, "any"))

    def negation(self, data: dict[str, Any], place: str, depth: int) -> Node:
        _only(data, place, "not")
        return Not(self.node(data["not"], _at(place, "not"), depth + 1))

    def trait(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        _only(data, place, "trait", "op", "value")
        name = _text(data["trait"], _at(place, "trait"))
        op = _choice(data.get("op", "="), _TRAIT_OPS, _at(place, "op"))
        return Trait(name, cast(TraitOp, op), _operand(data, op, place))

    def performed(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        _only(data, place, "performed", "op", "count", "within_days")
        event = _text(data["performed"], _at(place, "performed"))
        op = _choice(data.get("op", ">="), _COUNT_OPS, _at(place, "op"))
        count = _whole(data.get("count", 1), 0, MAX_NUMBER, _at(place, "count"))
        days = data.get("within_days")
        within = None if days is None else _whole(days, 1, MAX_DAYS, _at(place, "within_days"))
        return Performed(event, cast(CountOp, op), count, within)

    def consent(self, data: dict[str, Any], place: str, _depth: int) -> Node:
        _only(data, place, "consent", "purpose", "state")
        channel = _text(data["consent"], _at(place, "consent"))
        purpose = _text(data.get("purpose", "marketing"), _at(place, "purpose"))
        state = _choice(data.get("state", "granted"), ("granted", "denied"), _at(place, "state"))
        return Consented(channel, purpose, "granted" if state == "granted" else "denied")

    def _nodes(self, data: dict[str, Any], place: str, depth: int, kind: str) -> tuple[Node, ...]:
        _only(data, place, kind)
        here = _at(place, kind)
        if not isinstance(data[kind], list):
            raise _invalid(here, _("This must be a list of conditions."), _("Write [ ... ]."))
        return tuple(self.node(inner, f"{here}[{n}]", depth + 1) for n, inner in enumerate(data[kind]))


_KINDS: Mapping[str, Callable[[_Parser, dict[str, Any], str, int], Node]] = {
    "all": _Parser.all_of,
    "any": _Parser.any_of,
    "not": _Parser.negation,
    "trait": _Parser.trait,
    "performed": _Parser.performed,
    "consent": _Parser.consent,
    "everyone": _Parser.everyone,
}


def _operand(data: dict[str, Any], op: str, place: str) -> Scalar | tuple[Scalar, ...] | None:
    here = _at(place, "value")
    value = data.get("value")
    if op in _BARE_OPS:
        if value is not None:
            raise _invalid(here, _("This comparison takes no value."), _("Leave `value` out."))
        return None
    if op == "in":
        return _values(value, here)
    if op == "contains":
        return _text(value, here)
    scalar = _scalar(value, here)
    if op in _ORDERINGS and isinstance(scalar, bool):
        raise _invalid(here, _("True and false have no order."), _("Use = or !=, or compare with a number or a text."))
    return scalar


def _values(value: object, place: str) -> tuple[Scalar, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        limits = {"most": MAX_VALUES}
        raise _invalid(place, _("`in` needs a list of 1 to %(most)s values.") % limits, _("Write [ ... ]."))
    return tuple(_scalar(item, f"{place}[{n}]") for n, item in enumerate(value))


def _scalar(value: object, place: str) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, place, empty=True)
    if isinstance(value, int | float) and abs(value) <= MAX_NUMBER:  # NaN is not
        return value
    raise _invalid(
        place,
        _("A value must be a text, true, false, or a number between -2^53 and 2^53."),
        _('Write for instance 5, "Lyon" or true.'),
    )


def _text(value: object, place: str, *, empty: bool = False) -> str:
    shortest = 0 if empty else 1
    if not isinstance(value, str) or not shortest <= len(value) <= MAX_TEXT or not _is_storable(value):
        limits = {"least": shortest, "most": MAX_TEXT}
        raise _invalid(
            place,
            _("This must be a text of %(least)s to %(most)s characters without NUL or broken characters.") % limits,
            _("Write a shorter, plain text."),
        )
    return value


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _whole(value: object, least: int, most: int, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        limits = {"least": least, "most": most}
        raise _invalid(
            place,
            _("This must be a whole number from %(least)s to %(most)s.") % limits,
            _("Write a whole number without quotes."),
        )
    return value


def _choice(value: object, known: tuple[str, ...], place: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise _invalid(place, _("This is not one of the known words."), _("Known: %s.") % "  ".join(known))
    return value


def _only(data: dict[str, Any], place: str, *known: str) -> None:
    for key in data:
        if key not in known:
            raise _invalid(
                _at(place, key if isinstance(key, str) and _is_storable(key) else "?"),
                _("This condition has a key that is not known."),
                _("Known keys here: %s.") % ", ".join(known),
            )


def _one_of_the_kinds() -> str:
    return _("Write one of the keys %s.") % ", ".join(_KINDS)


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _invalid(place: str, message: str, remedy: str) -> Invalid:
    return Invalid(message, remedy=remedy, field=place or "tree")
