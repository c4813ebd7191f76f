"""A delivery's state and reason in words, as a person would say them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from setpoint.delivery.faults import explain_fault
from setpoint.delivery.types import State


def reason_words(state: str, reason: str) -> str:
    """Why a delivery stands where it stands; empty where there is nothing to explain."""
    if state == State.UNKNOWN:
        return _("The connection broke after the message had left; it is not sent again without proof.")
    if not reason:
        return ""
    if reason.startswith("limit:"):
        return _limit_words(reason)
    if reason.startswith("content: "):
        return _("The message could not be written: %(cause)s") % {"cause": reason.removeprefix("content: ")}
    if reason.startswith("gave up after"):
        return _("Given up after several tries. %(cause)s") % {"cause": explain_fault(reason.partition(": ")[2]).cause}
    known = _reasons()
    if reason in known:
        return known[reason]
    if state in (State.BOUNCED, State.FAILED, State.RESERVED):
        return explain_fault(reason).cause
    return reason


def state_words() -> Mapping[str, str]:
    """Every state in the reader's language."""
    return {
        "planned": _("planned"),
        "reserved": _("waiting"),
        "claimed": _("being sent"),
        "handed": _("sent"),
        "delivered": _("delivered"),
        "bounced": _("came back"),
        "failed": _("failed"),
        "suppressed": _("not sent"),
        "unknown": _("in doubt"),
    }


def _reasons() -> Mapping[str, str]:
    return {
        "no_consent": _("They have not agreed to this, or withdrew it."),
        "suppressed": _("The address must not be written to: it bounced, complained, or was put on the list."),
        "no_address": _("They have no address for this channel."),
        "unknown_customer": _("This customer is not known any more."),
        "merged": _("Another record of the same person had a message in this round."),
        "paused": _("They asked to hear nothing for a while."),
        "recalled": _("Taken back before it was sent."),
        "ghost": _("Chosen, but held back at random, to measure against."),
        "held_out": _("In the hold-out: never written to by this campaign, to measure against."),
    }


def _limit_words(reason: str) -> str:
    scope, _colon, resource = reason.removeprefix("limit:").rpartition(":")
    if scope.startswith("customer"):
        return _("This customer has had as many messages as the limit allows.")
    if scope.startswith("channel"):
        return _("The channel's limit is reached: %(limit)s.") % {"limit": resource}
    resources = {"money": _("money"), "messages": _("messages"), "time": _("time")}
    return _("The campaign's limit is reached: %(limit)s.") % {"limit": resources.get(resource, resource)}
