"""Power of a normal test and what it needs."""

from __future__ import annotations

from scipy.special import ndtr, ndtri


def smallest_provable(standard_error: float, multiplier: float, power: float = 0.8) -> float:
    """The true effect whose lower bound S - multiplier * SE is above zero with the given probability.

    (multiplier + z_power) SE. Source: any text on sample size, e.g. Lachin, Controlled Clinical Trials 2 (1981).
    """
    return (multiplier + float(ndtri(power))) * standard_error


def power_of(effect: float, standard_error: float, multiplier: float) -> float:
    """Probability that S - multiplier * SE is above zero when the true effect is `effect`: Phi(effect / SE - c)."""
    if standard_error <= 0:
        return 1.0 if effect > 0 else 0.0
    return float(ndtr(effect / standard_error - multiplier))
