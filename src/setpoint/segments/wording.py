"""A tree as a sentence, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from setpoint.segments.models import Segment, Snapshot
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
from setpoint.segments.values import text_form

_MOST_VALUES = 5


def sentence(node: Node) -> str:
    """Who is meant: "city is Paris, and did “Order Completed” at least 2 times in the last 90 days"."""
    match node:
        case Not(inner):
            return _("not (%(condition)s)") % {"condition": sentence(inner)}
        case All(nodes):
            return _joined([sentence(each) for each in nodes], nodes, _(", and ")) if nodes else _("everyone")
        case AnyOf(nodes):
            return _joined([sentence(each) for each in nodes], nodes, _(", or ")) if nodes else _("nobody")
        case Performed() | Measured() | Happened() | Followed():
            return _did(node)
        case _:
            return _leaf(node)


def _leaf(node: Leaf) -> str:
    match node:
        case Trait(name, op, value):
            return _compared(name, op, value)
        case Consented():
            return _consented(node)
        case Tagged(tag, op, weight):
            return _tagged(tag, op, weight)
        case Campaigned():
            return _campaigned(node)
        case InSegment(id):
            return _("is in the segment %(name)s") % {"name": _named(Segment, id)}
        case InSnapshot(id):
            return _("is in the snapshot %(name)s") % {"name": _named(Snapshot, id)}
        case _:
            return _("everyone")


def _named(kind: type[Segment | Snapshot], id: int) -> str:
    return _quoted(kind.objects.filter(pk=id).values_list("name", flat=True).first() or str(id))


def _joined(parts: list[str], nodes: tuple[object, ...], between: str) -> str:
    groups = [isinstance(inner, All | AnyOf) and len(inner.nodes) > 1 for inner in nodes]
    alone = len(nodes) == 1
    return between.join(
        part if alone or not group else _("(%(condition)s)") % {"condition": part}
        for part, group in zip(parts, groups, strict=True)
    )


def _compared(name: str, op: str, value: Operand) -> str:
    return _trait_words()[op] % {"trait": name, "value": _value(value)}


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


def _value(value: Operand) -> str:
    if isinstance(value, tuple):
        shown = _(", ").join(_value(one) for one in value[:_MOST_VALUES])
        more = len(value) - _MOST_VALUES
        return _("%(shown)s and %(count)s more") % {"shown": shown, "count": more} if more > 0 else shown
    if isinstance(value, bool):
        return _("true") if value else _("false")
    if isinstance(value, str):
        return _quoted(value)
    return "" if value is None else text_form(value)


def _quoted(text: str) -> str:
    return _('"%(text)s"') % {"text": text}


def _did(node: Performed | Measured | Happened | Followed) -> str:
    match node:
        case Performed():
            return _performed(node)
        case Measured():
            said = {"property": node.property, "event": _event(node.event, node.where)}
            subject = _measure_words()[node.measure] % said
            return _window(_compared(subject, node.op, node.amount), node.window)
        case Happened():
            said = {"event": _event(node.event, node.where)}
            first, last = _("did %(event)s for the first time"), _("did %(event)s for the last time")
            return _window((first if node.edge == "first" else last) % said, node.window)
        case Followed():
            return _followed(node)


def _measure_words() -> Mapping[str, str]:
    return {
        "sum": _("sum of %(property)s of %(event)s"),
        "min": _("least %(property)s of %(event)s"),
        "max": _("greatest %(property)s of %(event)s"),
    }


def _performed(node: Performed) -> str:
    event = _event(node.event, node.where)
    if node.count == 1 and node.op == ">=":
        return _window(_("did %(event)s") % {"event": event}, node.window)
    if (node.count == 0 and node.op in ("=", "<=")) or (node.count == 1 and node.op == "<"):
        return _window(_("did not do %(event)s") % {"event": event}, node.window)
    often = _count_words(node.count)[node.op] % {"count": node.count}
    return _window(_("did %(event)s %(often)s") % {"event": event, "often": often}, node.window)


def _followed(node: Followed) -> str:
    first, then = (_step(step) for step in (node.first, node.then))
    done = _("did %(first)s and later %(then)s") % {"first": first, "then": then}
    if node.within_hours is not None:
        words = ngettext("%(done)s within %(hours)s hour", "%(done)s within %(hours)s hours", node.within_hours)
        done = words % {"done": done, "hours": node.within_hours}
    return _window(done, node.window)


def _step(step: Step) -> str:
    return _event(step.event, step.where)


def _event(event: str, where: Filter | None) -> str:
    if where is None:
        return _quoted(event)
    return _("%(event)s with %(filter)s") % {"event": _quoted(event), "filter": f"[{_filter(where)}]"}


def _filter(node: Filter) -> str:
    match node:
        case Not(inner):
            return _("not (%(condition)s)") % {"condition": _filter(inner)}
        case All(nodes):
            return _joined([_filter(each) for each in nodes], nodes, _(", and ")) if nodes else _("anything")
        case AnyOf(nodes):
            return _joined([_filter(each) for each in nodes], nodes, _(", or ")) if nodes else _("nothing")
        case Property(name, op, value):
            return _compared(name, op, value)


def _count_words(count: int) -> Mapping[str, str]:
    return {
        "=": ngettext("exactly %(count)s time", "exactly %(count)s times", count),
        "!=": ngettext("not exactly %(count)s time", "not exactly %(count)s times", count),
        ">": ngettext("more than %(count)s time", "more than %(count)s times", count),
        ">=": ngettext("at least %(count)s time", "at least %(count)s times", count),
        "<": ngettext("less than %(count)s time", "less than %(count)s times", count),
        "<=": ngettext("at most %(count)s time", "at most %(count)s times", count),
    }


def _window(done: str, window: Window) -> str:
    if window.older_days:
        said = {"done": done, "near": window.older_days, "far": window.within_days}
        between = _("%(done)s between %(far)s and %(near)s days ago")
        done = (between if window.within_days is not None else _("%(done)s more than %(near)s days ago")) % said
    elif window.within_days is not None:
        words = ngettext("%(done)s in the last day", "%(done)s in the last %(days)s days", window.within_days)
        done = words % {"done": done, "days": window.within_days}
    if window.since is not None:
        done = _("%(done)s since %(moment)s") % {"done": done, "moment": _moment(window.since)}
    if window.until is not None:
        done = _("%(done)s before %(moment)s") % {"done": done, "moment": _moment(window.until)}
    return done


def _moment(at: datetime) -> str:
    return (
        f"{at:%Y-%m-%d}"
        if (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
        else f"{at:%Y-%m-%d %H:%M} UTC"
    )


def _tagged(tag: str, op: str, weight: float) -> str:
    if op == ">" and weight == 0:
        return _("is tagged %(tag)s") % {"tag": _quoted(tag)}
    return _compared(_("weight of the tag %(tag)s") % {"tag": _quoted(tag)}, op, weight)


def _campaigned(node: Campaigned) -> str:
    which = _("any campaign") if node.campaign is None else _("campaign %(id)s") % {"id": node.campaign}
    words = {
        "decided": _("was decided on by %(campaign)s"),
        "held_out": _("was held out of %(campaign)s"),
        "sent": _("was sent a message of %(campaign)s"),
        "opened": _("opened a message of %(campaign)s"),
        "clicked": _("clicked in a message of %(campaign)s"),
        "responded": _("responded to a message of %(campaign)s"),
    }
    told = (
        (node.channel, _("by %(channel)s") % {"channel": _known(node.channel or "")}),
        (node.variant, _("variant %(variant)s") % {"variant": node.variant}),
        (node.offer, _("offer %(offer)s") % {"offer": node.offer}),
    )
    details = [words_of for value, words_of in told if value is not None]
    done = words[node.did] % {"campaign": which}
    if details:
        done = _("%(done)s (%(details)s)") % {"done": done, "details": _(", ").join(details)}
    return _window(done, node.window)


def _known(name: str) -> str:
    """A channel or purpose in words; one that the company named itself stays as it is."""
    words = {"email": _("e-mail"), "sms": _("text message"), "marketing": _("marketing")}
    return words.get(name, name)


def _consented(node: Consented) -> str:
    said = {"channel": _known(node.channel), "purpose": _known(node.purpose)}
    if node.state == "granted":
        return _("agreed to %(channel)s for %(purpose)s") % said
    return _("refused %(channel)s for %(purpose)s") % said
