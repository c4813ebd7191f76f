"""One campaign as its futures see it, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from setpoint.autopilot.priors import Belief

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
OUTCOMES = ("deadline", "goal", "limit", "futile", "harm")
BOUNDS = ("people", "money", "messages", "hours", "channel", "need")
DEADLINE, GOAL, LIMIT, FUTILE, HARM = range(5)


@dataclass(frozen=True, slots=True)
class Arms:
    """The actions in arrays of K. Money in the main unit; `lasts` is how many rounds an offer's money is put aside."""

    cost: Floats
    aside: Floats
    redemption: Floats
    seconds: Floats
    lasts: Ints
    channel: Ints
    offers: Bools


@dataclass(frozen=True, slots=True)
class Game:
    """One campaign as far as its futures depend on it. Rates are per response window; None = no such limit."""

    arms: Arms
    audience: float
    reach: Floats  # by channel
    reach_any: float
    rate: float
    rate_doubt: float  # standard deviation of its logarithm
    value: float  # of one conversion, in goal units
    square: float
    belief: Belief
    rounds: int
    cadence_days: int
    window_days: int
    target: float
    incremental: bool
    is_rate: bool
    held_back: float  # share of chosen messages
    money: float
    messages: float | None
    seconds: float | None
    channel_money: Floats  # by channel, infinite where there is no limit
    channel_messages: Floats
    each_messages: float | None
    each_days: int
    alpha: float
    futile_below: float
    leaving_limit: float

    @property
    def lag(self) -> int:
        """Rounds after which a round's echo has closed."""
        return -(-self.window_days // self.cadence_days)


@dataclass(slots=True)
class Paths:
    """What came of the futures: arrays of (futures,) and, by round, (rounds, futures)."""

    estimate: list[Floats] = field(default_factory=list)
    proven: list[Floats] = field(default_factory=list)
    spent: list[Floats] = field(default_factory=list)
    messages: list[Floats] = field(default_factory=list)
    bound: list[Ints] = field(default_factory=list)
    active: list[Bools] = field(default_factory=list)
    outcome: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    ended: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    truth: Floats = field(default_factory=lambda: np.zeros(0))
