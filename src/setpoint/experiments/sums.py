"""Sufficient statistics of the increment, and the bounds that follow from them.

For a row with a chosen send let Y(0) be its outcome without the send, R(0) = Y(0) - m with a prediction m from earlier
data alone, A = 1 if sent (probability 1 - s), and w = (1 - s) / s. The increment summed over those sent is estimated by

    T = sum over sent of (Y - m)  -  sum over held back of w (Y - m).

Its error, T - sum over sent of (Y(1) - Y(0)) = sum of R(0) (A - w (1 - A)), has mean zero given everything before the
coin, whatever m is: rounds add up to a martingale. Its variance is V = sum over all rows of w R(0)^2: only outcomes
without a send matter, and those of the sent are known up to the increment D itself, because sum Y(0) = sum Y - D. So

    V(D) = sum of w [ theta (Y^2 - 2 m Y) + m^2 ],   theta = 1 - D / sum Y,

in which no small arm's sample variance appears. For conversions and m = 0 this is the variance of the exact binomial
law of held-back conversions given sum Y(0). For other outcomes an increment may come in other amounts than the rest, so
the direct estimate, sum over held back of w/s R^2, is used where it is larger. To that comes, for a positive increment,
its own sampling variance D sum Y^2 / sum Y, so that the bound also holds for the expected increment of those sent.

Bounds invert the test: L is the smallest D with S - D <= c sqrt(V(D)), a quadratic, likewise U.
Source: Rosenbaum, Observational Studies (2002), ch. 2 (randomisation inference); Miettinen and Nurminen,
Statistics in Medicine 4 (1985) (variance under the hypothesis); Hadad et al., PNAS 118 (2021) (adaptive weights).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from setpoint.experiments.repeats import Repeats
from setpoint.experiments.types import Cohort

Floats = npt.NDArray[np.float64]
WINSOR_QUANTILE = 0.999


@dataclass(frozen=True, slots=True)
class IncrementSums:
    """What a cohort says about the increment; cohorts add up. Fields are numbers, or arrays of many campaigns."""

    exposed: Any = 0
    withheld: Any = 0
    conversions_exposed: Any = 0.0  # rows with an outcome above zero
    conversions_withheld: Any = 0.0
    effect: Any = 0.0  # T
    variance: Any = 0.0  # V at no increment
    outcome_part: Any = 0.0  # sum of w (Y^2 - 2 m Y), the part of V that shrinks with theta
    outcomes: Any = 0.0  # sum of Y
    squares: Any = 0.0  # sum of Y^2
    variance_withheld: Any = 0.0  # V by the held-back alone; 0 where outcomes are conversions
    pairs: Any = 0.0  # of rows of one customer in different rounds
    factor_products: Any = 0.0  # sum of f f' over them
    residual_products: Any = 0.0  # sum of R R' over them

    def __add__(self, other: IncrementSums) -> IncrementSums:
        return IncrementSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Estimate, bounds and standard error; numbers or arrays, as the sums were."""

    estimate: Any
    lower: Any
    upper: Any
    standard_error: Any


def bounds(sums: IncrementSums, multiplier: float | Floats) -> Bounds:
    """Bounds of the true increment at `multiplier` standard deviations, in the units of the outcome."""
    outcomes = np.where(sums.outcomes > 0, sums.outcomes, np.inf)
    own_variance = np.where(sums.effect > 0, sums.squares / outcomes, 0.0)
    slope = np.maximum(sums.outcome_part / outcomes, 0.0) - own_variance
    tied = 2 * np.maximum(sums.factor_products / np.maximum(sums.pairs, 1.0) * sums.residual_products, 0.0)
    at_estimate = np.maximum(np.maximum(sums.variance - slope * sums.effect, sums.variance_withheld), 0.0) + tied
    half, square = multiplier**2 * slope / 2, multiplier**2 * at_estimate
    root = np.sqrt(half**2 + square)
    return Bounds(sums.effect, sums.effect - (half + root), sums.effect + (root - half), np.sqrt(at_estimate))


def sums_of(cohorts: Sequence[Cohort]) -> list[IncrementSums]:
    """The sums of each cohort, oldest first; amounts are winsorised at the 99.9th percentile of all rows.

    Predictions are centred by what the held-back of earlier rounds and of the other half of the cohort did beyond them:
    never by a row's own coin, so the estimate stays unbiased.
    """
    ordered = sorted(cohorts, key=lambda cohort: cohort.round)
    binary = all(bool(np.isin(cohort.outcome, (0.0, 1.0)).all()) for cohort in ordered)
    cap = np.inf if binary or not ordered else _cap(np.concatenate([cohort.outcome for cohort in ordered]))
    found, surprise, rows, repeats = [], 0.0, 0, Repeats()
    for cohort in ordered:
        outcome = np.minimum(cohort.outcome, cap)
        beyond = np.where(cohort.exposed, 0.0, outcome - cohort.prediction)
        centres = _centres(beyond, ~cohort.exposed, surprise, rows)
        found.append(_sums(cohort, outcome, cohort.prediction + centres, binary, repeats))
        surprise, rows = surprise + float(beyond.sum()), rows + int((~cohort.exposed).sum())
    return found


def total(parts: Sequence[IncrementSums]) -> IncrementSums:
    """All parts added up."""
    return sum(parts, start=IncrementSums())


def _cap(outcomes: Floats) -> float:
    return float(np.quantile(outcomes, WINSOR_QUANTILE)) if outcomes.size else np.inf


def _centres(beyond: Floats, withheld: npt.NDArray[np.bool_], surprise: float, rows: int) -> Floats:
    """Each row's correction of its prediction: mean surprise of the earlier held-back and those of the other half."""
    odd = np.arange(beyond.size) % 2 == 1
    centres = np.zeros(beyond.size)
    for half in (odd, ~odd):
        others = rows + int(withheld[~half].sum())
        centres[half] = (surprise + float(beyond[~half].sum())) / others if others else 0.0
    return centres


def _sums(cohort: Cohort, outcome: Floats, prediction: Floats, binary: bool, repeats: Repeats) -> IncrementSums:
    sent, share = cohort.exposed, cohort.suppressed_share
    if share.size and not bool(((share > 0) & (share <= 1)).all()):
        raise ValueError("every row of a cohort needs a probability above zero to be held back")
    weight = (1 - share) / share
    residual = outcome - prediction
    part = weight * (outcome**2 - 2 * prediction * outcome)
    direct = 0.0 if binary else float((weight / share * residual**2)[~sent].sum())
    pairs, factors, residuals = 0.0, 0.0, 0.0
    if cohort.customer_ids is not None:
        pairs, factors, residuals = repeats.add(cohort.customer_ids, residual, np.where(sent, 1.0, -weight))
    return IncrementSums(
        exposed=int(sent.sum()),
        withheld=int((~sent).sum()),
        conversions_exposed=float((outcome[sent] > 0).sum()),
        conversions_withheld=float((outcome[~sent] > 0).sum()),
        effect=float(residual[sent].sum() - (weight * residual)[~sent].sum()),
        variance=float((weight * residual**2).sum()),
        outcome_part=float(part.sum()),
        outcomes=float(outcome.sum()),
        squares=float((outcome**2).sum()),
        variance_withheld=direct,
        pairs=pairs,
        factor_products=factors,
        residual_products=residuals,
    )
