"""Why one customer is in a segment, or is not: each condition with what was seen of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setpoint.segments.live import edge_of, matches, measure, times_seen
from setpoint.segments.membership import facts_of
from setpoint.segments.resolving import resolved
from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Consented,
    Everyone,
    Explained,
    Facts,
    Followed,
    Happened,
    InSegment,
    InSnapshot,
    Kind,
    Measured,
    Node,
    Not,
    Performed,
    Tagged,
    Trait,
)
from setpoint.segments.values import text_form
from setpoint.segments.wording import sentence

_MOST_TEXT = 200
_KINDS: dict[type, Kind] = {
    All: "all",
    AnyOf: "any",
    Not: "not",
    Trait: "trait",
    Performed: "performed",
    Measured: "measured",
    Happened: "happened",
    Followed: "sequence",
    Consented: "consent",
    Tagged: "tag",
    Campaigned: "campaign",
    InSegment: "segment",
    InSnapshot: "snapshot",
    Everyone: "everyone",
}


def explain(node: Node, customer_id: int, *, as_of: datetime) -> list[Explained]:
    """Every condition from the outermost in; the first says whether the customer is in it. NotFound for nobody."""
    facts = facts_of(customer_id, resolved(node), as_of=as_of)
    return [
        Explained(
            place, depth, _KINDS[type(inner)], matches(resolved(inner), facts, as_of=as_of), sentence(inner), seen
        )
        for place, depth, inner in _walk(node, "", 0)
        for seen in [_seen(inner, facts, as_of)]
    ]


def _walk(node: Node, place: str, depth: int) -> Iterator[tuple[str, int, Node]]:
    yield place, depth, node
    match node:
        case Not(inner):
            yield from _walk(inner, f"{place}.not" if place else "not", depth + 1)
        case All(nodes) | AnyOf(nodes):
            key = "all" if isinstance(node, All) else "any"
            for number, inner in enumerate(nodes):
                yield from _walk(inner, f"{place}.{key}[{number}]" if place else f"{key}[{number}]", depth + 1)


def _seen(node: Node, facts: Facts, as_of: datetime) -> str:
    match node:
        case Trait():
            value = facts.traits.get(node.name)
            return _("not known") if value is None else text_form(value)[:_MOST_TEXT]
        case Performed() | Measured() | Happened():
            return _seen_done(node, facts, as_of)
        case Consented():
            return _consent_words()[facts.consents.get((node.channel, node.purpose), "")]
        case Tagged():
            weight = facts.tags.get(node.tag)
            return (
                _("not tagged") if weight is None else _("weight %(weight)s") % {"weight": text_form(round(weight, 4))}
            )
        case _:
            return ""


def _seen_done(node: Performed | Measured | Happened, facts: Facts, as_of: datetime) -> str:
    match node:
        case Performed():
            times = times_seen(node, facts, as_of=as_of)
            return ngettext("%(count)s time", "%(count)s times", times) % {"count": times}
        case Measured():
            found = measure(node, facts, as_of=as_of)
            return _("nothing measured") if found is None else text_form(found)
        case Happened():
            at = edge_of(node, facts, as_of=as_of)
            return _("never") if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _consent_words() -> dict[str, str]:
    return {"": _("nothing said"), "granted": _("agreed"), "denied": _("refused")}
