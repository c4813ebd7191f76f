"""A fixed split: an action for everyone eligible by given shares, first come first served, up to a limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from setpoint.learning.drawing import scaled_to_none
from setpoint.learning.types import Distribution, Floats, Resource, Situation, Trials


class FixedSplit:
    """Sends by fixed weights over the eligible actions (`weights`: action's key -> weight; none = all the same)."""

    version = "fixed_split/1"

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self.weights = dict(weights or {})

    def fit(self, trials: Trials | None) -> FixedSplit:
        """Learns nothing."""
        return self

    def distribution(self, situation: Situation) -> Distribution:
        """The shares over eligible sends, for as many customers, in order, as the limits allow."""
        usual = 0.0 if self.weights else 1.0
        wish = np.array([a.sends * self.weights.get(a.key, usual) for a in situation.actions])
        shares = np.where(situation.eligible, wish, 0.0)
        total = shares.sum(axis=1, keepdims=True)
        shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
        return Distribution(first_come(shares, situation))


def first_come(shares: Floats, situation: Situation) -> Floats:
    """Serve rows in order until the first limit would be passed in expectation; nobody after that is served."""
    served = np.ones(len(shares), dtype=bool)
    for resource in situation.resources:
        use = (shares * _amounts(resource)).sum(axis=1) * situation.weight
        served &= np.cumsum(use) <= resource.limit * (1 + 1e-12)
    return scaled_to_none(shares, served.astype(float))


def _amounts(resource: Resource) -> Floats:
    return resource.amounts if resource.actions is None else resource.amounts * resource.actions
