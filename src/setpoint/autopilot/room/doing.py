"""What the system does now, and what it will do next and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.room.counted import Counted
from setpoint.autopilot.room.journalled import Turns
from setpoint.autopilot.room.types import Doing, RoundStep, Sentence, Verb
from setpoint.autopilot.types import CampaignSpec
from setpoint.delivery.types import OPEN_STATES, SENT_STATES
from setpoint.governance import failures

State = Campaign.State


def step_of(campaign: Campaign, turns: Turns, seen: Counted, number: int) -> RoundStep:
    """How far one round has come."""
    if number in turns.conclusions:
        return "over"
    if number in turns.evaluations:
        return "measured"
    if number in turns.executed:
        return "sending" if _open(seen, number) else "listening"
    if number in turns.plans:
        return "awaiting_approval" if campaign.waiting_for == "approval" else "sending"
    return "planning" if number in turns.found else "looking"


def doing_of(campaign: Campaign, spec: CampaignSpec, turns: Turns, seen: Counted) -> Doing:
    """The state of a campaign as a sentence and the one that follows it."""
    number = campaign.round
    if campaign.state == State.DRAFT:
        return Doing("draft", next=Sentence("launch"))
    if campaign.state == State.ENDED:
        return Doing("ended", names={"outcome": campaign.outcome}, at=campaign.ended_at)
    if campaign.state == State.PAUSED:
        return Doing("paused", _counts(seen), next=Sentence("resume", _counts(seen)))
    if campaign.failure:
        return Doing(
            "failing",
            names={"error": failures.told(campaign.failure)["message"]},
            next=Sentence("retry", at=campaign.next_at),
        )
    return _running(campaign, spec, turns, seen, number)


def controls_of(campaign: Campaign) -> tuple[Verb, ...]:
    """What a person may tell the campaign now."""
    if campaign.state == State.RUNNING:
        approve: tuple[Verb, ...] = ("approve",) if campaign.waiting_for == "approval" else ()
        return (*approve, "pause", "change", "cancel")
    return ("resume", "change", "cancel") if campaign.state == State.PAUSED else ()


def _running(campaign: Campaign, spec: CampaignSpec, turns: Turns, seen: Counted, number: int) -> Doing:
    step = step_of(campaign, turns, seen, number)
    plan = turns.plans.get(number)
    figures = {"round": float(number), **_counts(seen, number)}
    if plan is not None:
        figures |= {"to_send": float(plan.to_send), "effect": plan.forecast_effect, "money": plan.forecast_cost}
    measured = Sentence("measure", at=plan.measure_at if plan else None)
    if step in ("looking", "planning"):
        is_later = campaign.next_at is not None and _begun(campaign) is not None and number - 1 in turns.conclusions
        code = "between" if is_later and not turns.found.get(number) else step
        return Doing(code, figures, at=campaign.round_started_at, next=Sentence("plan", at=campaign.round_started_at))
    if step == "awaiting_approval":
        return Doing("awaiting_approval", figures, next=Sentence("send", figures))
    if step == "sending":
        return Doing("sending", figures, next=measured)
    if step == "listening":
        begins = (campaign.round_started_at or campaign.created_at) + timedelta(days=spec.cadence_days)
        is_over = plan is not None and campaign.next_at is not None and campaign.next_at > plan.measure_at
        return Doing(
            "settling" if is_over else "listening", figures, at=campaign.next_at, next=_after(measured, begins)
        )
    return Doing("settling", figures, next=Sentence("round", {"round": number + 1.0}))


def _after(measured: Sentence, begins: datetime) -> Sentence:
    return measured if measured.at is not None else Sentence("round", at=begins)


def _begun(campaign: Campaign) -> datetime | None:
    return campaign.round_started_at


def _counts(seen: Counted, number: int | None = None) -> dict[str, float]:
    states = seen.states if number is None else seen.round_states.get(str(number), {})
    return {
        "waiting": float(sum(states.get(state, 0) for state in OPEN_STATES)),
        "sent": float(sum(states.get(state, 0) for state in SENT_STATES)),
    }


def _open(seen: Counted, number: int) -> bool:
    return _counts(seen, number)["waiting"] > 0
