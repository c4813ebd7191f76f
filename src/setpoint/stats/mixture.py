"""A lower bound of a rate that is valid however often one looks."""

from __future__ import annotations

from math import log

from scipy.optimize import brentq
from scipy.special import betaincc, betaln

_ALMOST_NOTHING = 1e-12


def evidence_above(events: float, trials: float, rate: float) -> float:
    """Logarithm of the evidence that the true rate is above `rate`: a Beta mixture over the rates above it.

    M = integral over q > r of (q/r)^k ((1-q)/(1-r))^(n-k) dBeta(q; 1, 1/r - 1 | q > r). For a true rate of at most r
    it is a supermartingale that starts at 1, so P(it ever reaches 1 / alpha) <= alpha (Ville 1939). Source: Robbins,
    "Statistical methods related to the law of the iterated logarithm", 1970; truncated prior for a one-sided question.
    """
    a, b = 1.0, max(1 / rate - 1, 1.0)
    above = float(betaincc(a + events, b + trials - events, rate))
    if above <= 0:
        return -float("inf")
    mixture = float(betaln(a + events, b + trials - events)) + log(above)
    prior = float(betaln(a, b)) + log(float(betaincc(a, b, rate)))
    return mixture - prior - events * log(rate) - (trials - events) * log(1 - rate)


def rate_at_least(events: float, trials: float, alpha: float) -> float:
    """Lower bound of a rate at level 1 - alpha, valid at every look: the largest rate with evidence 1/alpha."""
    if trials <= 0 or not 0 <= events <= trials:
        raise ValueError(f"{events} events in {trials} trials is not a rate")
    if not 0 < alpha < 1:
        raise ValueError("alpha lies between 0 and 1")
    needed = -log(alpha)
    seen = min(events / trials, 1 - 1e-9)
    if events == 0 or evidence_above(events, trials, _ALMOST_NOTHING) < needed:
        return 0.0
    if evidence_above(events, trials, seen) >= needed:
        return seen
    return float(brentq(lambda rate: evidence_above(events, trials, rate) - needed, _ALMOST_NOTHING, seen, xtol=1e-12))
