"""How likely the goal still is: as things stand, and were the goal or its deadline another."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import msgspec
import numpy as np

from setpoint.autopilot.journal import results_of
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import CampaignSpec, Evaluation, Plan
from setpoint.experiments import services as experiments
from setpoint.experiments.types import Reading

LEAST_VARIANCE = 1e-9


def chance_of(
    spec: CampaignSpec, reading: Reading, value: float, *, campaign_id: int, done: int, remaining: int
) -> float:
    """Predictive probability of proof after `done` rounds, were the `remaining` ones like those so far."""
    goal = spec.goal
    if not goal.incremental:
        return float(value + remaining * value / max(1, done) >= goal.target)
    effect, sd = _coming_effect(campaign_id, done, reading)
    chance = experiments.chance_of_goal(
        reading,
        remaining_rounds=max(0, remaining),
        forecast_effect_per_round=effect,
        forecast_sd=sd,
        forecast_variance_per_round=max(LEAST_VARIANCE, reading.variance / max(1, done)),
        target=target_in_sum(spec, reading),
    )
    return chance.proof


def chance_with(campaign: Campaign, spec: CampaignSpec) -> float | None:
    """The chance that this campaign would have with another goal or deadline; None before anything is measured."""
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    if not evaluations or campaign.round_started_at is None:
        return None
    done = max(evaluations)
    last = evaluations[done]
    remaining = rounds_left(spec, campaign.round_started_at) - (campaign.round == done)
    reading = reading_of(last.reading)
    return chance_of(spec, reading, last.goal_value, campaign_id=campaign.pk, done=done, remaining=remaining)


def reading_of(kept: Mapping[str, Any]) -> Reading:
    """A reading back from the journal, which knows no infinities."""
    low, high = kept["interval"]
    open_ends = {
        "interval": (-inf if low is None else low, inf if high is None else high),
        "proven_at_least": -inf if kept["proven_at_least"] is None else kept["proven_at_least"],
    }
    return msgspec.convert({**kept, **open_ends}, Reading)


def target_in_sum(spec: CampaignSpec, reading: Reading) -> float:
    """The target in units of the reading: a rate becomes the count it means for those sent."""
    goal = spec.goal
    return goal.target * max(1, reading.exposed) if goal.metric == "conversion_rate" else goal.target


def _coming_effect(campaign_id: int, done: int, reading: Reading) -> tuple[float, float]:
    """Effect of a coming round: what was measured and what the plans forecast, weighted by their precision."""
    rounds = max(1, done)
    measured, measured_sd = reading.estimate / rounds, max(reading.standard_error / rounds, 1e-6)
    plans = results_of(campaign_id, "plan", Plan)
    forecasts = [plan.forecast_effect for number, plan in plans.items() if number <= done and plan.forecast_effect > 0]
    if not forecasts:
        return measured, measured_sd
    forecast = float(np.max(forecasts[-2:]))
    forecast_sd = max(0.5 * forecast, measured_sd)
    weights = np.array([measured_sd**-2, forecast_sd**-2])
    mean = float(np.average([measured, forecast], weights=weights))
    return mean, float(weights.sum() ** -0.5)
