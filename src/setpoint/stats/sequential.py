"""Boundaries that hold at every look, as multipliers c of the standard deviation: lower bound = S - c sqrt(V).

S is a sum whose error is a martingale with variance V (a Brownian motion at time V, asymptotically).
`information` is V as a share of the V planned for the end. All boundaries are one-sided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr, ndtri

SMALLEST_STEP = 0.002  # looks that add less than this share of information count as one look
OVERRUN_SHARE = 0.2  # of alpha, kept for looks beyond the planned information
_FARTHEST = 8.0  # the multiplier where there is nothing to spend
_NEGLIGIBLE = 1e-9  # error that is not worth spending
_LEAST_CHANCE = float(np.finfo(np.float64).tiny)
_RANGE = 7.0  # standard deviations that the quadrature covers: beyond lies 1e-12
_NODES = 320  # nearer to each other than the standard deviation of the smallest step


def obrien_fleming(information: float, alpha: float) -> float:
    """Error spent by an information share t: 2 (1 - Phi(z_{1 - alpha/2} / sqrt(t))); all of alpha from t = 1 on.

    Source: Lan and DeMets, Biometrika 70 (1983), alpha*_1, the O'Brien-Fleming type.
    """
    if information <= 0:
        return 0.0
    z = -float(ndtri(alpha / 2))
    return 2 * float(ndtr(-z / sqrt(min(information, 1.0))))


def linear_with_overrun(information: float, alpha: float) -> float:
    """Four fifths of alpha spent evenly over the plan, alpha t; the last fifth beyond it as 1 - 1/t^3.

    Campaigns stop as soon as their goal is proven, mostly long before the information that was planned, so error is
    spent evenly rather than saved for the end (Kim and DeMets, Biometrika 74 (1987), the power family with rho = 1).
    And they may see more information than was planned: a boundary that had spent all its error at t = 1 would be
    infinite from there on; this one goes on, and never spends more than alpha.
    """
    if information <= 0:
        return 0.0
    planned = alpha * (1 - OVERRUN_SHARE) * min(information, 1.0)
    return planned + alpha * OVERRUN_SHARE * max(0.0, 1 - information**-3)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk that has not crossed yet: sub-density times quadrature weight at nodes, error spent, boundaries so far."""

    time: float
    nodes: npt.NDArray[np.float64]
    mass: npt.NDArray[np.float64]
    spent: float
    multipliers: tuple[float, ...]


def group_sequential_multipliers(
    looks: Sequence[float], alpha: float, *, overrun: bool = False, last: bool = False
) -> tuple[float, ...]:
    """Group-sequential multiplier of each look, by recursive numerical integration of the surviving density.

    `looks` are information shares, increasing; their number and times need not be known in advance, only independent
    of the effect seen. With `overrun` a fifth of alpha is kept for information beyond the plan; with `last` the last
    look spends all that is left. Source: Armitage, McPherson and Rowe, JRSS A 132 (1969); Lan and DeMets (1983).
    """
    times = distinct_looks(looks)
    if not times or times[0] <= 0:
        raise ValueError("looks are positive, increasing information shares")
    if not last:
        return _walk(times, alpha, overrun).multipliers
    return _step(_walk(times[:-1], alpha, overrun), times[-1], alpha).multipliers


def distinct_looks(looks: Sequence[float]) -> tuple[float, ...]:
    """The looks that added information, increasing; a look that added next to nothing is the look before it."""
    kept: list[float] = []
    for look in looks:
        if not kept or look - kept[-1] > SMALLEST_STEP * kept[-1]:
            kept.append(float(look))
    return tuple(kept)


def confidence_sequence_multiplier(information: float, alpha: float, *, tuned_at: float = 1.0) -> float:
    """One-sided normal-mixture boundary, valid at any number of looks at any times, tightest at `tuned_at`.

    With n sigma^2 = V and x = n rho^2: c = sqrt(2 (1 + 1/x) log(1 + sqrt(x + 1) / (2 alpha))).
    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic
    confidence sequences", Annals of Statistics 52 (2024), one-sided form.
    """
    if information <= 0:
        return inf
    return _mixture_multiplier(_best_precision(alpha) * information / tuned_at, alpha)


def _mixture_multiplier(x: float, alpha: float) -> float:
    return sqrt(2 * (1 + 1 / x) * log(1 + sqrt(x + 1) / (2 * alpha)))


@lru_cache(maxsize=64)
def _best_precision(alpha: float) -> float:
    best = minimize_scalar(lambda power: _mixture_multiplier(10**power, alpha), bounds=(-2, 4), method="bounded")
    return float(10**best.x)


def _spending(time: float, alpha: float, overrun: bool) -> float:
    return (linear_with_overrun if overrun else obrien_fleming)(time, alpha)


@lru_cache(maxsize=4096)
def _walk(times: tuple[float, ...], alpha: float, overrun: bool) -> _Walk:
    if not times:
        return _Walk(0.0, np.zeros(1), np.ones(1), 0.0, ())
    before = _walk(times[:-1], alpha, overrun)
    return _step(before, times[-1], _spending(times[-1], alpha, overrun))


def _step(before: _Walk, time: float, spent: float) -> _Walk:
    step, scale = sqrt(time - before.time), sqrt(time)
    multiplier = _crossing(before, step, scale, spent)
    nodes, weights = _quadrature(-_RANGE * scale, min(multiplier, _RANGE) * scale)
    kernel = np.subtract.outer(nodes / step, before.nodes / step)
    kernel *= kernel
    kernel *= -0.5
    np.exp(kernel, out=kernel)
    mass = weights * (kernel @ before.mass) / (step * sqrt(2 * np.pi))
    really = before.spent if multiplier == _FARTHEST else spent
    return _Walk(time, nodes, mass, really, (*before.multipliers, multiplier))


def _crossing(before: _Walk, step: float, scale: float, spent: float) -> float:
    """The multiplier at which the chance to cross now for the first time is what may be spent now.

    It lies between that of one look with all the error spent so far and that of one look with the error spent now.
    """
    budget = spent - before.spent
    if budget < _NEGLIGIBLE:
        return _FARTHEST

    def excess(multiplier: float) -> float:
        chance = float(ndtr((before.nodes - multiplier * scale) / step) @ before.mass)
        return log(max(chance, _LEAST_CHANCE) / budget)  # soon after the last look no double may be left of it

    nearest, farthest = -float(ndtri(spent)) - 0.01, -float(ndtri(budget)) + 0.01
    return float(brentq(excess, nearest, farthest, xtol=1e-9))


@lru_cache(maxsize=1)
def _legendre() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _quadrature(low: float, high: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    nodes, weights = _legendre()
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights
