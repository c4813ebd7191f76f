"""Bounds of a proportion: k events in n trials."""

from __future__ import annotations

from math import sqrt

from scipy.special import betaincinv, ndtri


def clopper_pearson_upper(events: float, trials: float, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound: the Beta(k + 1, n - k) quantile at the confidence.

    Source: Clopper and Pearson, Biometrika 26 (1934).
    """
    _check(events, trials)
    return 1.0 if events >= trials else float(betaincinv(events + 1, trials - events, confidence))


def clopper_pearson_lower(events: float, trials: float, confidence: float = 0.95) -> float:
    """Exact one-sided lower bound: the Beta(k, n - k + 1) quantile at one minus the confidence."""
    _check(events, trials)
    return 0.0 if events <= 0 else float(betaincinv(events, trials - events + 1, 1 - confidence))


def wilson(events: float, trials: float, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided score interval: (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    Source: Wilson, JASA 22 (1927).
    """
    _check(events, trials)
    z = float(ndtri(0.5 + confidence / 2))
    share, spread = events / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def _check(events: float, trials: float) -> None:
    if trials <= 0 or not 0 <= events <= trials:
        raise ValueError(f"{events} events in {trials} trials is not a proportion")
