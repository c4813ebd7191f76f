"""A policy in one file: one action for those whom the forecast says gain most, the rest by chance."""

from __future__ import annotations

import numpy as np

from setpoint.learning.types import Distribution, Situation, Trials

EXPLORE = 0.1


class GreedyWithDoubt:
    """Nine times in ten the action with the highest expected effect, else any eligible action at random."""

    version = "greedy_with_doubt/1"

    def fit(self, trials: Trials | None) -> GreedyWithDoubt:
        """The forecast that comes with each situation has learned already; nothing is kept here."""
        return self

    def distribution(self, situation: Situation) -> Distribution:
        """The best eligible action of each row, mixed with a uniform share."""
        expected = np.where(situation.eligible, situation.forecast.effect, -np.inf)
        best = np.zeros_like(expected)
        best[np.arange(len(best)), expected.argmax(axis=1)] = 1.0
        uniform = situation.eligible / situation.eligible.sum(axis=1, keepdims=True)
        return Distribution((1 - EXPLORE) * best + EXPLORE * uniform, floor=EXPLORE)
