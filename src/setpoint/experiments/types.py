"""Readings of an experiment: frozen values with both numbers, the best estimate and what is proven at least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Verdict = Literal["proven", "not proven", "harm proven", "not enough data"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows of one round whose response window has closed: those with a chosen send, sent or held back at random."""

    round: int
    exposed: npt.NDArray[np.bool_]
    suppressed_share: npt.NDArray[np.float64]  # probability that this row's send was held back
    outcome: npt.NDArray[np.float64]
    prediction: npt.NDArray[np.float64]  # of the outcome without a send, from earlier data alone
    echo: npt.NDArray[np.float64] | None = None  # outcome in the window after the window, where it has closed


@dataclass(frozen=True, slots=True)
class Reading:
    """The increment that sends caused so far, summed over those sent.

    `interval` is two-sided at level 1 - 2 alpha with the same boundary as `proven_at_least` (one-sided, level 1 - alpha),
    valid at every look. `information` is the share of the planned variance seen.
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


@dataclass(frozen=True, slots=True)
class RatioCheck:
    """Whether the share held back is the share that was ordered (chi-squared). Alarm below p = 0.0005."""

    expected: float
    observed: float
    p_value: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """What can be proven with this audience, budget and hold-out, before anything is spent."""

    sends: int
    withheld: int
    standard_error: float
    smallest_provable: float  # increment that is proven with 80 % chance
    chance_of_proof: float  # of the asked-for target, were the true increment `assumed_increment`
    assumed_increment: float
    advice: tuple[str, ...]
