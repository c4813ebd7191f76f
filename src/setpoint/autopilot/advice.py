"""The system's own advice beside every hand control: what an intervention would do, as codes with figures.

Advice is kept as it was given and put into words only when somebody reads it, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.autopilot.chances import chance_with, changed_lines, shadow_price
from setpoint.autopilot.journal import results_of
from setpoint.autopilot.limits import in_units
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.records import changed_spec, spec_of
from setpoint.autopilot.types import Advice, AdviceCode, CampaignSpec, Evaluation, Plan
from setpoint.autopilot.validation import check_limits
from setpoint.delivery import services as delivery
from setpoint.delivery.types import OPEN_STATES, SENT_STATES, BudgetLine
from setpoint.kernel import money

Advisor = Callable[[Campaign, Mapping[str, Any], datetime], Iterator[Advice]]
LIKELY = 0.5


def advise(campaign: Campaign, verb: str, change: Mapping[str, Any], *, now: datetime) -> list[Advice]:
    """What this intervention would do now; each advice has a code and its figures. Does nothing itself."""
    if campaign.state == Campaign.State.DRAFT:
        return [_say("draft")]
    return list(ADVISORS[verb](campaign, change, now))


def restored(rows: list[dict[str, Any]]) -> list[Advice]:
    """Advice as it was kept."""
    return [msgspec.convert(row, Advice) for row in rows]


def text_of(advice: Advice) -> str:
    """The advice as a sentence in the reader's language."""
    shown = {name: value if name in _FRACTIONS else round(value) for name, value in advice.numbers.items()}
    shown |= {name: round(100 * advice.numbers[name]) for name in ("chance", "before") if name in shown}
    return _words()[advice.code] % (shown | dict(advice.names))


def _on_pause(campaign: Campaign, change: Mapping[str, Any], now: datetime) -> Iterator[Advice]:
    yield _say("waiting_messages", count=_count(campaign, OPEN_STATES))
    yield _say("window_runs")
    yield _say("deadline_runs", rounds=rounds_left(spec_of(campaign), now))
    yield from _progress(campaign)


def _on_resume(campaign: Campaign, change: Mapping[str, Any], now: datetime) -> Iterator[Advice]:
    yield _say("messages_follow", count=_count(campaign, OPEN_STATES))
    yield _say("deadline_runs", rounds=rounds_left(spec_of(campaign), now))


def _on_cancel(campaign: Campaign, change: Mapping[str, Any], now: datetime) -> Iterator[Advice]:
    yield _say("recalled", count=_count(campaign, OPEN_STATES))
    yield _say("beyond_recall", count=_count(campaign, SENT_STATES))
    open_offers = sum(
        line.reserved
        for line in delivery.budgets(campaign.key)
        if line.resource == "money" and line.scope == "campaign"
    )
    yield _say("open_offers", money=money.to_float(open_offers))
    yield from _progress(campaign)
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    if evaluations:
        yield from whether_to_stop(campaign, evaluations[max(evaluations)])


def _on_approve(campaign: Campaign, change: Mapping[str, Any], now: datetime) -> Iterator[Advice]:
    plans = results_of(campaign.pk, "plan", Plan)
    if campaign.round in plans:
        plan = plans[campaign.round]
        yield _say("forecast", count=plan.to_send, effect=plan.forecast_effect, money=plan.forecast_cost)


def _on_change(campaign: Campaign, change: Mapping[str, Any], now: datetime) -> Iterator[Advice]:
    spec = changed_spec(campaign, change)
    check_limits(spec)
    changed = list(changed_lines(campaign, spec))
    yield from (_on_limit(campaign, line, amount) for line, amount in changed)
    if "goal" in change or any(amount >= line.reserved + line.committed for line, amount in changed):
        yield from _new_chance(campaign, spec)
    if set(change) - {"limits"}:
        yield _say("next_plan")


def _new_chance(campaign: Campaign, spec: CampaignSpec) -> Iterator[Advice]:
    before, after = chance_with(campaign, spec_of(campaign)), chance_with(campaign, spec)
    if before is None or after is None:
        yield _say("nothing_measured")
    else:
        yield _say("new_chance", before=before, chance=after)


def _on_limit(campaign: Campaign, line: BudgetLine, amount: int) -> Advice:
    floor = line.reserved + line.committed
    names = {"scope": line.scope, "resource": line.resource}
    if amount < floor:
        return _say("below_bound", names, floor=in_units(line, floor))
    price = shadow_price(campaign, line)
    more = in_units(line, amount) - in_units(line, line.limit)
    return _say("limit_effect", names, effect=price * more, shadow_price=price, more=more)


def _progress(campaign: Campaign) -> Iterator[Advice]:
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    if not evaluations:
        yield _say("nothing_measured")
        return
    last = evaluations[max(evaluations)]
    proven = max(0.0, last.goal_proven or 0.0)
    yield _say("progress", estimate=last.goal_value, proven_at_least=proven, chance=last.chance_of_goal)


def whether_to_stop(campaign: Campaign, last: Evaluation | None) -> Iterator[Advice]:
    """Whether going on is worth it, as of the last reading."""
    if last is None:
        yield _say("nothing_measured")
    elif last.chance_of_goal >= LIKELY:
        yield _say("keep_going", chance=last.chance_of_goal)
    elif last.chance_of_goal < campaign.spec.get("futile_below", 0.0):
        yield _say("stop_is_right", chance=last.chance_of_goal)


def _count(campaign: Campaign, states: tuple[Any, ...]) -> int:
    found = delivery.ledger(campaign.key)
    return sum(found.get(state, 0) for state in states)


def _say(code: AdviceCode, names: Mapping[str, str] | None = None, **numbers: float) -> Advice:
    return Advice(code, {name: float(value) for name, value in numbers.items()}, names or {})


_FRACTIONS = frozenset({"shadow_price", "effect", "money", "floor", "more"})


def _words() -> Mapping[AdviceCode, str]:
    return {
        "draft": _("The campaign has not been launched: nothing is bound yet."),
        "waiting_messages": _("%(count)s messages wait and keep their reservation."),
        "window_runs": _("Responses to messages already sent go on being counted."),
        "deadline_runs": _("The deadline does not move: %(rounds)s rounds can still be measured before it."),
        "messages_follow": _("%(count)s waiting messages follow at their times."),
        "recalled": _("%(count)s messages would be recalled and their budget released."),
        "beyond_recall": _("%(count)s messages have left and cannot be recalled."),
        "open_offers": _("Offers already sent stay valid; %(money).2f remains put aside for them."),
        "forecast": _("The plan sends %(count)s messages and expects %(effect).0f more."),
        "below_bound": _("%(floor).2f of this limit is already bound; it cannot go below that."),
        "limit_effect": _("By the last plan's shadow price this changes the result by about %(effect).1f."),
        "new_chance": _("The chance of proof would be %(chance)s %% instead of %(before)s %%."),
        "next_plan": _("Takes effect with the next plan; readings use bounds that hold at any time from now on."),
        "nothing_measured": _("Nothing has been measured yet: the first response window is still open."),
        "progress": _(
            "So far the best estimate is %(estimate)s, proven at least %(proven_at_least)s; "
            "the chance of proof is %(chance)s %%."
        ),
        "keep_going": _("The goal is more likely reached than not (%(chance)s %%): letting it run is worth it."),
        "stop_is_right": _("The goal is hardly reachable any more (%(chance)s %%): stopping saves what is left."),
    }


ADVISORS: Mapping[str, Advisor] = {
    "pause": _on_pause,
    "resume": _on_resume,
    "cancel": _on_cancel,
    "approve": _on_approve,
    "change": _on_change,
}
