"""Alarms: arms in the wrong ratio, and rates that must not rise."""

from __future__ import annotations

from setpoint.experiments.types import GuardReading, RatioCheck
from setpoint.kernel.errors import Invalid
from setpoint.stats.mixture import rate_at_least
from setpoint.stats.ratio import ALARM_BELOW, ratio_p_value


def ratio_check(expected_share: float, withheld: int, total: int) -> RatioCheck:
    """Whether `withheld` of `total` chosen sends were held back as ordered. Rows of several shares: their mean."""
    p_value = ratio_p_value(withheld, total, expected_share)
    observed = withheld / total if total else 0.0
    return RatioCheck(expected=expected_share, observed=observed, p_value=p_value, alarm=p_value < ALARM_BELOW)


def rate_guard(events: int, exposed: int, limit: float, *, alpha: float = 0.05) -> GuardReading:
    """Whether a rate (unsubscribes, complaints per send) is proven to be above its limit.

    The lower bound holds at every look at once (see `stats.mixture`), so it may be read after each batch: with a true
    rate at its limit the alarm is false in at most `alpha` of campaigns. With nobody exposed nothing is proven.
    """
    if not 0 < limit < 1:
        raise Invalid("A guardrail's limit is a share between 0 and 1.", remedy="Write 0.02 for 2 %.", field="limit")
    if exposed == 0:
        return GuardReading(events, 0, 0.0, 0.0, limit, False)
    counted = min(events, exposed)
    at_least = rate_at_least(counted, exposed, alpha)
    return GuardReading(events, exposed, counted / exposed, at_least, limit, at_least > limit)
