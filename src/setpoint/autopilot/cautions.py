"""What is allowed but seldom meant: limits that bind at once, offers larger than limits, rounds that prove nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.conclude import USEFUL_SENDS
from setpoint.autopilot.pacing import EVEN_SHARES, rounds_left
from setpoint.autopilot.types import CampaignSpec, Problem
from setpoint.content import services as content
from setpoint.decisions.types import Action
from setpoint.governance import services as governance
from setpoint.kernel import money

HALF = 0.5
HOUR = 3600


def cautions(spec: CampaignSpec, *, now: datetime) -> list[Problem]:
    """Warnings for a specification that is right as far as it can be known without counting customers."""
    actions = actions_of(spec)[1:]
    rounds = rounds_left(spec, now)
    return [
        *_time(spec, rounds),
        *_money(spec, actions, rounds),
        *_customers(spec),
        *_amounts(spec, actions),
        *_offers(spec),
        *_quiet(spec),
    ]


def rounds_for_proof(spec: CampaignSpec) -> int:
    """Rounds after which a goal can be proven at the earliest: the first one's echo has closed by then."""
    return 1 + math.ceil(spec.window_days / spec.cadence_days) if spec.goal.incremental else 1


def put_aside(action: Action) -> int:
    """Micros that one message of this action puts aside at most: its sending, and its offer at full value."""
    offer = action.offer_cap if action.offer_kind == "percent" else action.offer_value
    return action.send_cost + (offer if action.offer_kind != "none" else 0)


def _time(spec: CampaignSpec, rounds: int) -> Iterator[Problem]:
    needed = rounds_for_proof(spec)
    if 0 < rounds < needed:
        yield Problem(
            "goal",
            "goal.deadline",
            "warning",
            _("Until the deadline there is time for %(rounds)s rounds; a proof takes at least %(needed)s.")
            % {"rounds": rounds, "needed": needed},
            _("A purchase that was only moved forward shows in the window after. Set the deadline %(days)s days later.")
            % {"days": (needed - rounds) * spec.cadence_days},
        )


def _money(spec: CampaignSpec, actions: tuple[Action, ...], rounds: int) -> Iterator[Problem]:
    if not actions or not rounds:
        return
    limit = money.to_micros(spec.limits.money)
    share = limit * min(1.0, EVEN_SHARES / rounds)
    cheapest = min(put_aside(action) for action in actions)
    if share < USEFUL_SENDS * cheapest:
        yield Problem(
            "limits",
            "limits.money",
            "warning",
            _("A round may use %(share)s: too little for %(sends)s messages.")
            % {"share": _shown(share), "sends": USEFUL_SENDS},
            _("Raise the limit to %(least)s, or plan fewer rounds.")
            % {"least": _shown(USEFUL_SENDS * cheapest * max(1.0, rounds / EVEN_SHARES))},
        )
    dearest = max(put_aside(action) for action in actions)
    each = spec.limits.per_customer.money
    if each is not None and dearest > money.to_micros(each):
        yield Problem(
            "limits",
            "limits.per_customer.money",
            "warning",
            _("An offer puts aside up to %(most)s for a customer; more than the %(limit)s that one may get.")
            % {"most": _shown(dearest), "limit": _shown(money.to_micros(each))},
            _("Raise what one customer may get, or leave that offer out."),
        )
    if dearest > limit:
        yield Problem(
            "limits",
            "limits.money",
            "warning",
            _("An offer puts aside up to %(most)s; the whole campaign may use %(limit)s.")
            % {"most": _shown(dearest), "limit": _shown(limit)},
            _("Raise the limit, lower the offer's cap, or leave that offer out."),
        )


def _customers(spec: CampaignSpec) -> Iterator[Problem]:
    each = spec.limits.per_customer
    if each.messages is None:
        return
    if each.messages == 0:
        message, remedy = _("No customer may get a message."), _("Allow at least one.")
        yield Problem("limits", "limits.per_customer.messages", "warning", message, remedy)
    elif each.messages * spec.cadence_days < each.window_days:
        every = math.ceil(each.window_days / (each.messages * spec.cadence_days))
        yield Problem(
            "limits",
            "limits.per_customer.messages",
            "warning",
            _("Each customer can be written to in every %(every)s. round only.") % {"every": every},
            _("Allow more messages, a shorter window, or make rounds longer than %(days)s days.")
            % {"days": spec.cadence_days},
        )


def _amounts(spec: CampaignSpec, actions: tuple[Action, ...]) -> Iterator[Problem]:
    limits = spec.limits
    if limits.messages is not None and limits.messages < USEFUL_SENDS:
        yield Problem(
            "limits",
            "limits.messages",
            "warning",
            _("Fewer than %(sends)s messages teach and bring too little.") % {"sends": USEFUL_SENDS},
            _("Raise the limit."),
        )
    quickest = min((action.send_seconds for action in actions), default=0)
    if limits.hours is not None and limits.hours * HOUR < USEFUL_SENDS * quickest:
        yield Problem(
            "limits",
            "limits.hours",
            "warning",
            _("People's time is enough for %(sends)s messages.") % {"sends": int(limits.hours * HOUR // quickest)},
            _("Raise the limit, or lower the channel's time for a message."),
        )
    held = spec.hold_out + (1 - spec.hold_out) * spec.ghost_share
    if held > HALF:
        yield Problem(
            "limits",
            "ghost_share",
            "warning",
            _("%(share).0f %% of the chosen messages are held back.") % {"share": 100 * held},
            _("10 to 30 % prove the most for what they cost."),
        )
    for name in ("unsubscribe_rate", "complaint_rate"):
        if not 0 < getattr(spec.guardrails, name) < 1:
            message = _("This guardrail is off: nothing stops the campaign when people leave.")
            yield Problem("limits", f"guardrails.{name}", "warning", message, _("Write a share such as 2 %."))


def _offers(spec: CampaignSpec) -> Iterator[Problem]:
    offers = [content.offer_view(offer) for offer in spec.actions.offers if offer]
    lasting = [offer for offer in offers if offer.valid_days > spec.cadence_days]
    if lasting:
        yield Problem(
            "actions",
            "actions.offers",
            "warning",
            _("%(names)s stays valid longer than a round: the money put aside for it is not free for the next round.")
            % {"names": ", ".join(offer.name for offer in lasting)},
            _("With at most %(days)s days the same money can be used again.") % {"days": spec.cadence_days},
        )


def _quiet(spec: CampaignSpec) -> Iterator[Problem]:
    company = governance.company()
    start, end = spec.quiet_start or company.quiet_start, spec.quiet_end or company.quiet_end
    if not (start and end):
        return
    quiet = [slot for slot in spec.actions.slots if _within(slot, start, end)]
    if quiet:
        yield Problem(
            "actions",
            "actions.slots",
            "warning",
            _("%(slots)s lies in the quiet hours from %(start)s to %(end)s.")
            % {"slots": ", ".join(quiet), "start": start, "end": end},
            _("Such messages wait until %(end)s.") % {"end": end},
        )


def _within(slot: str, start: str, end: str) -> bool:
    return start <= slot < end if start < end else slot >= start or slot < end


def _shown(micros: float) -> str:
    return money.format_money(round(micros), governance.company().currency)
