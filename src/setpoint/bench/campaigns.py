"""Simulated campaigns, many at once, as the sums that the product's readings take.

Each round some customers have a chosen send; a share is held back. Customers convert at a base rate; sends add
conversions, or take them from the window after (the echo) and from beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setpoint.experiments.assignment import suppressed_share
from setpoint.experiments.sums import IncrementSums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Setting:
    """A campaign and the world it runs in. `added` and `base` are per round; `moved` is a share of sends."""

    name: str
    target: float
    added: tuple[int, ...]  # conversions that the sends of a round truly add
    base: tuple[float, ...]  # conversion rate without a send
    moved: float = 0.0  # share of sends that pull a purchase into the window
    moved_from_echo: float = 1.0  # share of those that is missing in the echo; the rest is missing later
    chosen: int = 5000
    holdout: float = 0.05
    ghost: float = 0.20

    @property
    def rounds(self) -> int:
        """Number of rounds."""
        return len(self.base)

    @property
    def share(self) -> float:
        """Probability that a chosen send is held back."""
        return suppressed_share(self.holdout, self.ghost)


@dataclass(frozen=True, slots=True)
class Played:
    """Cumulative sums of (campaigns, rounds): of the window, the echo, window + echo and window + 2 echo."""

    window: IncrementSums
    echo: IncrementSums
    net: IncrementSums
    far: IncrementSums


@dataclass(frozen=True, slots=True)
class _Arm:
    """Counts of one arm, (campaigns, rounds): customers, conversions in window and echo, customers with both."""

    customers: Ints
    window: Ints
    echo: Ints
    both: Ints


def play(setting: Setting, campaigns: int, random: np.random.Generator) -> Played:
    """Play all rounds of many campaigns; nothing stops them."""
    size = (campaigns, setting.rounds)
    base = np.asarray(setting.base)
    withheld_count = random.binomial(setting.chosen, setting.share, size)
    sent_count = setting.chosen - withheld_count
    moved = random.binomial(sent_count, setting.moved)
    missing = setting.moved * setting.moved_from_echo
    sent = _arm(sent_count, base, base - missing, random)
    sent = _Arm(sent.customers, sent.window + moved + np.asarray(setting.added), sent.echo, sent.both)
    withheld = _arm(withheld_count, base, base, random)
    weight = (1 - setting.share) / setting.share
    parts = (_sums(sent, withheld, weight, *pair) for pair in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 2.0)))
    return Played(*parts)


def at(sums: IncrementSums, campaign: int, rounds: int) -> IncrementSums:
    """One campaign's sums after so many rounds (1 = after the first)."""
    return IncrementSums(
        **{name: getattr(sums, name)[campaign, rounds - 1].item() for name in IncrementSums.__dataclass_fields__}
    )


def _arm(customers: Ints, window: Floats, echo: Floats, random: np.random.Generator) -> _Arm:
    return _Arm(
        customers,
        random.binomial(customers, window),
        random.binomial(customers, echo),
        random.binomial(customers, window * echo),
    )


def _sums(sent: _Arm, withheld: _Arm, weight: float, in_window: float, in_echo: float) -> IncrementSums:
    """Cumulative sums of the outcome in_window * window + in_echo * echo, with no prediction (m = 0)."""

    def value(arm: _Arm) -> Floats:
        return np.asarray(in_window * arm.window + in_echo * arm.echo, dtype=np.float64)

    def square(arm: _Arm) -> Floats:
        squares = in_window**2 * arm.window + in_echo**2 * arm.echo + 2 * in_window * in_echo * arm.both
        return np.asarray(squares, dtype=np.float64)

    squares = square(sent) + square(withheld)
    binary = in_window * in_echo == 0
    direct = np.zeros_like(squares) if binary else weight * (1 + weight) * square(withheld)
    fields = IncrementSums(
        exposed=sent.customers,
        withheld=withheld.customers,
        conversions_exposed=value(sent) if binary else sent.window + sent.echo - sent.both,
        conversions_withheld=value(withheld) if binary else withheld.window + withheld.echo - withheld.both,
        effect=value(sent) - weight * value(withheld),
        variance=weight * squares,
        outcome_part=weight * squares,
        outcomes=value(sent) + value(withheld),
        squares=squares,
        variance_withheld=direct,
    )
    parts = {name: np.broadcast_to(getattr(fields, name), squares.shape) for name in IncrementSums.__dataclass_fields__}
    return IncrementSums(**{name: np.cumsum(part, axis=1) for name, part in parts.items()})
