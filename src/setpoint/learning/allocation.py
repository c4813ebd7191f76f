"""Who gets what under limits: a multiple-choice knapsack solved by Lagrangian duals, with a certified gap.

Maximise sum_i w_i v[i, a_i] subject to sum_i w_i c_k[i, a_i] <= B_k, one action a_i for each customer. For prices
lambda >= 0 the dual D(lambda) = sum_i w_i max_a(v - lambda c) + lambda B bounds every feasible choice from above
(Fisher 1981; Slivkins, Sankararaman and Foster, arXiv 2211.07484, for the covering form). D is convex in few prices and
is minimised by cutting planes in a box; `repair` makes the choice feasible and fills what is left.

With `need`, the least cost that reaches it: the value becomes v - theta cost with the largest theta that still does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setpoint.learning.cuts import EXACT, minimise
from setpoint.learning.repair import fill, repair, trim
from setpoint.learning.tableau import Tableau
from setpoint.learning.types import Bools, Floats, Ints, Resource

_COVER_STEPS = 30


@dataclass(frozen=True, slots=True)
class Need:
    """A total value to reach at the least `cost` (n, A), in any unit, column 0 zero."""

    amount: float
    cost: Floats


@dataclass(frozen=True, slots=True)
class Allocation:
    """One action a customer. `value` is certified: no feasible choice is better than `bound`.

    With `need`, `value` and `bound` are costs (bound from below) where the need was reached; `reached` says whether.
    `prices` are value units per unit of each resource; `cost_price` the same per unit of the need's cost.
    """

    chosen: Ints
    value: float
    bound: float
    gap: float
    prices: dict[str, float]
    usage: dict[str, float]
    effect: float
    reached: bool = True
    cost_price: float = 0.0


def allocate(
    values: Floats,
    resources: Sequence[Resource],
    *,
    weight: Floats | None = None,
    eligible: Bools | None = None,
    need: Need | None = None,
    prices: dict[str, float] | None = None,
    tolerance: float = EXACT,
) -> Allocation:
    """The best choice of one action a row.

    `values` (n, A), column 0 zero. `weight` (n,) scales both what a row adds and what it uses (rows never sent: 0; they
    are priced like the others but count for nothing). `prices` warm-start the search, which ends within `tolerance` of
    the least bound. Limits are never passed.
    """
    tableau = Tableau.of(values, resources, weight=weight, eligible=eligible)
    start = np.array([(prices or {}).get(resource.name, 0.0) for resource in resources])
    most = _solve(tableau, start, tolerance)
    if need is None or most.effect < need.amount:
        return _shown(tableau, most, reached=need is None)
    return _cover(tableau, np.ascontiguousarray(need.cost.T), need.amount, most, tolerance)


@dataclass(frozen=True, slots=True)
class _Solution:
    chosen: Ints
    prices: Floats
    bound: float
    effect: float


def _solve(tableau: Tableau, start: Floats, tolerance: float) -> _Solution:
    prices, bound = minimise(tableau, start, tolerance)
    chosen = fill(tableau, repair(tableau, tableau.best(prices), prices), prices)
    return _Solution(chosen, prices, bound, tableau.total(chosen))


def _shown(tableau: Tableau, solution: _Solution, *, reached: bool) -> Allocation:
    bound = max(solution.bound, solution.effect)
    gap = 0.0 if bound <= 0 else 1 - solution.effect / bound
    return Allocation(
        chosen=solution.chosen.astype(np.int64),
        value=solution.effect,
        bound=bound,
        gap=gap,
        prices=dict(zip(tableau.names, solution.prices.tolist(), strict=True)),
        usage=dict(zip(tableau.names, tableau.usage(solution.chosen).tolist(), strict=True)),
        effect=solution.effect,
        reached=reached,
    )


def _cover(tableau: Tableau, cost: Floats, need: float, most: _Solution, tolerance: float) -> Allocation:
    """Bisect the price of cost theta: the dearer money is, the less is bought."""
    low, high = 0.0, _dearest(tableau.values, cost)
    best, theta, lower = most, 0.0, 0.0
    for _ in range(_COVER_STEPS):
        middle = np.sqrt(low * high) if low > 0 else high / 64
        priced = tableau.revalued(tableau.values - middle * cost)
        tried = _solve(priced, best.prices, tolerance)
        lower = max(lower, (need - tried.bound) / middle)
        effect = tableau.total(tried.chosen)
        if effect >= need:
            low, theta = middle, middle
            best = _Solution(tried.chosen, tried.prices, tried.bound, effect)
        else:
            high = middle
        if low > 0 and high / low < 1 + max(5e-4, 20 * tolerance):
            break
    chosen = trim(tableau, best.chosen, tableau.values - theta * cost, need)
    return _covered(tableau, cost, _Solution(chosen, best.prices, lower, tableau.total(chosen)), theta)


def _dearest(values: Floats, cost: Floats) -> float:
    """A price of cost at which nothing with a cost is worth buying."""
    useful = (values > 0) & (cost > 0) & np.isfinite(values)
    return 2 * float((values[useful] / cost[useful]).max()) if useful.any() else 1.0


def _covered(tableau: Tableau, cost: Floats, solution: _Solution, theta: float) -> Allocation:
    """`solution.bound` bounds the cost from below."""
    chosen, lower = solution.chosen, solution.bound
    spent = float(tableau.weight @ cost[chosen, np.arange(cost.shape[1])])
    return Allocation(
        chosen=chosen.astype(np.int64),
        value=spent,
        bound=min(lower, spent),
        gap=0.0 if spent <= 0 else 1 - min(lower, spent) / spent,
        prices=dict(zip(tableau.names, solution.prices.tolist(), strict=True)),
        usage=dict(zip(tableau.names, tableau.usage(chosen).tolist(), strict=True)),
        effect=solution.effect,
        cost_price=theta,
    )
