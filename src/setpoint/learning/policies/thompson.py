"""Thompson sampling through the allocator: what is best under the limits in each draw of what may be true."""

from __future__ import annotations

import numpy as np

from setpoint.kernel import randomness
from setpoint.learning.allocation import Allocation, Need, allocate
from setpoint.learning.drawing import expected_use, uniform_over
from setpoint.learning.exploring import ENOUGH_EVENTS, FLOOR, balanced, floor_share
from setpoint.learning.types import Distribution, Floats, Resource, Situation, Trials

_TIE_BREAK = 1e-3
_TIE_BREAK_POOLED = 0.05  # without it all customers are alike, and the search for prices has nothing to go by
_TOLERANCE = 3e-4


class Thompson:
    """The share of posterior draws in which an action is the allocator's choice, plus a slowly decaying floor.

    Until about 25 conversions among those sent are known, part of the round is a cheap balanced spread over the
    actions; without any history it is all of it.
    """

    version = "thompson/1"

    def __init__(self, draws: int = 16, floor: float = FLOOR) -> None:
        self.draws = draws
        self.floor = floor
        self._known = False

    def fit(self, trials: Trials | None) -> Thompson:
        """Note whether there is a past; beliefs come with the forecast."""
        fitted = Thompson(self.draws, self.floor)
        fitted._known = trials is not None and bool(trials.exposed.any())
        return fitted

    def distribution(self, situation: Situation) -> Distribution:
        """Probabilities (n, A), their floor, the mean shadow prices and the mean gap over the draws."""
        floor = floor_share(situation, self.floor)
        uniform = uniform_over(situation.eligible)
        spread = self._spread(situation)
        if spread >= 1:
            return Distribution((1 - floor) * balanced(situation) + floor * uniform, floor, notes=("exploring",))
        within = _less(situation, uniform, floor)
        shares, solved = self._shares(situation, within)
        if spread > 0:
            shares = (1 - spread) * shares + spread * balanced(situation)
        notes = (f"exploring with {spread:.0%} of the round",) if spread > 0 else ()
        return Distribution((1 - floor) * shares + floor * uniform, floor, _prices(solved), _gap(solved), notes)

    def _spread(self, situation: Situation) -> float:
        return max(0.0, 1 - situation.forecast.events / ENOUGH_EVENTS) if self._known else 1.0

    def _shares(self, situation: Situation, resources: list[Resource]) -> tuple[Floats, list[Allocation]]:
        n, width = situation.eligible.shape
        shares, every = np.zeros((n, width)), np.arange(n)
        price_of_cost = _price_of_cost(situation, resources)
        prices: dict[str, float] = {}
        solved = []
        generator = randomness.generator("tie break", situation.seed)
        alike = situation.forecast.personalisation == "not proven"
        jitter = _TIE_BREAK_POOLED if alike else _TIE_BREAK
        for effect in situation.forecast.draws(self.draws, situation.seed):
            noise = 1 + jitter * generator.standard_normal((n, 1))
            values = effect * noise - price_of_cost * situation.forecast.cost
            allocation = _choose(situation, values, resources, prices)
            prices = allocation.prices
            shares[every, allocation.chosen] += 1 / self.draws
            solved.append(allocation)
        return shares, solved


def _choose(situation: Situation, values: Floats, resources: list[Resource], prices: dict[str, float]) -> Allocation:
    return allocate(
        values, resources, weight=situation.weight, eligible=situation.eligible, prices=prices, tolerance=_TOLERANCE
    )


def _price_of_cost(situation: Situation, resources: list[Resource]) -> float:
    """Goal units per unit of money at which the need is just met, by the mean of what is believed; 0 without one."""
    if situation.need is None:
        return 0.0
    covered = allocate(
        situation.forecast.effect,
        resources,
        weight=situation.weight,
        eligible=situation.eligible,
        need=Need(situation.need, situation.forecast.cost),
        tolerance=_TOLERANCE,
    )
    return covered.cost_price


def _less(situation: Situation, uniform: Floats, floor: float) -> list[Resource]:
    """The limits that are left for the draws once the floor has taken its share."""
    left = []
    for each in situation.resources:
        used = floor * expected_use(uniform, each, situation.weight)[0]
        left.append(Resource(each.name, max(0.0, each.limit - used) / max(1 - floor, 1e-9), each.amounts, each.actions))
    return left


def _prices(solved: list[Allocation]) -> dict[str, float]:
    names = solved[0].prices if solved else {}
    return {name: float(np.mean([each.prices[name] for each in solved])) for name in names}


def _gap(solved: list[Allocation]) -> float:
    return float(np.mean([each.gap for each in solved])) if solved else 0.0
