"""The control room of one campaign, gathered in a handful of small queries whatever the size of its audience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

from setpoint.autopilot import advice
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.records import find_campaign, spec_of
from setpoint.autopilot.room import limits
from setpoint.autopilot.room.counted import Counted, action_sign, count, counted
from setpoint.autopilot.room.doing import controls_of, doing_of
from setpoint.autopilot.room.journalled import Turns, turns_of
from setpoint.autopilot.room.naming import parts_of
from setpoint.autopilot.room.rounds import rounds_of, told_of
from setpoint.autopilot.room.types import (
    ActionView,
    Arm,
    Arms,
    ControlRoom,
    Funnel,
    GoalView,
    GuardView,
    Head,
    LedgerView,
    RatioView,
    State,
    span,
)
from setpoint.autopilot.types import Advice, CampaignSpec, Evaluation
from setpoint.delivery.types import OPEN_STATES, SENT_STATES
from setpoint.governance import failures
from setpoint.governance import services as governance
from setpoint.kernel import money


def control_room(campaign_id: int, *, now: datetime, fresh: bool = False) -> ControlRoom:
    """Everything the live campaign page shows; `fresh` counts the ledger now instead of showing the worker's last count."""
    campaign = find_campaign(campaign_id)
    spec = spec_of(campaign)
    turns = turns_of(campaign.pk)
    seen, counted_at = (count(campaign), now) if fresh else counted(campaign)
    plan = turns.last_plan
    lines = limits.limits_of([campaign], plan.shadow_prices if plan else {}).get(campaign.key, ())
    told = list(campaign.interventions.all()[:500])
    return ControlRoom(
        campaign=head_of(campaign, spec),
        currency=governance.company().currency,
        goal=goal_of(campaign, spec, turns),
        limits=lines,
        doing=doing_of(campaign, spec, turns, seen),
        controls=controls_of(campaign),
        advice=tuple(_standing_advice(campaign, turns, now)),
        rounds=rounds_of(campaign, spec, turns, seen, told),
        actions=actions_of(turns, seen),
        personalisation=plan.personalisation if plan else "",
        arms=arms_of(turns.last, spec),
        funnel=_funnel(turns, seen),
        ledger=_ledger(turns, seen),
        allocation=seen.allocation,
        before=tuple(told_of(each) for each in told if each.verb == "launch"),
        counted_at=counted_at,
        now=now,
    )


def head_of(campaign: Campaign, spec: CampaignSpec) -> Head:
    """What the campaign is called and where it stands."""
    same = ("name", "outcome", "waiting_for", "round", "version", "created_at", "launched_at", "ended_at", "next_at")
    return Head(
        id=campaign.pk,
        state=state_of(campaign),
        review=spec.review,
        policy=spec.policy,
        failure=failures.of(campaign.failure),
        spec=spec,
        **{name: getattr(campaign, name) for name in same},
    )


def state_of(campaign: Campaign) -> State:
    """The campaign's state as its readers know it."""
    states: tuple[State, ...] = get_args(State)
    return next(state for state in states if state == campaign.state)


def goal_of(campaign: Campaign, spec: CampaignSpec, turns: Turns) -> GoalView:
    """The goal with both numbers and their history."""
    goal, last = spec.goal, turns.last
    view = GoalView(
        metric=goal.metric,
        target=goal.target,
        incremental=goal.incremental,
        event=goal.event,
        deadline=goal.deadline,
        looks=turns.looks(),
        rounds_planned=rounds_planned(campaign, spec),
    )
    if last is None:
        return view
    return replace(
        view,
        estimate=last.goal_value,
        proven_at_least=last.goal_proven,
        interval=span(last.goal_interval),
        verdict=last.reading["verdict"] if goal.incremental else "counted",
        reason=last.proof_reason,
        chance_of_goal=last.chance_of_goal,
        missing=last.reading.get("missing") or {},
    )


def rounds_planned(campaign: Campaign, spec: CampaignSpec) -> int:
    """Rounds done and rounds that still fit before the deadline."""
    start = campaign.round_started_at or campaign.launched_at
    return campaign.round - 1 + rounds_left(spec, start) if start else 0


def arms_of(last: Evaluation | None, spec: CampaignSpec) -> Arms | None:
    """Sent against held back, as of the last reading."""
    if last is None:
        return None
    reading = last.reading
    return Arms(
        treated=Arm(int(reading["exposed"]), float(reading["conversions_exposed"])),
        held_back=Arm(int(reading["withheld"]), float(reading["conversions_withheld"])),
        ratio=RatioView(**{name: last.ratio[name] for name in ("expected", "observed", "p_value", "alarm")}),
        method=str(reading["method"]),
        alpha=spec.alpha,
        information=float(reading["information"]),
        echo_estimate=last.echo.get("estimate"),
        echo_negative=bool(last.echo.get("negative")),
        guards=tuple(GuardView(name=name, **guard) for name, guard in last.guards.items()),
    )


def actions_of(turns: Turns, seen: Counted) -> tuple[ActionView, ...]:
    """The actions of the last plan with their posteriors, the most used first."""
    plan = turns.last_plan
    if plan is None:
        return ()
    found = [one for one in plan.posteriors if one["key"] != "none"]
    parts = parts_of(str(one["key"]) for one in found)
    views = []
    for one in found:
        part = parts[str(one["key"])]
        sign = action_sign(part.offer_id, part.variant_id, part.channel, part.slot)
        named: dict[str, Any] = {name: getattr(part, name) for name in ("key", "offer", "variant", "channel", "slot")}
        figures: dict[str, Any] = {name: float(one.get(name) or 0.0) for name in ("mean", "low", "high", "share")}
        views.append(ActionView(**named, **figures, sends=seen.action_sends.get(sign, 0)))
    return tuple(sorted(views, key=lambda view: (-view.share, -view.mean)))


def _funnel(turns: Turns, seen: Counted) -> Funnel:
    plans = turns.plans.values()
    states = seen.states
    same = ("opened_human", "opened_machine", "clicked_human", "clicked_machine")
    return Funnel(
        **{name: sum(getattr(plan, name) for plan in plans) for name in ("decided", "none", "held_out", "ghost")},
        planned=sum(plan.to_send for plan in plans),
        sent=_sum(states, SENT_STATES),
        waiting=_sum(states, OPEN_STATES),
        converted=round(float(turns.last.reading["conversions_exposed"])) if turns.last else 0,
        **{name: states.get(name, 0) for name in ("delivered", "bounced", "failed", "unknown")},
        **{name: getattr(seen, name) for name in (*same, "redeemed", "unsubscribed", "complained")},
    )


def _ledger(turns: Turns, seen: Counted) -> LedgerView:
    plans = [turns.plans[number] for number in seen.executed if number in turns.plans]
    expected = sum(plan.decided - plan.none for plan in plans)
    reasons: Counter[str] = Counter()
    for found in seen.round_reasons.values():
        reasons.update(found)
    return LedgerView(
        decided=sum(plan.decided for plan in plans),
        none=sum(plan.none for plan in plans),
        rows_expected=expected,
        rows=seen.rows,
        states=seen.states,
        reasons=dict(reasons),
        money_rows=money.to_float(seen.money),
        money_committed=money.to_float(seen.committed),
        is_whole=seen.rows == expected and seen.money == seen.committed,
    )


def _standing_advice(campaign: Campaign, turns: Turns, now: datetime) -> list[Advice]:
    """What stands beside the controls before any of them is touched."""
    if campaign.state not in (Campaign.State.RUNNING, Campaign.State.PAUSED):
        return []
    if campaign.waiting_for == "approval":
        return advice.advise(campaign, "approve", {}, now=now)
    return list(advice.whether_to_stop(campaign, turns.last))


def _sum(states: Mapping[str, int], wanted: Iterable[str]) -> int:
    return sum(states.get(state, 0) for state in wanted)
