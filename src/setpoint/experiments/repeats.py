"""Customers that come again: a hold-out for the whole campaign ties a customer's rounds together.

Whoever is held out is held back in every round, so the errors of a customer's rounds are correlated where outcomes are
(faithful buyers buy in every window) and predictions miss that. With f = A - w (1 - A), the factor of a row's residual
in the error, the sum over a customer's rounds adds 2 E[f f'] R R' for each pair of rounds to the variance.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Repeats:
    """Running sums per customer over the rounds so far: rows, residuals R and error factors f."""

    def __init__(self) -> None:
        self._ids: Ints = np.zeros(0, dtype=np.int64)
        self._sums: Floats = np.zeros((3, 0))

    def add(self, customer_ids: Ints, residual: Floats, factor: Floats) -> tuple[float, float, float]:
        """Count a round; returns its pairs with earlier rounds, and the sums of f f' and R R' over them."""
        own = np.stack([np.ones(len(customer_ids)), residual, factor])
        earlier = self._of(customer_ids)
        pairs, residuals, factors = (own * earlier).sum(axis=1).tolist()
        ids, places = np.unique(np.concatenate([self._ids, customer_ids]), return_inverse=True)
        both = np.concatenate([self._sums, own], axis=1)
        self._sums = np.stack([np.bincount(places, weights=line, minlength=len(ids)) for line in both])
        self._ids = ids
        return pairs, factors, residuals

    def _of(self, customer_ids: Ints) -> Floats:
        if not len(self._ids):
            return np.zeros((3, len(customer_ids)))
        places = np.minimum(np.searchsorted(self._ids, customer_ids), len(self._ids) - 1)
        return np.where(self._ids[places] == customer_ids, self._sums[:, places], 0.0)
