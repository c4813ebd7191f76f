"""Sample-ratio mismatch: are the shares of the arms those that were ordered?"""

from __future__ import annotations

from scipy.special import chdtrc

ALARM_BELOW = 0.0005


def ratio_p_value(observed: float, total: float, expected_share: float) -> float:
    """p-value of Pearson's chi-squared with one degree of freedom, (o - n e)^2 / (n e (1 - e)).

    Source: Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019.
    With nothing observed, or nothing to compare with (share 0 or 1 that is met exactly), the p-value is 1.
    """
    if total < 0 or not 0 <= observed <= total or not 0 <= expected_share <= 1:
        raise ValueError(f"{observed} of {total} at an expected share of {expected_share}")
    expected, variance = total * expected_share, total * expected_share * (1 - expected_share)
    if variance == 0:
        return 1.0 if observed == expected else 0.0
    return float(chdtrc(1, (observed - expected) ** 2 / variance))
