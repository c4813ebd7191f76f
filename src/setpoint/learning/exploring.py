"""What to try while little is known: a cheap, balanced spread, and the floor that keeps every action measurable."""

from __future__ import annotations

import numpy as np

from setpoint.learning.drawing import expected_use, scaled_to_none, uniform_over, within_limits
from setpoint.learning.types import Floats, Situation

ENOUGH_EVENTS = 25.0
FLOOR = 0.10
LEAST_FLOOR = 0.01
FLOOR_COST_SHARE = 0.10
_EXPONENTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def floor_share(situation: Situation, first: float = FLOOR) -> float:
    """delta_t = max(0.01, first t^-0.2), less where a uniform draw would cost over a tenth of any limit.

    The decay is slower than t^-1/4, which anytime-valid readings of mixed designs need (arXiv 2311.05794).
    """
    wanted = max(LEAST_FLOOR, first * max(situation.round, 1) ** -0.2)
    uniform = uniform_over(situation.eligible)
    uses = [(expected_use(uniform, each, situation.weight)[0], each.limit) for each in situation.resources]
    return float(min([wanted, *(FLOOR_COST_SHARE * max(limit, 0.0) / use for use, limit in uses if use > 0)]))


def balanced(situation: Situation) -> Floats:
    """(n, A) a spread over the actions within the limits, half of the customers left alone as a comparison.

    In proportion to cost^-e: e = 0 is the same number of sends for every action, e = 1 the same money. The most even
    spread is taken that costs hardly any sends (a tenth) against the cheapest one.
    """
    spreads = [_spread(situation, exponent) for exponent in _EXPONENTS]
    enough = 0.9 * spreads[-1][1]
    return next(shares for shares, sent in spreads if sent >= enough)


def _spread(situation: Situation, exponent: float) -> tuple[Floats, float]:
    """Shares that keep the limits, and how many sends they are."""
    open_to = np.maximum(situation.eligible[:, 1:].sum(axis=0), 1)
    typical = (situation.forecast.reserve * situation.eligible)[:, 1:].sum(axis=0) / open_to
    cheapest = max(float(typical.max(initial=0.0)) / 1000, 1e-9)
    shares = np.zeros(situation.eligible.shape)
    shares[:, 1:] = np.where(situation.eligible[:, 1:], np.maximum(typical, cheapest) ** -exponent, 0.0)
    total = shares.sum(axis=1, keepdims=True)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    half = scaled_to_none(shares, np.full(len(shares), 0.5))
    kept = within_limits(half, situation.resources, situation.weight)[0]
    return kept, float((situation.weight @ kept[:, 1:]).sum())
