"""What messages truly do: purchase probabilities with and without a message, vectorised over customers.

Without a message a customer buys within the horizon with probability ``p0 = sigmoid(b.x)``; after receiving the action
a, with ``p1 = sigmoid(b.x + effect(x, a) - fatigue)``. Effects are linear forms on standardised traits; those of a
message's parts (offer, variant, channel, slot) and of the pairs that apply add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from setpoint.market.population import Floats, Ints, Population
from setpoint.market.world import DIMENSIONS, World

WEEK = 7


def evaluate(effect: Mapping[str, Any], people: Population) -> Floats:
    """The linear form of every customer (n,). A level that nobody has counts as zero."""
    nothing = np.zeros(people.size)
    total = np.full(people.size, float(effect["intercept"]))
    for term, coefficient in effect["traits"].items():
        total += coefficient * people.standard.get(term, nothing)
    for product in effect["interactions"]:
        first, second = (people.standard.get(term, nothing) for term in product["traits"])
        total += product["effect"] * first * second
    return total


class Truth:
    """The true probabilities of one world and its customers.

    An action is a row of four indices into the world's offers, variants, channels and slots (-1 = none of them known);
    a moment is a number of days since the world's start.
    """

    def __init__(self, world: World, people: Population) -> None:
        self.world, self.people = world, people
        self.horizon = float(world.behaviour["horizon_days"])
        self._changes = sorted(world.behaviour["drift"], key=lambda change: float(change["day"]))
        self._change_days = np.array([float(change["day"]) for change in self._changes])
        self._base = self._drifted(world.behaviour["baseline"], [change.get("baseline") for change in self._changes])
        self._parts = [self._dimension(name) for name in DIMENSIONS]
        self._pairs = [self._pair(pair) for pair in world.actions["pairs"]]
        self._season = self._season_curve()
        value = world.behaviour["value"]
        shift = evaluate({"intercept": 0, "traits": value["effects"], "interactions": []}, people)
        self.sigma = float(value["sigma"])
        self.mean_value: Floats = value["mean"] * np.exp(shift)

    def epoch(self, days: npt.ArrayLike) -> Ints:
        """How many changes of the truth have happened by each moment."""
        return np.searchsorted(self._change_days, np.asarray(days, dtype=float), side="right")

    def p0(self, rows: Ints, days: npt.ArrayLike) -> Floats:
        """Probability to buy within the horizon without a message; shape of `rows`."""
        return _chance(self._base[self.epoch(days), rows])

    def p1(self, rows: Ints, actions: Ints, days: npt.ArrayLike, fatigue: npt.ArrayLike = 0.0) -> Floats:
        """Probability to buy within the horizon after a message; `actions` (m, 4), `fatigue` in logits."""
        return _chance(self._base[self.epoch(days), rows] + self.shift(rows, actions, days) - np.asarray(fatigue))

    def shift(self, rows: Ints, actions: Ints, days: npt.ArrayLike) -> Floats:
        """Logit shift of a rested customer by a message; shape of `rows`."""
        epoch, total = self.epoch(days), np.zeros(len(rows))
        for column, table in enumerate(self._parts):
            total += table[epoch, actions[:, column], rows]
        for wanted, effect in self._pairs:
            applies = np.all((wanted < 0) | (actions == wanted), axis=1)
            total += np.where(applies, effect[rows], 0.0)
        return total

    def rates(self) -> Floats:
        """Purchases a day without messages (E, n): the Poisson rates that give p0 over the horizon."""
        return np.asarray(-np.log1p(-_chance(self._base)) / self.horizon)

    def season(self, days: npt.ArrayLike) -> Floats:
        """Seasonal time: days since the start, stretched so that busy weekdays are longer."""
        at = np.asarray(days, dtype=float)
        return np.asarray(np.interp(at, *self._season))

    def unseason(self, seasonal: npt.ArrayLike) -> Floats:
        """The moment at which seasonal time shows `seasonal`."""
        grid, curve = self._season
        return np.asarray(np.interp(np.asarray(seasonal, dtype=float), curve, grid))

    def spans(self) -> list[tuple[float, float]]:
        """From and to of each epoch in days; the last one ends where the world can no longer be played."""
        edges = [0.0, *self._change_days.clip(0, self.world.days), self.world.days]
        return list(pairwise(edges))

    def expected_baseline(self, rows: Ints, start: npt.ArrayLike, end: npt.ArrayLike) -> Floats:
        """Mean number of purchases without messages between two moments; shape of `rows`."""
        rates, total = self.rates(), np.zeros(len(rows))
        for epoch, (low, high) in enumerate(self.spans()):
            inside = self.season(np.clip(end, low, high)) - self.season(np.clip(start, low, high))
            total += rates[epoch, rows] * inside
        return total

    def discount(self, rows: Ints, offer: int) -> Floats:
        """Expected cost of redeeming an offer with one purchase, in the currency; shape of `rows`."""
        terms: Mapping[str, Any] = self.world.actions["offers"][offer] if offer >= 0 else {"kind": "none"}
        mean = self.mean_value[rows]
        if terms["kind"] == "amount":
            return limited_mean(mean, self.sigma, terms["amount"])
        if terms["kind"] == "percent":
            rate = terms["percent"] / 100
            return limited_mean(mean * rate, self.sigma, terms.get("cap", np.inf))
        return np.zeros(len(rows))

    def redemption_chance(self, offer: int) -> float:
        """Probability that a purchase made while holding this offer uses it."""
        terms = self.world.actions["offers"][offer] if offer >= 0 else {}
        return float(terms.get("redemption", self.world.behaviour["redemption"]))

    def _drifted(self, effect: Mapping[str, Any], changes: list[Mapping[str, Any] | None]) -> Floats:
        steps = [evaluate(effect, self.people)]
        for change in changes:
            steps.append(steps[-1] + evaluate(change, self.people) if change else steps[-1])
        return np.array(steps)

    def _dimension(self, name: str) -> Floats:
        """(E, entries + 1, n); the last entry, which index -1 reads, is zero."""
        entries = [
            self._drifted(entry["effect"], [change[name].get(entry["name"]) for change in self._changes])
            for entry in self.world.actions[name]
        ]
        entries.append(np.zeros_like(entries[0]))
        return np.stack(entries, axis=1)

    def _pair(self, pair: Mapping[str, Any]) -> tuple[Ints, Floats]:
        wanted = [self._index(name, pair["when"].get(name[:-1])) for name in DIMENSIONS]
        return np.array(wanted), evaluate(pair["effect"], self.people)

    def _index(self, dimension: str, name: str | None) -> int:
        return -1 if name is None else [entry["name"] for entry in self.world.actions[dimension]].index(name)

    def _season_curve(self) -> tuple[Floats, Floats]:
        weights = np.array(self.world.behaviour["seasonality"]["weekday"], dtype=float)
        weights = weights * WEEK / weights.sum()
        start = self.world.start
        first_midnight = 1 - (start.hour * 3600 + start.minute * 60 + start.second) / 86_400
        edges = np.concatenate([[0.0], np.arange(first_midnight, self.world.days + 2)])
        weekday = (start.weekday() + np.arange(len(edges) - 1)) % WEEK
        return edges, np.concatenate([[0.0], np.cumsum(np.diff(edges) * weights[weekday])])


def _chance(logits: Floats) -> Floats:
    """Probabilities that are never quite 0 or 1, so that ratios of them stay finite."""
    return np.asarray(np.clip(expit(logits), 1e-9, 1 - 1e-9))


def limited_mean(mean: Floats, sigma: float, limit: float) -> Floats:
    """E[min(X, limit)] of a lognormal X with this mean: Klugman, Panjer, Willmot, "Loss Models", appendix A."""
    if not np.isfinite(limit):
        return mean
    if sigma < 1e-9:
        return np.minimum(mean, limit)
    centred = (np.log(limit) - np.log(mean)) / sigma
    return np.asarray(mean * ndtr(centred - sigma / 2) + limit * (1 - ndtr(centred + sigma / 2)))


def discount_of(offer: Mapping[str, object], amount: npt.ArrayLike) -> Floats:
    """What an offer takes off purchases of these amounts, to the cent."""
    value = np.asarray(amount, dtype=float)
    if offer["kind"] == "amount":
        return np.asarray(np.minimum(value, float(str(offer["amount"]))))
    if offer["kind"] == "percent":
        return np.asarray(
            np.round(np.minimum(value * float(str(offer["percent"])) / 100, float(str(offer.get("cap", "inf")))), 2)
        )
    return np.zeros_like(value)
