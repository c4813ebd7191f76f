"""The state of all futures of a campaign, and what they believe of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from setpoint.autopilot.futures.types import Bools, Floats, Game, Ints
from setpoint.autopilot.priors import ACTIONS, OFFER

MOST = 0.95
TIRED = 0.1
"""Most that one more message to everybody takes off the effect."""
MOVED = (1.0, 9.0)
"""Beta: share of the increment that was only moved forward."""
UPTAKE = (0.4, 1.0)
"""Share of buyers who use the offer sent."""
LEAVING = (-6.2, 0.7)
"""Log of the unsubscribe rate: 0.2 % in the middle."""
PRIOR = 0.5
"""Of the base rate: how far a send is taken to matter before anything is measured."""
LEARNT = 0.25
"""Of the base rate: how far actions are taken to differ before they are measured."""


@dataclass(slots=True)
class World:
    """The state of all futures: F rows, K actions."""

    game: Game
    random: np.random.Generator
    base: Floats
    effect: Floats  # (F, K) increment of one send in goal units
    likely: Floats  # (F, K) chance to act if sent
    square: Floats
    tired: Floats
    moved: Floats
    uptake: Floats
    leaving: Floats
    sent: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    gained: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # what each action's sends seem to have brought
    chosen: list[Floats] = field(default_factory=list)
    estimates: list[Floats] = field(default_factory=list)
    variances: list[Floats] = field(default_factory=list)
    increments: list[Floats] = field(default_factory=list)
    free_at: dict[int, Floats] = field(default_factory=dict)
    committed: Floats = field(default_factory=lambda: np.zeros(0))
    aside: Floats = field(default_factory=lambda: np.zeros(0))
    seconds: Floats = field(default_factory=lambda: np.zeros(0))
    on_channel: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    money_on_channel: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    acting: Floats = field(default_factory=lambda: np.zeros(0))
    acting_withheld: Floats = field(default_factory=lambda: np.zeros(0))
    count: Floats = field(default_factory=lambda: np.zeros(0))
    truth: Floats = field(default_factory=lambda: np.zeros(0))
    echo_noise: list[Floats] = field(default_factory=list)  # by round: chance in the window after the window
    looks: list[float] = field(default_factory=list)
    multiplier: float = 0.0
    planned: Floats = field(default_factory=lambda: np.zeros(0))
    readings: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    has_reading: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @classmethod
    def of(cls, game: Game, futures: int, random: np.random.Generator) -> World:
        """Draw what is not known."""
        arms, belief = game.arms, game.belief
        width = len(arms.cost)
        rate = np.minimum(MOST, game.rate * np.exp(game.rate_doubt * random.standard_normal(futures)))
        common = belief.centre + belief.spread * random.standard_normal((futures, 1))
        offers = arms.offers * (OFFER + OFFER * random.standard_normal((futures, 1)))
        own = ACTIONS * random.standard_normal((futures, width))
        likely = np.minimum(MOST, rate[:, None] * np.exp(common + offers + own))
        world = cls(
            game=game,
            random=random,
            base=rate * game.value,
            effect=(likely - rate[:, None]) * game.value,
            likely=likely,
            square=rate * game.square,
            tired=random.uniform(0, TIRED, futures),
            moved=random.beta(*MOVED, futures),
            uptake=random.uniform(*UPTAKE, futures),
            leaving=np.exp(LEAVING[0] + LEAVING[1] * random.standard_normal(futures)),
        )
        world._start(futures, width, len(game.reach))
        return world

    def _start(self, futures: int, width: int, channels: int) -> None:
        for name in ("committed", "aside", "seconds", "acting", "acting_withheld", "count", "truth"):
            setattr(self, name, np.zeros(futures))
        self.sent, self.gained = np.zeros((futures, width)), np.zeros((futures, width))
        self.on_channel, self.money_on_channel = np.zeros((futures, channels)), np.zeros((futures, channels))
        self.planned = np.ones(futures)
        self.readings, self.has_reading = np.zeros(futures, dtype=np.int64), np.zeros(futures, dtype=bool)

    def lately(self, rounds: int) -> Floats:
        recent = self.chosen[-rounds:] if rounds > 0 else []
        return np.asarray(sum(recent, np.zeros(len(self.base))))

    def believed(self) -> tuple[Floats, Floats, Floats]:
        """Mean of each action's effect (F, K), the doubt common to all (F,) and each one's own (F, K)."""
        base = self.base[:, None]
        sent = np.maximum(self.sent, 1e-9)
        total = np.maximum(self.sent.sum(axis=1), 1e-9)
        held = self.game.held_back
        common_noise = self.square / total / max(held, 1e-9)
        first = (PRIOR * self.base) ** 2
        pooled = self.gained.sum(axis=1) / total * first / (first + common_noise)
        doubt = first * common_noise / (first + common_noise)
        own = (LEARNT * base) ** 2
        noise = self.square[:, None] / sent
        weight = own / (own + noise)
        mean: Floats = pooled[:, None] + weight * (self.gained / sent - pooled[:, None]) * (self.sent > 0)
        return mean, np.sqrt(doubt), np.sqrt(own * noise / (own + noise))

    def estimate_so_far(self) -> Floats:
        """Sum of the rounds' estimated increments."""
        return np.asarray(sum(self.estimates))

    def variance(self) -> Floats:
        """Variance of that."""
        return np.asarray(np.maximum(sum(self.variances), 1e-12))

    def target(self) -> Floats:
        """The target in units of the estimate: a rate becomes the count it means for those sent."""
        game = self.game
        if game.is_rate:
            over = np.maximum(1.0, self.sent.sum(axis=1)) if game.incremental else np.ones(len(self.base))
            return np.asarray(game.target * over)
        return np.full(len(self.base), game.target)

    def goal_value(self) -> Floats:
        """Best estimate in the goal's own unit."""
        game, sent = self.game, np.maximum(1.0, self.sent.sum(axis=1))
        if not game.incremental:
            return np.asarray(self.count / max(1.0, game.audience * len(self.chosen)) if game.is_rate else self.count)
        return np.asarray(self.estimate_so_far() / sent if game.is_rate else self.estimate_so_far())

    def goal_proven(self) -> Floats:
        """Proven at least, in the goal's own unit; not a number while there is nothing to judge."""
        if not self.game.incremental:
            return self.goal_value()
        low = self.estimate_so_far() - self.multiplier * np.sqrt(self.variance())
        low = low / np.maximum(1.0, self.sent.sum(axis=1)) if self.game.is_rate else low
        return np.where(self.has_reading & (self.multiplier > 0), low, np.nan)

    def own_square(self, effect: Floats) -> Floats:
        """(F, K) mean square of what one who was sent this brings."""
        per_unit = self.game.square / max(self.game.value, 1e-12)
        return np.asarray(np.maximum(self.square[:, None] + effect * per_unit, 0.0))
