"""The usual way: test all variants on a share of the audience, then send the best one to everyone."""

from __future__ import annotations

import numpy as np

from setpoint.learning.drawing import scaled_to_none
from setpoint.learning.policies.fixed_split import first_come
from setpoint.learning.types import Distribution, Floats, Situation, Trials


class BestArmAfterTest:
    """A uniform test for `test_rounds` on `test_share` of the audience, then the action of the best raw response rate.

    The test goes on until the first answers are in. Rates are conversions per send, counted by maturity; actions sent
    to fewer than `least_sends` are not judged while others are. Ties go to the cheaper action, and who may not get
    the best one gets the best of theirs. First come, first served.
    """

    version = "best_arm/1"

    def __init__(self, test_share: float = 0.2, test_rounds: int = 1, least_sends: float = 30) -> None:
        self.least_sends = least_sends
        self.test_share = test_share
        self.test_rounds = test_rounds
        self._sent: Floats | None = None
        self._bought: Floats | None = None

    def fit(self, trials: Trials | None) -> BestArmAfterTest:
        """Count sends and conversions of each action."""
        fitted = BestArmAfterTest(self.test_share, self.test_rounds, self.least_sends)
        if trials is not None and len(trials.rounds):
            width = trials.probabilities.shape[1]
            sent = np.where(trials.exposed, np.where(trials.converted > 0, 1.0, trials.maturity), 0.0)
            bought = trials.converted * trials.exposed
            fitted._sent = np.bincount(trials.chosen, weights=sent, minlength=width).astype(np.float64)
            fitted._bought = np.bincount(trials.chosen, weights=bought, minlength=width).astype(np.float64)
        return fitted

    def distribution(self, situation: Situation) -> Distribution:
        """Test shares while testing; afterwards probability 1 for the best action of each row."""
        if self._testing(situation):
            shares = np.where(situation.eligible, [1.0 * action.sends for action in situation.actions], 0.0)
            total = shares.sum(axis=1, keepdims=True)
            shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
            return Distribution(first_come(scaled_to_none(shares, np.full(len(shares), self.test_share)), situation))
        return Distribution(first_come(self._winners(situation), situation))

    def _testing(self, situation: Situation) -> bool:
        nothing = self._bought is None or self._bought[1:].sum() <= 0
        return situation.round <= self.test_rounds or nothing

    def _winners(self, situation: Situation) -> Floats:
        width = len(situation.actions)
        sent, bought = _padded(self._sent, width), _padded(self._bought, width)
        judged = sent >= min(self.least_sends, float(sent[1:].max(initial=0.0)))
        rate = np.divide(bought, sent, out=np.full(width, -1.0), where=(sent > 0) & judged)
        rate[0] = -np.inf
        price = situation.forecast.reserve.mean(axis=0) if len(situation.features) else np.zeros(width)
        order = np.lexsort((np.arange(width), price, -rate))
        place = np.empty(width)
        place[order] = np.arange(width)
        best = np.argmin(np.where(situation.eligible, place, np.inf), axis=1)
        shares = np.zeros(situation.eligible.shape)
        shares[np.arange(len(best)), best] = 1.0
        return shares


def _padded(counts: Floats | None, width: int) -> Floats:
    full = np.zeros(width)
    if counts is not None:
        full[: min(width, len(counts))] = counts[:width]
    return full
