"""A tree as a sentence, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setpoint.segments.types import All, AnyOf, Consented, Everyone, Node, Not, Performed, Scalar, Trait
from setpoint.segments.values import text_form

_MOST_VALUES = 5


def sentence(node: Node) -> str:
    """Who is meant: "city is Paris, and did “Order Completed” at least 2 times in the last 90 days"."""
    match node:
        case Everyone():
            return _("everyone")
        case Trait():
            return _trait(node)
        case Performed():
            return _performed(node)
        case Consented():
            return _consented(node)
        case Not(inner):
            return _("not (%(condition)s)") % {"condition": sentence(inner)}
        case All(nodes):
            return _joined(nodes, _(", and ")) if nodes else _("everyone")
        case AnyOf(nodes):
            return _joined(nodes, _(", or ")) if nodes else _("nobody")


def _joined(nodes: tuple[Node, ...], between: str) -> str:
    parts = [sentence(inner) for inner in nodes]
    groups = [isinstance(inner, All | AnyOf) and len(inner.nodes) > 1 for inner in nodes]
    alone = len(nodes) == 1
    return between.join(
        part if alone or not group else _("(%(condition)s)") % {"condition": part}
        for part, group in zip(parts, groups, strict=True)
    )


def _trait(node: Trait) -> str:
    said = {"trait": node.name, "value": _value(node.value)}
    return _trait_words()[node.op] % said


def _trait_words() -> Mapping[str, str]:
    return {
        "=": _("%(trait)s is %(value)s"),
        "!=": _("%(trait)s is not %(value)s"),
        ">": _("%(trait)s is more than %(value)s"),
        ">=": _("%(trait)s is at least %(value)s"),
        "<": _("%(trait)s is less than %(value)s"),
        "<=": _("%(trait)s is at most %(value)s"),
        "contains": _("%(trait)s contains %(value)s"),
        "in": _("%(trait)s is one of %(value)s"),
        "exists": _("%(trait)s is known"),
        "missing": _("%(trait)s is not known"),
    }


def _value(value: Scalar | tuple[Scalar, ...] | None) -> str:
    if isinstance(value, tuple):
        shown = _(", ").join(_value(one) for one in value[:_MOST_VALUES])
        more = len(value) - _MOST_VALUES
        return _("%(shown)s and %(count)s more") % {"shown": shown, "count": more} if more > 0 else shown
    if isinstance(value, bool):
        return _("true") if value else _("false")
    if isinstance(value, str):
        return _('"%(text)s"') % {"text": value}
    return "" if value is None else text_form(value)


def _performed(node: Performed) -> str:
    event = _('"%(text)s"') % {"text": node.event}
    if node.count == 1 and node.op == ">=":
        return _window(_("did %(event)s") % {"event": event}, node)
    if (node.count == 0 and node.op in ("=", "<=")) or (node.count == 1 and node.op == "<"):
        return _window(_("did not do %(event)s") % {"event": event}, node)
    often = _count_words(node.count)[node.op] % {"count": node.count}
    return _window(_("did %(event)s %(often)s") % {"event": event, "often": often}, node)


def _count_words(count: int) -> Mapping[str, str]:
    return {
        "=": ngettext("exactly %(count)s time", "exactly %(count)s times", count),
        "!=": ngettext("not exactly %(count)s time", "not exactly %(count)s times", count),
        ">": ngettext("more than %(count)s time", "more than %(count)s times", count),
        ">=": ngettext("at least %(count)s time", "at least %(count)s times", count),
        "<": ngettext("less than %(count)s time", "less than %(count)s times", count),
        "<=": ngettext("at most %(count)s time", "at most %(count)s times", count),
    }


def _window(done: str, node: Performed) -> str:
    if node.within_days is None:
        return done
    words = ngettext("%(done)s in the last day", "%(done)s in the last %(days)s days", node.within_days)
    return words % {"done": done, "days": node.within_days}


def _consented(node: Consented) -> str:
    said = {"channel": node.channel, "purpose": node.purpose}
    if node.state == "granted":
        return _("agreed to %(channel)s for %(purpose)s") % said
    return _("refused %(channel)s for %(purpose)s") % said
