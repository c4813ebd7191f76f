"""How much old rounds still count: geometric decay, and less still after a proven change."""

from __future__ import annotations

import numpy as np

from setpoint.kernel import randomness
from setpoint.learning.glm import Posterior, Rows
from setpoint.learning.types import Floats, Ints

HALF_LIFE = 8.0
_ALLOWANCE = 1.0
_THRESHOLD = 5.0
_DRAWS = 24
_AFTER_CHANGE = 0.25


def decay(rounds: Ints, half_life: float = HALF_LIFE) -> Floats:
    """Weight of each row: 1 in the latest round, one half `half_life` rounds earlier."""
    if not len(rounds):
        return np.zeros(0)
    weight: Floats = np.power(0.5, (rounds.max() - rounds) / half_life)
    return weight


def page_hinkley(residuals: Floats, *, allowance: float = _ALLOWANCE, threshold: float = _THRESHOLD) -> int | None:
    """Index at which the mean of standardised residuals has changed, or None (Page 1954; two-sided).

    The alarm of a sum that rose by more than `threshold` since its lowest point; the change is dated at that point.
    """
    for sign in (1.0, -1.0):
        total, lowest, since = 0.0, 0.0, 0
        for index, residual in enumerate(residuals):
            total += sign * residual - allowance
            if total < lowest:
                lowest, since = total, index + 1
            elif total - lowest > threshold:
                return since
    return None


def round_residuals(rows: Rows, rounds: Ints, posterior: Posterior) -> Floats:
    """One standardised residual a round: (conversions - expected) / sd, by a model of earlier rounds.

    The variance is that of the conversions plus that of the model's own doubt.
    """
    every, starts = np.arange(len(rounds)), np.unique(rounds)
    generator = randomness.generator("drift", len(rounds))
    guesses = [posterior.mean(rows.features, each)[rows.realised, every] for each in posterior.draws(_DRAWS, generator)]
    expected = np.array([_by_round(rows.trials * guess, rounds, starts) for guess in guesses])
    mean = np.mean(guesses, axis=0)
    spread = _by_round(rows.trials * mean * (1 - mean), rounds, starts) + expected.var(axis=0)
    surprise = _by_round(rows.reward, rounds, starts) - expected.mean(axis=0)
    residuals: Floats = surprise / np.sqrt(np.maximum(spread, 1e-9))
    return residuals


def _by_round(values: Floats, rounds: Ints, starts: Ints) -> Floats:
    sums: Floats = np.bincount(np.searchsorted(starts, rounds), weights=values, minlength=len(starts)).astype(float)
    return sums


def weights(rounds: Ints, changed_at: int | None) -> Floats:
    """Weight of each row, with rounds before a proven change at a quarter, which widens the posterior."""
    weight = decay(rounds)
    return weight if changed_at is None else np.where(rounds < changed_at, weight * _AFTER_CHANGE, weight)
