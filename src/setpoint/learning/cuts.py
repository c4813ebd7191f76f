"""Minimise the dual of an allocation: convex, piecewise linear, few prices.

Prices start at zero for all; only resources that are passed get a price (active set). One price: the tangents at both
ends of a bracket meet in the next point (secant of subgradients). Several: Kelley's cutting planes in a box around the
best point, which grows when it binds and shrinks when a step fails (Marsten, Hogan and Blankenship 1975).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import linprog

from setpoint.learning.tableau import Tableau
from setpoint.learning.types import Floats, Ints

Dual = Callable[[Floats], tuple[float, Floats]]
EXACT = 1e-6
_MOST_STEPS = 50


def minimise(tableau: Tableau, start: Floats, tolerance: float = EXACT) -> tuple[Floats, float]:
    """The best prices found and the dual there, a bound on every feasible choice.

    It is within `tolerance` times the dual at zero prices of the least bound.
    """
    prices = np.zeros(len(tableau.limits))
    top, slack = tableau.dual(prices)
    if not len(prices) or top <= 0:
        return prices, max(top, 0.0)
    active = list(np.flatnonzero(slack < 0))
    best = top
    while active:
        prices, best = _over(tableau, np.array(active), start, tolerance * top)
        _, slack = tableau.dual(prices)
        passed = [k for k in np.flatnonzero(slack < -1e-9 * np.maximum(tableau.limits, 1)) if k not in active]
        if not passed:
            break
        active += passed
    return prices, best


def _over(tableau: Tableau, active: Ints, start: Floats, slack: float) -> tuple[Floats, float]:
    """Minimise over the prices of `active`, in units dual(0) / limit, in which every optimum lies in [0, 1]."""
    unit = tableau.dual(np.zeros(len(tableau.limits)))[0] / np.maximum(tableau.limits[active], 1e-300)

    def at(z: Floats) -> tuple[float, Floats]:
        prices = np.zeros(len(tableau.limits))
        prices[active] = z * unit
        value, slack = tableau.dual(prices)
        return value, slack[active] * unit

    warm = np.clip(start[active] / unit, 0, 1)
    z, value = _bracket(at, float(warm[0]), slack) if len(active) == 1 else _kelley(at, warm, slack)
    prices = np.zeros(len(tableau.limits))
    prices[active] = z * unit
    return prices, value


def _bracket(at: Dual, warm: float, slack: float) -> tuple[Floats, float]:
    """One price: the slope is negative on the left and positive on the right of the minimum."""
    left, right = [(0.0, *_flat(at, 0.0))], [(1.0, *_flat(at, 1.0))]
    best = min((left[0], right[0]), key=lambda point: point[1])
    z = warm if 0 < warm < 1 else _meet(left[0], right[0])
    for step in range(_MOST_STEPS):
        point = (z, *_flat(at, z))
        best = min(best, point, key=lambda each: each[1])
        side = left if point[2] < 0 else right
        side.append(point)
        z = _meet(left[-1], right[-1])
        floor = left[-1][1] + left[-1][2] * (z - left[-1][0])
        if best[1] - floor <= slack or point[2] == 0:
            break
        if step % 3 == 2:
            z = 0.5 * (left[-1][0] + right[-1][0])
    return np.array([best[0]]), best[1]


def _flat(at: Dual, z: float) -> tuple[float, float]:
    value, slope = at(np.array([z]))
    return value, float(slope[0])


def _meet(left: tuple[float, float, float], right: tuple[float, float, float]) -> float:
    """Where the tangents of both ends meet."""
    rise = right[2] - left[2]
    if rise <= 0:
        return 0.5 * (left[0] + right[0])
    meet = (left[1] - left[2] * left[0] - right[1] + right[2] * right[0]) / rise
    return min(max(meet, left[0]), right[0])


def _kelley(at: Dual, warm: Floats, slack: float) -> tuple[Floats, float]:
    centre = warm
    value, slope = at(centre)
    points, heights, slopes = [centre], [value], [slope]
    radius = float(np.clip(warm.max() / 4, 0.02, 0.25))
    for _ in range(_MOST_STEPS):
        low, high = np.maximum(centre - radius, 0), np.minimum(centre + radius, 1)
        z, floor = _model(points, heights, slopes, low, high)
        inside = bool(np.all((z > low + 1e-12) | (low <= 0)) and np.all((z < high - 1e-12) | (high >= 1)))
        if value - floor <= slack:
            if inside or radius >= 1:
                break
            radius = min(radius * 8, 1.0)
            continue
        height, slope = at(z)
        points, heights, slopes = [*points, z], [*heights, height], [*slopes, slope]
        if height < value:
            grew = value - height > 0.5 * (value - floor)
            centre, value, radius = z, height, min(radius * (2 if grew else 1), 1.0)
        else:
            radius = max(radius / 2, 1e-9)
    return centre, value


def _model(
    points: list[Floats], heights: list[float], slopes: list[Floats], low: Floats, high: Floats
) -> tuple[Floats, float]:
    """Minimise the largest tangent within the box: a small linear program."""
    gradient = np.array(slopes)
    offset = np.array(heights) - np.einsum("jk,jk->j", gradient, np.array(points))
    scale = max(1e-300, float(np.abs(offset).max()))
    matrix = np.hstack([gradient / scale, -np.ones((len(points), 1))])
    bounds = [*zip(low, high, strict=True), (None, None)]
    objective = np.append(np.zeros(len(low)), 1.0)
    solved = linprog(objective, A_ub=matrix, b_ub=-offset / scale, bounds=bounds, method="highs")
    if not solved.success:
        return points[int(np.argmin(heights))], -np.inf
    return np.clip(solved.x[:-1], low, high), float(solved.x[-1]) * scale
