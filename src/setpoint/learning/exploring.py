"""What to try while little is known: a cheap, balanced spread, and the floor that keeps every action measurable."""

from __future__ import annotations

import numpy as np

from setpoint.learning.drawing import expected_use, scaled_to_none, uniform_over, within_limits
from setpoint.learning.types import Floats, Situation

ENOUGH_EVENTS = 25.0
FLOOR = 0.10
LEAST_FLOOR = 0.01
FLOOR_COST_SHARE = 0.10


def floor_share(situation: Situation, first: float = FLOOR) -> float:
    """delta_t = max(0.01, first t^-0.2), less where a uniform draw would cost over a tenth of any limit.

    The decay is slower than t^-1/4, which anytime-valid readings of mixed designs need (arXiv 2311.05794).
    """
    wanted = max(LEAST_FLOOR, first * max(situation.round, 1) ** -0.2)
    uniform = uniform_over(situation.eligible)
    uses = [(expected_use(uniform, each, situation.weight)[0], each.limit) for each in situation.resources]
    return float(min([wanted, *(FLOOR_COST_SHARE * max(limit, 0.0) / use for use, limit in uses if use > 0)]))


def balanced(situation: Situation) -> Floats:
    """(n, A) probabilities in proportion to 1 / cost: the same money for every action, so that the many cheap sends
    teach about variants, channels and slots. Scaled so that the limits hold; half of the customers are left alone as
    a comparison."""
    open_to = np.maximum(situation.eligible[:, 1:].sum(axis=0), 1)
    typical = (situation.forecast.reserve * situation.eligible)[:, 1:].sum(axis=0) / open_to
    cheapest = max(float(typical.max(initial=0.0)) / 1000, 1e-9)
    wish = 1 / np.maximum(typical, cheapest)
    shares = np.zeros(situation.eligible.shape)
    shares[:, 1:] = np.where(situation.eligible[:, 1:], wish, 0.0)
    total = shares.sum(axis=1, keepdims=True)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    spread = scaled_to_none(shares, np.full(len(shares), 0.5))
    return within_limits(spread, situation.resources, situation.weight)[0]
