"""Off-policy values: what a policy would have earned on logged data of another one whose probabilities are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from setpoint.kernel import randomness
from setpoint.learning.types import Floats, Ints


@dataclass(frozen=True, slots=True)
class Value:
    """A mean reward per decision with its interval. `ess` is the effective sample size (sum w)^2 / sum w^2."""

    estimate: float
    interval: tuple[float, float]
    standard_error: float
    ess: float
    heaviest: float


def ips(reward: Floats, target: Floats, logged: Floats, *, level: float = 0.95) -> Value:
    """Inverse propensity scores (Horvitz, Thompson 1952). `target` and `logged` (m,): chances of the logged action."""
    weight = target / logged
    return _normal(weight * reward, weight, level)


def snips(reward: Floats, target: Floats, logged: Floats, *, level: float = 0.95) -> Value:
    """Self-normalised IPS (Swaminathan and Joachims 2015), with the delta method's standard error."""
    weight = target / logged
    total = weight.mean()
    if total <= 0:
        return Value(0.0, (float("-inf"), float("inf")), float("inf"), 0.0, 0.0)
    estimate = float((weight * reward).mean() / total)
    influence = estimate + weight * (reward - estimate) / total
    return _normal(influence, weight, level)


def doubly_robust(
    reward: Floats, chosen: Ints, target: Floats, logged: Floats, model: Floats, *, level: float = 0.95
) -> Value:
    """Doubly robust value (Dudik, Langford and Li 2011). `target` (m, A) probabilities, `logged` (m,) of the chosen
    action, `model` (m, A) expected rewards from other rows."""
    scores, weight = dr_scores(reward, chosen, target, logged, model)
    return _normal(scores, weight, level)


def dr_scores(reward: Floats, chosen: Ints, target: Floats, logged: Floats, model: Floats) -> tuple[Floats, Floats]:
    """(m,) doubly robust scores, whose mean is the value, and (m,) weights."""
    every = np.arange(len(chosen))
    weight = target[every, chosen] / logged
    direct: Floats = (target * model).sum(axis=1)
    return direct + weight * (reward - model[every, chosen]), weight


def bootstrap(scores: Floats, *, seed: int, level: float = 0.95, rounds: int = 1000) -> tuple[float, float]:
    """Percentile interval of the mean of independent scores."""
    generator = randomness.generator("bootstrap", seed)
    means = [scores[generator.integers(0, len(scores), len(scores))].mean() for _ in range(rounds)]
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def mean_value(scores: Floats, *, level: float = 0.95) -> Value:
    """The mean of independent scores with a normal interval."""
    return _normal(scores, np.ones(len(scores)), level)


def _normal(scores: Floats, weight: Floats, level: float) -> Value:
    m = len(scores)
    estimate = float(scores.mean()) if m else 0.0
    error = float(scores.std(ddof=1) / np.sqrt(m)) if m > 1 else float("inf")
    half = float(ndtri((1 + level) / 2)) * error
    squares = float((weight**2).sum())
    ess = float(weight.sum()) ** 2 / squares if squares > 0 else 0.0
    return Value(estimate, (estimate - half, estimate + half), error, ess, float(weight.max(initial=0.0)))
