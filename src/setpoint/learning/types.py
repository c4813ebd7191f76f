"""What a policy sees and what it answers: arrays of one round, and the contract of a policy.

n = customers, d = features, A = actions, m = rows of the past. Action 0 is always "no action". Money here is in the
main currency unit as float, for statistics; sums that bind a budget are kept elsewhere, in integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action as learning sees it. `factors` are the parts that share strength between actions."""

    key: str
    factors: tuple[tuple[str, str], ...] = ()
    channel: str = ""

    @property
    def sends(self) -> bool:
        """Whether it is an action at all, rather than "no action"."""
        return self.key != "none"


@dataclass(frozen=True, slots=True)
class Trials:
    """Past decisions and what came of them, oldest first.

    `probabilities` (m, A) are the full logged vectors; `exposed` says that the chosen send really went out;
    `suppressed_share` is the probability with which a chosen send was held back. `maturity` in (0, 1] is the share of
    the response that has had time to arrive.
    """

    rounds: Ints
    features: Floats
    chosen: Ints
    exposed: Bools
    suppressed_share: Floats
    probabilities: Floats
    converted: Floats
    redeemed: Floats
    maturity: Floats

    @property
    def realised(self) -> Ints:
        """(m,) the action that the customer really met: the chosen one where exposed, else 0."""
        return np.where(self.exposed, self.chosen, 0)

    def rows(self, mask: Bools) -> Trials:
        """The trials of a mask of rows."""
        names = ("rounds", "features", "chosen", "exposed", "suppressed_share", "probabilities")
        kept = [getattr(self, name)[mask] for name in (*names, "converted", "redeemed", "maturity")]
        return Trials(*kept)


@dataclass(frozen=True, slots=True)
class Resource:
    """Something limited. One choice of action a by customer i uses `amounts[i, a] * actions[a]` of it.

    `amounts` is (A,) where it is the same for everybody, else (n, A); `actions` (A,) picks those that count
    (one channel, say), None = all. Column 0 uses nothing.
    """

    name: str
    limit: float
    amounts: Floats
    actions: Floats | None = None


class Forecast(Protocol):
    """What is believed of every customer and action; all arrays (n, A), column 0 zero for effects and costs."""

    @property
    def effect(self) -> Floats:
        """Posterior mean of the increment over no action, goal units."""
        ...

    @property
    def effect_sd(self) -> Floats:
        """Posterior standard deviation of the increment."""
        ...

    @property
    def cost(self) -> Floats:
        """Expected money if sent: send cost plus expected redemption."""
        ...

    @property
    def reserve(self) -> Floats:
        """Money that must be put aside if sent."""
        ...

    @property
    def personalisation(self) -> str:
        """Whether differences between customers are real: proven | not proven | not enough data."""
        ...

    @property
    def events(self) -> float:
        """Conversions seen among those sent, the measure of how much is known."""
        ...

    def draws(self, count: int, seed: int) -> Iterator[Floats]:
        """`count` draws of the effect from its posterior, each (n, A)."""
        ...


@dataclass(frozen=True, slots=True)
class Situation:
    """One round's question to a policy.

    `weight` (n,) is the probability that a chosen send of this row really goes out (0 for the hold-out): only then does
    it use anything up. `need` is the increment that the round should add, None = as much as possible.
    """

    actions: tuple[ActionView, ...]
    features: Floats
    eligible: Bools
    weight: Floats
    resources: tuple[Resource, ...]
    forecast: Forecast
    round: int
    planned_rounds: int
    seed: int
    need: float | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """A policy's answer: `probabilities` (n, A) with rows that sum to 1 and 0 where not eligible.

    Each eligible action of a row has at least `floor` / (number of its eligible actions).
    """

    probabilities: Floats
    floor: float = 0.0
    shadow_prices: dict[str, float] = field(default_factory=dict)
    gap: float = 0.0
    notes: tuple[str, ...] = ()


class Policy(Protocol):
    """One way to decide. A new one is one class in one file and one entry point in the group `setpoint.policies`.

    The class is called with the campaign's policy settings as keywords (all must have defaults), then `fit` with
    the past, then `distribution` with the round's question. It never draws: whoever asks draws from the vector and
    logs it. It may pass limits; a guard after the draw keeps them, but what the guard drops is wasted thought.
    Prove a new one with `setpoint.learning.checks.check_policy`.
    """

    version: str

    def fit(self, trials: Trials | None) -> Policy:
        """A policy that has learned from the past; None or no rows = nothing known."""
        ...

    def distribution(self, situation: Situation) -> Distribution:
        """The probability of every action for every customer. The same situation gives the same answer."""
        ...
