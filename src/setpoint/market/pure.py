"""A market without protocols: the same customers, truth and random numbers, answered at once in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from setpoint.kernel.randomness import uniforms
from setpoint.market.demand import Bools, Demand
from setpoint.market.population import Floats, Ints, make_population
from setpoint.market.truth import Truth, discount_of
from setpoint.market.world import DIMENSIONS, World


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of m decisions within the response window, in the world's currency."""

    converted: Bools  # at least one purchase
    purchases: Ints
    revenue: Floats  # before discounts
    redeemed: Bools
    discount: Floats  # what the redeemed offers cost
    effect: Floats  # true p1 - p0 of those sent, less what is only moved from later; 0 for the others
    unsubscribed: Bools
    complained: Bools


class PureMarket:
    """A market to test policies in, far faster than over protocols. It has a state: rounds must come in order.

    A coupon is used at the first purchase within its validity or not at all; later messages are not foreseen there.
    """

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.people = make_population(world, seed)
        self.truth = Truth(world, self.people)
        self.demand = Demand(world, seed, self.people, self.truth)
        self.true_increment = 0.0

    def action(self, parts: Mapping[str, str]) -> Ints:
        """The four indices of an action given by name: {"offer": ..., "variant": ..., "channel": ..., "slot": ...}."""
        names = {dimension: [entry["name"] for entry in self.world.actions[dimension]] for dimension in DIMENSIONS}
        return np.array([names[name].index(parts[name[:-1]]) if name[:-1] in parts else -1 for name in DIMENSIONS])

    def respond(
        self, rows: Ints, actions: Ints, day: float, *, sent: Bools | None = None, window: float | None = None
    ) -> Outcomes:
        """Play the decisions of one moment: `rows` (m,) all different, `actions` (m, 4), `sent` False = held back."""
        rows = np.asarray(rows, dtype=np.int64)
        sent = np.ones(len(rows), dtype=bool) if sent is None else np.asarray(sent, dtype=bool)
        end = day + (self.world.brief["window_days"] if window is None else window)
        effect, left, complained = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        if sent.any():
            answers = self.demand.receive(rows[sent], actions[sent], np.full(int(sent.sum()), float(day)))
            moved = self.world.behaviour["pull_forward"]["share"]
            change = answers.p1 - answers.p0
            effect[sent] = np.where(change > 0, change * (1 - moved), change)
            left[sent], complained[sent] = np.isfinite(answers.unsubscribed), np.isfinite(answers.complained)
        self.true_increment += float(effect.sum())
        bought = self.demand.buys(rows, day, end)
        redeemed, discount = self._redeem(rows, actions[:, 0], day, sent)
        return Outcomes(
            converted=np.asarray(bought.any(axis=1)), purchases=bought.sum(axis=1),
            revenue=(self.demand.values[rows] * bought).sum(axis=1),
            redeemed=redeemed, discount=discount, effect=effect, unsubscribed=left, complained=complained,
        )  # fmt: skip

    def _redeem(self, rows: Ints, offers: Ints, day: float, sent: Bools) -> tuple[Bools, Floats]:
        redeemed, discount = np.zeros(len(rows), dtype=bool), np.zeros(len(rows))
        for number, offer in enumerate(self.world.actions["offers"]):
            mine = np.flatnonzero(sent & (offers == number))
            if offer["kind"] == "none" or not len(mine):
                continue
            who = rows[mine]
            bought = self.demand.buys(who, day, day + offer["valid_days"])
            first = np.argmin(np.where(bought, self.demand.times[who], np.inf), axis=1)
            coin = uniforms((self.people.keys[who] << 16) | first, self.seed, "redeem")
            uses = bought.any(axis=1) & (coin < self.truth.redemption_chance(number))
            redeemed[mine] = uses
            discount[mine] = np.where(uses, discount_of(offer, self.demand.values[who, first]), 0.0)
        return redeemed, discount
