"""How likely the goal still is."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import numpy.typing as npt

from setpoint.experiments.increment import ReadingPlan
from setpoint.experiments.types import GoalChance, Reading
from setpoint.kernel.randomness import generator
from setpoint.stats.sequential import confidence_sequence_multiplier, distinct_looks, group_sequential_multipliers

DRAWS = 4000
Floats = npt.NDArray[np.float64]

NOTHING_READ = Reading(0.0, -inf, (-inf, inf), 0.0, "not enough data", "none", 0.0, 0, 0, 0, 0.0, 0.0)


def chance_of_goal(
    reading: Reading,
    *,
    remaining_rounds: int,
    forecast_effect_per_round: float,
    forecast_sd: float,
    forecast_variance_per_round: float,
    target: float,
    plan: ReadingPlan | None = None,
) -> GoalChance:
    """Predictive probability that the goal is proven at a remaining look, and that the final estimate meets it.

    Draws the rest of the campaign from a fixed seed: the effect of a round is normal with mean and sd as forecast (in
    doubt about the size, so the same draw for all rounds), its estimate adds noise of `forecast_variance_per_round`;
    at each look the boundary is the one that the plan will apply. `plan` defaults to an information that is complete
    when the remaining rounds are over. Without remaining rounds the probabilities are 0 or 1.
    Source: predictive power, Spiegelhalter, Freedman and Blackburn, Controlled Clinical Trials 7 (1986).
    """
    rounds = np.arange(1, remaining_rounds + 1)
    variance: Floats = reading.variance + rounds.astype(np.float64) * forecast_variance_per_round
    plan = plan or _plan_to_the_end(reading, float(variance[-1]) if rounds.size else reading.variance)
    paths = _paths(rounds, forecast_effect_per_round, forecast_sd, forecast_variance_per_round)
    estimates = reading.estimate + paths
    needed = target + _multipliers(plan, variance) * np.sqrt(variance)
    already = reading.proven_at_least >= target
    end = estimates[:, -1] if rounds.size else np.array([reading.estimate])
    return GoalChance(
        proof=1.0 if already else float((estimates >= needed).any(axis=1).mean()),
        estimate=float((end >= target).mean()),
        expected_increment=reading.estimate + remaining_rounds * forecast_effect_per_round,
    )


def _paths(rounds: npt.NDArray[np.int64], effect: float, sd: float, variance: float) -> Floats:
    """Sums of the remaining rounds' estimates, (draws, rounds)."""
    random = generator("chance of goal", rounds.size)
    size = effect + sd * random.standard_normal((DRAWS, 1))
    noise = sqrt(variance) * random.standard_normal((DRAWS, rounds.size))
    return size * rounds + np.cumsum(noise, axis=1)


def _plan_to_the_end(reading: Reading, variance: float) -> ReadingPlan:
    end = variance if variance > 0 else 1.0
    seen = reading.variance / end
    return ReadingPlan(planned_information=end, looks=(seen,) if reading.method != "none" and seen > 0 else ())


def _multipliers(plan: ReadingPlan, variance: Floats) -> Floats:
    """The boundary at each coming look."""
    information = variance / plan.planned_information
    if plan.method == "confidence sequence":
        return np.array([confidence_sequence_multiplier(share, plan.alpha) for share in information])
    earlier = distinct_looks(sorted(look for look in plan.looks if look > 0))
    floor = earlier[-1] if earlier else 0.0
    found: list[float] = []
    looks = earlier
    for share in information:
        looks = distinct_looks((*looks, max(float(share), floor)))
        found.append(group_sequential_multipliers(looks, plan.alpha, overrun=True)[-1] if looks[-1] > 0 else inf)
    return np.array(found)
