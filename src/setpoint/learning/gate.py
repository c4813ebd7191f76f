"""Is there anything to personalise? A calibration slope that randomisation alone makes valid.

Each fold of customers is judged by models fitted on the folds before it, never the other way round: ordinary
cross-fitting lets folds lean on each other, and the slope's z-score then has a standard deviation of 1.25. For each row, h(a) is the predicted effect of action a less that action's mean
effect, and z = h(realised) - E[h] over the logged probabilities. Given the features z has mean zero by
randomisation, so the slope of (outcome - expected outcome) on z is the share of predicted heterogeneity that is real,
however wrong the models are (the residual-on-residual idea of Nie and Wager, Biometrika 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from setpoint.learning.glm import Posterior
from setpoint.learning.types import Bools, Floats, Ints, Trials

Personalisation = Literal["proven", "not proven", "not enough data"]
FOLDS = 4
_Z = 2.33  # one-sided 1 %, because the gate is asked again every round
_FEWEST_EVENTS = 100.0
_PLENTY_EVENTS = 400.0


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict with its evidence: slope (1 = predictions hold, 0 = nothing in them) and its interval."""

    verdict: Personalisation
    slope: float = 0.0
    interval: tuple[float, float] = (float("-inf"), float("inf"))
    events: float = 0.0

    @property
    def trust(self) -> float:
        """Share of the predicted differences between customers to act on: all when proven or when too little is known
        to judge (the prior shrinks them then), else (1 - 1 / z^2)+ (James and Stein), 0 below one standard error."""
        if self.verdict != "not proven":
            return 1.0
        z = _Z * self.slope / max(self.interval[1] - self.slope, 1e-12)
        return max(0.0, 1 - 1 / z**2) if z > 0 else 0.0


def heterogeneity(trials: Trials, fitted: Callable[[Trials], Posterior], *, folds: Ints) -> Gate:
    """The gate's verdict on matured rows. `folds` (m,) from 0 to FOLDS - 1, by customer, so that no one is in two."""
    ripe = trials.maturity >= 0.99
    trials, folds = trials.rows(ripe), folds[ripe]
    events = float(trials.converted.sum())
    if events < _FEWEST_EVENTS or min(trials.exposed.sum(), (~trials.exposed).sum()) < 100:
        return Gate("not enough data", events=events)
    parts = [_fold(trials, folds < fold, folds == fold, fitted) for fold in range(1, FOLDS)]
    residual, z, level = (np.concatenate(each) for each in zip(*parts, strict=True))
    slope, error = _slope(residual, np.column_stack([z, level]))
    interval = (slope - _Z * error, slope + _Z * error)
    return Gate(_verdict(interval, error, events), slope, interval, events)


def exposure(trials: Trials) -> Floats:
    """(m, A) probability that each action really happened: a chosen send may have been held back."""
    sent = trials.probabilities * (1 - trials.suppressed_share)[:, None]
    sent[:, 0] = 1 - sent[:, 1:].sum(axis=1)
    return sent


def _fold(
    trials: Trials, before: Bools, test: Bools, fitted: Callable[[Trials], Posterior]
) -> tuple[Floats, Floats, Floats]:
    posterior, rows = fitted(trials.rows(before)), trials.rows(test)
    mean = posterior.mean(rows.features).T
    effect = mean - mean[:, :1]
    level = effect.mean(axis=0)
    chance = exposure(rows)
    every, realised = np.arange(len(mean)), rows.realised
    personal = effect - level
    z = personal[every, realised] - (chance * personal).sum(axis=1)
    common = level[realised] - chance @ level
    return rows.converted - (chance * mean).sum(axis=1), z, common


def _slope(residual: Floats, columns: Floats) -> tuple[float, float]:
    """Least squares slope of the first column with a sandwich standard error."""
    cross = columns.T @ columns + 1e-12 * np.eye(columns.shape[1])
    inverse = np.linalg.inv(cross)
    beta = inverse @ (columns.T @ residual)
    left = columns * (residual - columns @ beta)[:, None]
    covariance = inverse @ (left.T @ left) @ inverse
    return float(beta[0]), float(np.sqrt(max(covariance[0, 0], 0.0)))


def _verdict(interval: tuple[float, float], error: float, events: float) -> Personalisation:
    """With few events, and so wide an interval that even perfect predictions could not be told, say so."""
    if interval[0] > 0:
        return "proven"
    return "not enough data" if events < _PLENTY_EVENTS and error > 1 / _Z else "not proven"
