"""How likely the goal still is: as things stand, and were the goal, its deadline or a limit another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import msgspec
import numpy as np

from setpoint.autopilot.journal import results_of
from setpoint.autopilot.limits import in_units, ledger_limits
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import CampaignSpec, Evaluation, Plan
from setpoint.delivery import services as delivery
from setpoint.delivery.types import BudgetLine
from setpoint.experiments import services as experiments
from setpoint.experiments.types import Reading

LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Coming:
    """What other limits make of the coming rounds: the share of their effect that remains, and what each gains."""

    share: float = 1.0
    more: float = 0.0


AS_BEFORE = Coming()


def chance_of(
    spec: CampaignSpec,
    reading: Reading,
    value: float,
    *,
    campaign_id: int,
    done: int,
    remaining: int,
    coming: Coming = AS_BEFORE,
) -> float:
    """Predictive probability of proof after `done` rounds, were the `remaining` ones like those so far but for what
    `coming` says of them."""
    goal = spec.goal
    if not goal.incremental:
        return float(value + remaining * (coming.share * value / max(1, done) + coming.more) >= goal.target)
    effect, sd = _coming_effect(campaign_id, done, reading)
    chance = experiments.chance_of_goal(
        reading,
        remaining_rounds=max(0, remaining),
        forecast_effect_per_round=coming.share * effect + coming.more,
        forecast_sd=coming.share * sd + coming.more / 2,
        forecast_variance_per_round=max(LEAST_VARIANCE, reading.variance / max(1, done)),
        target=target_in_sum(spec, reading),
    )
    return chance.proof


def chance_with(campaign: Campaign, spec: CampaignSpec) -> float | None:
    """The chance that this campaign would have with another goal, deadline or limits; None before anything is measured."""
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    if not evaluations or campaign.round_started_at is None:
        return None
    done = max(evaluations)
    last = evaluations[done]
    remaining = rounds_left(spec, campaign.round_started_at) - (campaign.round == done)
    reading = reading_of(last.reading)
    return chance_of(
        spec,
        reading,
        last.goal_value,
        campaign_id=campaign.pk,
        done=done,
        remaining=remaining,
        coming=_coming_with(campaign, spec, done, max(1, remaining)),
    )


def shadow_price(campaign: Campaign, line: BudgetLine) -> float:
    """What one more unit of a limit would bring by the last plan."""
    plans = results_of(campaign.pk, "plan", Plan)
    if not plans:
        return 0.0
    name = line.resource if line.scope == "campaign" else f"{line.scope}:{line.resource}"
    return float(plans[max(plans)].shadow_prices.get(name, 0.0))


def changed_lines(campaign: Campaign, spec: CampaignSpec) -> Iterator[tuple[BudgetLine, int]]:
    """Lines of the ledger whose limit would be another, with that limit."""
    lines = {(line.scope, line.resource): line for line in delivery.budgets(campaign.key)}
    for limit in ledger_limits(spec.limits):
        line = lines.get((limit.scope, limit.resource))
        if line is not None and line.limit != limit.amount:
            yield line, limit.amount


def _coming_with(campaign: Campaign, spec: CampaignSpec, done: int, remaining: int) -> Coming:
    """The coming rounds under the limits of `spec`. A higher limit brings its shadow price for each unit; what of a lower
    one is left may be less than rounds like those so far use, and then they bring less in the same proportion."""
    share, more = 1.0, 0.0
    for line, amount in changed_lines(campaign, spec):
        bound = line.reserved + line.committed
        if amount > line.limit:
            more += shadow_price(campaign, line) * in_units(line, amount - line.limit) / remaining
        elif bound:
            share = min(share, max(0, amount - bound) / (bound / max(1, done) * remaining))
    return Coming(share, more)


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
