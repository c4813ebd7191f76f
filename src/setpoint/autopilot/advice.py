"""The system's own advice beside every hand control: what an intervention would do, in words and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from setpoint.autopilot.journal import results_of
from setpoint.autopilot.limits import ledger_limits
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.types import Evaluation, Plan
from setpoint.autopilot.validation import check_limits
from setpoint.delivery import services as delivery
from setpoint.delivery.types import OPEN_STATES, BudgetLine
from setpoint.kernel import money

Advice = dict[str, Any]
Advisor = Callable[[Campaign, Mapping[str, Any]], Iterator[Advice]]


def advise(campaign: Campaign, verb: str, change: Mapping[str, Any], *, now: datetime) -> list[Advice]:
    """What this intervention would do now; each advice has a code, a text, and its figures. Does nothing itself."""
    if campaign.state == Campaign.State.DRAFT:
        return [_say("draft", _("The campaign has not been launched: nothing is bound yet."))]
    return list(ADVISORS[verb](campaign, change))


def _on_pause(campaign: Campaign, change: Mapping[str, Any]) -> Iterator[Advice]:
    waiting = _waiting(campaign)
    yield _say(
        "waiting_messages", _("%(count)s messages wait and keep their reservation.") % {"count": waiting}, count=waiting
    )
    yield _say("window_runs", _("Responses to messages already sent go on being counted."))
    yield from _progress(campaign)


def _on_resume(campaign: Campaign, change: Mapping[str, Any]) -> Iterator[Advice]:
    waiting = _waiting(campaign)
    yield _say(
        "messages_follow", _("%(count)s waiting messages follow at their times.") % {"count": waiting}, count=waiting
    )


def _on_cancel(campaign: Campaign, change: Mapping[str, Any]) -> Iterator[Advice]:
    waiting = _waiting(campaign)
    yield _say(
        "recalled",
        _("%(count)s messages would be recalled and their budget released.") % {"count": waiting},
        count=waiting,
    )
    open_offers = sum(
        line.reserved
        for line in delivery.budgets(campaign.key)
        if line.resource == "money" and line.scope == "campaign"
    )
    yield _say(
        "open_offers",
        _("Offers already sent stay valid; %(amount)s remains put aside for them.")
        % {"amount": money.to_decimal(open_offers)},
        money=float(money.to_decimal(open_offers)),
    )
    yield from _progress(campaign)


def _on_approve(campaign: Campaign, change: Mapping[str, Any]) -> Iterator[Advice]:
    plans = results_of(campaign.pk, "plan", Plan)
    if campaign.round in plans:
        plan = plans[campaign.round]
        yield _say(
            "forecast",
            _("The plan sends %(count)s messages and expects %(effect).0f more.")
            % {"count": plan.to_send, "effect": plan.forecast_effect},
            count=plan.to_send,
            effect=plan.forecast_effect,
        )


def _on_change(campaign: Campaign, change: Mapping[str, Any]) -> Iterator[Advice]:
    from setpoint.autopilot.services import changed_spec

    spec = changed_spec(campaign, change)
    check_limits(spec)
    lines = {(line.scope, line.resource): line for line in delivery.budgets(campaign.key)}
    for limit in ledger_limits(spec.limits):
        line = lines.get((limit.scope, limit.resource))
        if line is not None and line.limit != limit.amount:
            yield from _on_limit(campaign, line, limit.amount)
    if "goal" in change:
        yield from _progress(campaign)
    if set(change) - {"limits"}:
        yield _say(
            "next_plan", _("Takes effect with the next plan; readings use bounds that hold at any time from now on.")
        )


def _on_limit(campaign: Campaign, line: BudgetLine, amount: int) -> Iterator[Advice]:
    floor = line.reserved + line.committed
    if amount < floor:
        yield _say(
            "below_bound",
            _("%(floor)s of this limit is already bound; it cannot go below that.") % {"floor": floor},
            floor=floor,
        )
        return
    price = _shadow_price(campaign, line)
    unit = float(money.to_decimal(amount - line.limit)) if line.resource == "money" else float(amount - line.limit)
    yield _say(
        "limit_effect",
        _("By the last plan's shadow price this changes the result by about %(effect).1f.") % {"effect": price * unit},
        effect=price * unit,
        shadow_price=price,
    )


def _shadow_price(campaign: Campaign, line: BudgetLine) -> float:
    plans = results_of(campaign.pk, "plan", Plan)
    if not plans:
        return 0.0
    prices = plans[max(plans)].shadow_prices
    name = line.resource if line.scope == "campaign" else f"{line.scope}:{line.resource}"
    return float(prices.get(name, 0.0))


def _progress(campaign: Campaign) -> Iterator[Advice]:
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    if not evaluations:
        yield _say("nothing_measured", _("Nothing has been measured yet: the first response window is still open."))
        return
    last = evaluations[max(evaluations)]
    yield _say(
        "progress",
        _(
            "So far the best estimate is %(best).0f, proven at least %(proven).0f; the chance of proof is %(chance).0f %%."
        )
        % {"best": last.goal_value, "proven": last.goal_proven or 0.0, "chance": 100 * last.chance_of_goal},
        estimate=last.goal_value,
        proven_at_least=last.goal_proven or 0.0,
        chance=last.chance_of_goal,
    )


def _waiting(campaign: Campaign) -> int:
    return sum(delivery.ledger(campaign.key).get(state, 0) for state in OPEN_STATES)


def _say(code: str, text: str, **figures: float) -> Advice:
    return {"code": code, "text": text, **figures}


ADVISORS: Mapping[str, Advisor] = {
    "pause": _on_pause,
    "resume": _on_resume,
    "cancel": _on_cancel,
    "approve": _on_approve,
    "change": _on_change,
}
