"""What will probably come of a campaign, before it is launched: chances, cost, messages and time as ranges.

The forecast lives through many possible futures (see `futures`) of what is known (see `basis`). The same draft and the
same data give the same forecast; a small change to the draft meets the same luck, so that figures do not flicker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Literal

import numpy as np

from setpoint.autopilot.basis import MOST_ROUNDS, Basis, basis_of, game_of
from setpoint.autopilot.futures import BOUNDS, OUTCOMES, Game, Paths, play
from setpoint.autopilot.futures.types import Floats, Ints
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import CampaignSpec
from setpoint.kernel.errors import Conflict
from setpoint.segments.running import interruptible

FUTURES = 2_000
JUDGED = 0.5
"""Share of futures in which there must be enough to judge before what is proven is shown."""

ForecastOutcome = Literal["goal", "limit", "futile", "deadline", "harm"]
Bound = Literal["people", "money", "messages", "hours", "channel", "need"]


@dataclass(frozen=True, slots=True)
class Range:
    """A value that nine futures of ten are above (`low`), half (`mid`), and one of ten (`high`)."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How a campaign may end, and in how many futures it does."""

    outcome: ForecastOutcome
    chance: float


@dataclass(frozen=True, slots=True)
class FanPoint:
    """The goal chart's picture of one round, over all futures; those that have ended keep their last value.

    `proven` is the middle of what is proven at least, where at least half can be judged; `running` the share that gets
    this far.
    """

    round: int
    measured_at: datetime
    estimate: Range
    proven: float | None
    spent: Range
    running: float


@dataclass(frozen=True, slots=True)
class Binding:
    """What holds back a round's messages in most futures that get there."""

    round: int
    bound: Bound
    share: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will probably come of a campaign. Money in the main unit; `increment` in the goal's unit, truly caused."""

    futures: int
    rounds: int
    is_cut: bool
    chance_of_goal: float
    chance_reached: float
    outcomes: tuple[Chance, ...]
    cost: Range
    messages: Range
    days: Range
    increment: Range
    fan: tuple[FanPoint, ...]
    bindings: tuple[Binding, ...]


def forecast(
    spec: CampaignSpec, *, now: datetime, campaign_id: int = 0, futures: int = FUTURES
) -> tuple[Forecast, Basis]:
    """The forecast of a specification, and what it stands on. Conflict when a newer question takes its place."""
    basis = basis_of(spec, now=now, campaign_id=campaign_id)
    paths = lived(game_of(spec, basis), campaign_id, futures)
    return told(spec, game_of(spec, basis), paths, now=now), basis


def lived(game: Game, seed: int, futures: int) -> Paths:
    """The futures of a game; ends early, with Conflict, when nobody waits for them any more."""
    ended = Event()

    def still() -> None:
        if ended.is_set():
            raise Conflict("Nobody waits for these futures any more.")

    with interruptible(ended.set):
        return play(game, futures, "forecast", seed, still=still)


def told(spec: CampaignSpec, game: Game, paths: Paths, *, now: datetime) -> Forecast:
    """The figures of some futures."""
    days = (paths.ended - 1) * game.cadence_days + game.window_days
    return Forecast(
        futures=len(paths.outcome),
        rounds=game.rounds,
        is_cut=rounds_left(spec, now) > MOST_ROUNDS,
        chance_of_goal=float((paths.outcome == OUTCOMES.index("goal")).mean()),
        chance_reached=float((caused(game, paths) >= game.target).mean()),
        outcomes=tuple(_outcomes(paths)),
        cost=spread(paths.spent[-1]),
        messages=spread(paths.messages[-1]),
        days=spread(days),
        increment=spread(caused(game, paths)),
        fan=tuple(_fan(game, paths, now)),
        bindings=tuple(_bindings(paths)),
    )


def caused(game: Game, paths: Paths) -> Floats:
    """What truly comes of each future in the goal's unit: caused by sends, or the plain count."""
    if not game.incremental:
        return paths.estimate[-1]
    return np.asarray(paths.truth / np.maximum(1.0, paths.messages[-1]) if game.is_rate else paths.truth)


def spread(values: Floats | Ints) -> Range:
    """The middle and the tenths at either end."""
    low, mid, high = np.quantile(values, (0.1, 0.5, 0.9))
    return Range(float(low), float(mid), float(high))


def _outcomes(paths: Paths) -> Iterator[Chance]:
    names: Sequence[ForecastOutcome] = ("goal", "limit", "futile", "deadline", "harm")
    for name in names:
        yield Chance(name, float((paths.outcome == OUTCOMES.index(name)).mean()))


def _fan(game: Game, paths: Paths, now: datetime) -> Iterator[FanPoint]:
    for index, active in enumerate(paths.active):
        proven = paths.proven[index]
        judged = np.isfinite(proven)
        yield FanPoint(
            round=index + 1,
            measured_at=now + timedelta(days=index * game.cadence_days + game.window_days),
            estimate=spread(paths.estimate[index]),
            proven=float(np.median(proven[judged])) if judged.mean() >= JUDGED else None,
            spent=spread(paths.spent[index]),
            running=float(active.mean()),
        )


def _bindings(paths: Paths) -> Iterator[Binding]:
    names: Sequence[Bound] = ("people", "money", "messages", "hours", "channel", "need")
    for index, (bound, active) in enumerate(zip(paths.bound, paths.active, strict=True)):
        counts = np.bincount(bound[active], minlength=len(BOUNDS)) / max(1, int(np.count_nonzero(active)))
        most = int(counts.argmax())
        yield Binding(index + 1, names[most], float(counts[most]))
