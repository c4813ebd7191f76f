"""Step seven: what the sends caused, what it cost, and whether anything forbids going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import msgspec
import numpy as np

from setpoint.autopilot.chances import chance_of, target_in_sum
from setpoint.autopilot.cohorts import cohorts_of
from setpoint.autopilot.journal import result_of
from setpoint.autopilot.outcomes import Outcomes, outcomes_of
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.responses import response_counts
from setpoint.autopilot.types import Collected, Evaluation, Running
from setpoint.delivery import services as delivery
from setpoint.experiments import services as experiments
from setpoint.experiments.types import Cohort, EchoCheck, GuardReading, Method, Reading


@dataclass(frozen=True, slots=True)
class _Read:
    """Everything read from the cohorts that have matured."""

    reading: Reading
    echo: EchoCheck | None
    planned_information: float
    method: Method


def evaluate(campaign: Running, outcomes: Collected) -> Evaluation:
    """Read increment, echo, ratio and guardrails over all matured rounds; say how likely the goal still is."""
    earlier = result_of(campaign.id, campaign.number - 1, "evaluate", Evaluation)
    found = outcomes_of(campaign)
    read = _read(campaign, cohorts_of(campaign, found, campaign.spec.goal.metric), earlier)
    revenue = _revenue(campaign, found, read)
    ratio = _ratio(found)
    guards = _guards(campaign)
    budget = [line for line in delivery.budgets(campaign.key) if line.scope == "campaign"]
    value, proven, interval = goal_numbers(campaign, found, read.reading)
    is_proven, reason = _proof(campaign, read, value)
    return Evaluation(
        reading=_finite(msgspec.to_builtins(read.reading)),
        goal_value=value,
        goal_proven=proven,
        goal_interval=interval,
        is_proven=is_proven,
        proof_reason=reason,
        echo=_finite(msgspec.to_builtins(read.echo)) if read.echo else {},
        ratio=msgspec.to_builtins(ratio),
        harm=tuple(_harm(read.reading, guards)),
        chance_of_goal=_chance(campaign, read, value),
        spend={line.resource: int(line.committed) for line in budget},
        reserved={line.resource: int(line.reserved) for line in budget},
        revenue=float(found.value[found.exposed].sum()),
        incremental_revenue=revenue.estimate,
        incremental_revenue_interval=_interval(revenue),
        looks=_looks(read.reading, earlier),
        planned_information=read.planned_information,
        guards={name: msgspec.to_builtins(guard) for name, guard in guards.items()},
    )


def goal_numbers(
    campaign: Running, found: Outcomes, reading: Reading
) -> tuple[float, float | None, tuple[float, float] | None]:
    """Best estimate, proven at least, and interval in the goal's own unit."""
    if not campaign.spec.goal.incremental:
        count = _gross(campaign, found)
        return count, count, (count, count)
    per = 1.0 / max(1, reading.exposed) if campaign.spec.goal.metric == "conversion_rate" else 1.0
    low, high = reading.interval
    if not (isfinite(low) and isfinite(high)):
        return reading.estimate * per, None, None
    return reading.estimate * per, reading.proven_at_least * per, (low * per, high * per)


def _gross(campaign: Running, found: Outcomes) -> float:
    """A plain count over everybody decided on: conversions, their share, or their revenue."""
    if campaign.spec.goal.metric == "revenue":
        return float(found.value.sum())
    converted = float(np.count_nonzero(found.converted))
    return converted / max(1, len(found.converted)) if campaign.spec.goal.metric == "conversion_rate" else converted


def _read(campaign: Running, cohorts: Sequence[Cohort], earlier: Evaluation | None) -> _Read:
    method: Method = "confidence sequence" if campaign.plan_changed else "group sequential"
    planned = earlier.planned_information if earlier else _planned_information(campaign, cohorts)
    reading = experiments.read_increment(
        cohorts,
        planned_information=planned,
        alpha=campaign.spec.alpha,
        looks=earlier.looks if earlier else (),
        method=method,
        last=_is_last(campaign),
    )
    echo = experiments.echo_check(cohorts, planned_information=planned, alpha=campaign.spec.alpha, method=method)
    return _Read(reading, echo, planned, method)


def _planned_information(campaign: Running, cohorts: Sequence[Cohort]) -> float:
    """The variance that the campaign will have seen at its end, were every round like the first."""
    chosen = sum(len(cohort.outcome) for cohort in cohorts)
    if not chosen:
        return 1.0
    squares = np.concatenate([cohort.outcome**2 for cohort in cohorts])
    second_moment = max(float(squares.mean()), 1.0 / chosen)
    share = float(np.concatenate([cohort.suppressed_share for cohort in cohorts]).mean())
    rounds = campaign.number + rounds_left(campaign.spec, campaign.round_started_at) - 1
    return experiments.planned_information(chosen * rounds, share, second_moment)


def _is_last(campaign: Running) -> bool:
    return rounds_left(campaign.spec, campaign.round_started_at) <= 1


def _revenue(campaign: Running, found: Outcomes, read: _Read) -> Reading:
    """The incremental revenue beside any other goal: for the report, never for a stop."""
    if campaign.spec.goal.metric == "revenue":
        return read.reading
    cohorts = cohorts_of(campaign, found, "revenue")
    planned = _planned_information(campaign, cohorts)
    return experiments.read_increment(
        cohorts, planned_information=planned, alpha=campaign.spec.alpha, method="confidence sequence"
    )


def _proof(campaign: Running, read: _Read, value: float) -> tuple[bool, str]:
    goal = campaign.spec.goal
    if not goal.incremental:
        return value >= goal.target, "counted" if value >= goal.target else "count_below_target"
    check = experiments.goal_is_proven(read.reading, read.echo, target_in_sum(campaign.spec, read.reading))
    return check.proven, check.reason


def _ratio(found: Outcomes) -> Any:
    chosen = found.chosen > 0
    share = float(found.suppressed_share[chosen].mean()) if chosen.any() else 0.0
    withheld = int(np.count_nonzero(found.held_back[chosen]))
    return experiments.ratio_check(share, withheld, int(np.count_nonzero(chosen)))


def _guards(campaign: Running) -> dict[str, GuardReading]:
    """Each guardrail reads at half of alpha, so that both together keep it (Bonferroni)."""
    counts = response_counts(campaign.key)
    limits = campaign.spec.guardrails
    named = {"unsubscribe_rate": (counts.unsubscribed, limits.unsubscribe_rate)}
    named["complaint_rate"] = (counts.complained, limits.complaint_rate)
    alpha = campaign.spec.alpha / len(named)
    return {
        name: experiments.rate_guard(events, counts.sent, limit, alpha=alpha)
        for name, (events, limit) in named.items()
        if 0 < limit < 1
    }


def _harm(reading: Reading, guards: Mapping[str, GuardReading]) -> list[str]:
    rates = [f"guardrail:{name}" for name, guard in guards.items() if guard.harm]
    return [*rates, *(["harm_proven"] if reading.verdict == "harm proven" else [])]


def _chance(campaign: Running, read: _Read, value: float) -> float:
    """Predictive probability of proof by the deadline, were the coming rounds like those so far."""
    remaining = rounds_left(campaign.spec, campaign.round_started_at) - 1
    return chance_of(
        campaign.spec, read.reading, value, campaign_id=campaign.id, done=campaign.number, remaining=remaining
    )


def _looks(reading: Reading, earlier: Evaluation | None) -> tuple[float, ...]:
    before = tuple(earlier.looks) if earlier else ()
    return before if reading.method == "none" else (*before, reading.information)


def _interval(reading: Reading) -> tuple[float, float] | None:
    low, high = reading.interval
    return (low, high) if isfinite(low) and isfinite(high) else None


def _finite(found: Any) -> Any:
    """The same without infinities, which JSON does not know."""
    if isinstance(found, dict):
        return {name: _finite(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [_finite(value) for value in found]
    return None if isinstance(found, float) and not isfinite(found) else found
