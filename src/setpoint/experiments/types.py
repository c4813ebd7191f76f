"""Readings of an experiment: frozen values with both numbers, the best estimate and what is proven at least.

Where a sentence for people is needed, the value carries a code and figures; the caller puts them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Verdict = Literal["proven", "not proven", "harm proven", "not enough data"]
Method = Literal["group sequential", "confidence sequence"]
Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows of one round whose response window has closed: those with a chosen send, sent or held back at random."""

    round: int
    exposed: npt.NDArray[np.bool_]
    suppressed_share: npt.NDArray[np.float64]  # probability that this row's send was held back
    outcome: npt.NDArray[np.float64]
    prediction: npt.NDArray[np.float64]  # of the outcome without a send, from earlier data alone
    echo: npt.NDArray[np.float64] | None = None  # outcome in the window after the window, where it has closed
    customer_ids: npt.NDArray[np.int64] | None = None  # ties rows of one customer together (see `repeats`)


@dataclass(frozen=True, slots=True)
class Reading:
    """The increment that sends caused so far, summed over those sent.

    `interval` is two-sided at level 1 - 2 alpha with the same boundary as `proven_at_least` (one-sided, level
    1 - alpha), valid at every look. `information` is the share of the planned variance seen: record it as an earlier
    look for the next reading, unless `method` is "none" (nothing was looked at). `multiplier` is the boundary, in
    standard errors.
    """

    estimate: float
    proven_at_least: float
    interval: tuple[float, float]
    standard_error: float
    verdict: Verdict
    method: Literal["group sequential", "confidence sequence", "none"]
    information: float
    looks: int
    exposed: int
    withheld: int
    conversions_exposed: float
    conversions_withheld: float
    reason: str = ""  # why there is not enough data, and how much is missing
    missing: Figures = field(default_factory=dict)  # conversions | conversions_withheld | withheld: how many more
    multiplier: float = 0.0
    variance: float = 0.0  # in squared units of the outcome, on the scale of `planned_information`


@dataclass(frozen=True, slots=True)
class EchoCheck:
    """What happened after the window to the same customers: did the sends only move purchases forward?

    `estimate` is the increment in the window after the window (negative: purchases were taken from there), over cohorts
    for which that window has closed. `net` is window plus echo; `far` is window plus twice the echo, for the case that
    as much again was taken from beyond the echo.
    """

    cohorts: int
    exposed: int
    exposed_share: float  # of all sends in closed response windows
    estimate: float
    standard_error: float
    z: float
    negative: bool  # significantly below zero, one-sided 5 %
    suspect: bool  # below zero by more than one time in five without a cause
    net: Reading
    far: Reading


@dataclass(frozen=True, slots=True)
class GoalCheck:
    """Whether the goal is proven, with the code of the rule that decided and the figures it looked at.

    Codes: proven | not_enough_data | window_below_target | echo_open | echo_not_enough_data | pulled_forward |
    net_not_positive | net_below_target.
    """

    proven: bool
    reason: str
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RatioCheck:
    """Whether the share held back is the share that was ordered (chi-squared). Alarm below p = 0.0005."""

    expected: float
    observed: float
    p_value: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class GuardReading:
    """A guardrail's rate: what it is, what it is at least (valid at every look), and whether it is proven too high."""

    events: int
    exposed: int
    rate: float
    at_least: float
    limit: float
    harm: bool


@dataclass(frozen=True, slots=True)
class GoalChance:
    """Predictive probabilities by the end: of a proof, and of a best estimate at or above the target."""

    proof: float
    estimate: float
    expected_increment: float


@dataclass(frozen=True, slots=True)
class PowerQuestion:
    """What a campaign is going to do, as far as its power to prove depends on it.

    `chosen_per_round` counts customers with a chosen send, before some are held back. `base_rate` is the mean outcome
    in the window without a send, `second_moment` the mean of its square (for conversions the same, and so the default).
    `assumed_effect` is the increment of one send in units of the outcome, `target` in the same units over all sends.
    """

    audience: int
    chosen_per_round: int
    rounds: int
    base_rate: float
    ghost_share: float
    holdout_share: float
    target: float
    assumed_effect: float
    second_moment: float | None = None
    alpha: float = 0.05


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """What can be proven with this audience, budget and hold-out, before anything is spent.

    `advice` holds codes, `details` the figures of each: audience_used_up | no_hold_out | too_few_conversions |
    target_above_assumed | raise_ghost_share | lower_ghost_share | lower_target | more_rounds | fine.
    """

    sends: int
    withheld: int
    standard_error: float
    smallest_provable: float  # increment that is proven (to be above zero) with 80 % chance
    chance_of_proof: float  # of the asked-for target, were the true increment `assumed_increment`
    assumed_increment: float
    advice: tuple[str, ...]
    details: Mapping[str, Figures] = field(default_factory=dict)
    information: float = 0.0  # planned variance of the estimate: `planned_information` of `read_increment`
    largest_target: float = 0.0  # that is proven with 80 % chance, were the true increment `assumed_increment`
