"""What one goal event of each customer is worth, shrunk towards what it is worth on average."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shrunken_mean(counts: Floats, sums: Floats, *, prior_mean: float, prior_weight: float) -> Floats:
    """(n_i m_i + k mu) / (n_i + k): the mean of customer i's n_i values drawn towards mu as by k more values of mu.

    The posterior mean of the Gamma-Gamma model has this form (Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary
    Value", eq. 5), and it is the best linear one for any distribution (Buehlmann 1967). Never negative.
    """
    if not np.isfinite(prior_weight):
        return np.full(len(counts), max(prior_mean, 0.0))
    weights = counts + prior_weight
    known = np.maximum(weights, np.finfo(np.float64).tiny)
    return np.maximum(np.where(weights > 0, (sums + prior_weight * prior_mean) / known, prior_mean), 0.0)


def population_value(counts: Floats, sums: Floats, squares: Floats) -> tuple[float, float]:
    """(mu, k) of a population: the mean of all values, and the weight of the prior in values.

    k = s2 / t2, the variance within a customer by the variance between customers, unbiased estimates of Buehlmann and
    Straub (1970) with n_i values each. Infinite when customers do not differ; 1 when nobody has two values.
    """
    bought = counts > 0
    n, total = counts[bought], float(counts.sum())
    if not total:
        return 0.0, 1.0
    mean, means = float(sums.sum()) / total, sums[bought] / n
    repeats = total - len(n)
    if not repeats:
        return mean, 1.0
    within = max(float((squares[bought] - n * means**2).sum()), 0.0) / repeats
    spread = total - float((n**2).sum()) / total
    between = float((n * (means - mean) ** 2).sum()) - (len(n) - 1) * within
    if spread <= 0 or between <= 0:
        return mean, np.inf
    return mean, within * spread / between
