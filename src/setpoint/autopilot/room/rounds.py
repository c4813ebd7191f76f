"""Rounds as a time line: what was seen, what was decided, what bound, what came of it, what people said meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from setpoint.autopilot.models import Campaign, Intervention
from setpoint.autopilot.report.notes import note_of
from setpoint.autopilot.room.counted import Counted
from setpoint.autopilot.room.doing import step_of
from setpoint.autopilot.room.journalled import Turns
from setpoint.autopilot.room.types import RoundView, Sentence, Told, span
from setpoint.autopilot.types import CampaignSpec, Collected, Evaluation, Found, Plan
from setpoint.delivery.types import SENT_STATES
from setpoint.kernel import money

_BINDS = 1e-9
_HELD_BACK = frozenset({"ghost", "held_out"})


def rounds_of(
    campaign: Campaign, spec: CampaignSpec, turns: Turns, seen: Counted, told: Iterable[Intervention]
) -> tuple[RoundView, ...]:
    """All rounds begun, oldest first."""
    if campaign.launched_at is None:
        return ()
    said = list(told)
    spent = dict(_spent(turns))
    gained = dict(_gained(turns))
    return tuple(
        RoundView(
            number=number,
            step=step_of(campaign, turns, seen, number),
            told=tuple(told_of(each) for each in said if each.round == number and each.verb != "launch"),
            **_found(turns.found.get(number)),
            **_planned(turns.plans.get(number), spec),
            **_began(campaign, turns, number),
            **_ledger(seen, number),
            **_came(turns.collected.get(number), turns.evaluations.get(number)),
            **_concluded(turns, number),
            spent=spent.get(number),
            gained=gained.get(number),
        )
        for number in range(1, campaign.round + 1)
    )


def told_of(said: Intervention) -> Told:
    """An intervention as the time line shows it."""
    return Told(said.verb, said.actor, said.at, tuple(sorted(said.change.get("after", {}))))


def notes_of(plan: Plan) -> tuple[Sentence, ...]:
    """A plan's notes as codes with figures; what has no code is told as it stands."""
    found = [note_of(note) for note in plan.notes]
    return tuple(Sentence(each.code or "text", dict(each.figures), {"text": each.text}) for each in found)


def _found(found: Found | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "audience": found.audience,
        "reachable": found.reachable,
        "base_rate": found.base_rate,
        "segments": found.segments,
    }


def _planned(plan: Plan | None, spec: CampaignSpec) -> dict[str, Any]:
    if plan is None:
        return {}
    same = ("decided", "none", "held_out", "ghost", "to_send", "measure_at", "forecast_effect", "forecast_cost")
    return {name: getattr(plan, name) for name in (*same, "need", "gap", "personalisation")} | {
        "bound": tuple(name for name, price in sorted(plan.shadow_prices.items()) if price > _BINDS),
        "notes": notes_of(plan),
    }


def _began(campaign: Campaign, turns: Turns, number: int) -> dict[str, Any]:
    plan = turns.plans.get(number)
    started = campaign.round_started_at if number == campaign.round else None
    if started is None and plan is not None:
        started = plan.measure_at - timedelta(days=int(campaign.spec["window_days"]))
    approved = turns.approved.get(number)
    return {"started_at": started, "approved_by": approved.by if approved else ""}


def _ledger(seen: Counted, number: int) -> dict[str, Any]:
    states: Mapping[str, int] = seen.round_states.get(str(number), {})
    reasons = seen.round_reasons.get(str(number), {})
    return {
        "sent": sum(states.get(state, 0) for state in SENT_STATES),
        "refused": {reason: count for reason, count in reasons.items() if reason not in _HELD_BACK},
    }


def _came(collected: Collected | None, evaluation: Evaluation | None) -> dict[str, Any]:
    came: dict[str, Any] = {}
    if collected is not None:
        came = {name: getattr(collected, name) for name in ("converted", "revenue", "redeemed")}
    if evaluation is not None:
        came |= {
            "estimate": evaluation.goal_value,
            "proven_at_least": evaluation.goal_proven,
            "interval": span(evaluation.goal_interval),
            "chance_of_goal": evaluation.chance_of_goal,
        }
    return came


def _concluded(turns: Turns, number: int) -> dict[str, Any]:
    conclusion = turns.conclusions.get(number)
    if conclusion is None:
        return {}
    at = turns.finished[number, "conclude"]
    return {"outcome": conclusion.outcome, "reason": conclusion.reason, "concluded_at": at}


def _spent(turns: Turns) -> Iterator[tuple[int, float]]:
    """Money committed between one reading and the next: sends of the round, offers redeemed in that time."""
    readings = [(0, 0), *((number, each.spend.get("money", 0)) for number, each in sorted(turns.evaluations.items()))]
    for (_before, earlier), (number, later) in pairwise(readings):
        yield number, money.to_float(later - earlier)


def _gained(turns: Turns) -> Iterator[tuple[int, float]]:
    readings = [(0, 0.0), *((number, each.goal_value) for number, each in sorted(turns.evaluations.items()))]
    for (_before, earlier), (number, later) in pairwise(readings):
        yield number, later - earlier
