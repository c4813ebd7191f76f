"""Purchases as they truly come about: those due anyway, those a message adds, moves or prevents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from setpoint.kernel.randomness import uniforms
from setpoint.market.population import Floats, Ints, Population
from setpoint.market.truth import Truth, evaluate
from setpoint.market.world import World

Bools = npt.NDArray[np.bool_]
HOUR, MINUTE = 1 / 24, 1 / 1440
SAME_DAY = 256  # most messages to one customer on one day that draw numbers of their own


@dataclass(frozen=True, slots=True)
class Responses:
    """What each of m messages does to its customer. Delays: days after receipt, infinite for what does not happen."""

    p0: Floats
    p1: Floats
    extra: Bools  # one purchase more within the horizon
    moved: Bools  # of these, the ones taken from a later time
    cancelled: Ints  # purchases due in the horizon that are called off
    column: Ints  # where the extra purchase stands in Demand's matrices, -1 = none
    purchase: Floats
    opened: Floats
    clicked: Floats
    unsubscribed: Floats
    complained: Floats


class Demand:
    """All purchases of a market, one row a customer: `times` in days (inf = none), `values`, `alive`, `caused`.

    Purchases without messages are a Poisson process drawn once from the seed, so two markets of one seed hold the same.
    """

    def __init__(self, world: World, seed: int, people: Population, truth: Truth) -> None:
        self.world, self.seed, self.people, self.truth = world, seed, people, truth
        self.times, self.values = self._draw_baseline()
        self.alive: Bools = np.isfinite(self.times)
        self.caused: Bools = np.zeros(self.times.shape, dtype=np.bool_)
        self._filled = np.isfinite(self.times).sum(axis=1)
        self._tired = np.zeros(people.size)
        self._tired_at = np.zeros(people.size)
        self._today = np.full(people.size, -1)
        self._today_count = np.zeros(people.size, dtype=np.int64)
        reactions = world.behaviour["reactions"]
        self._open = expit(evaluate(reactions["open"], people))
        self._click = expit(evaluate(reactions["click"], people))

    def recent_messages(self, rows: Ints, days: npt.ArrayLike) -> Floats:
        """Messages received recently, each counting half after the half-life; shape of `rows`."""
        half_life = self.world.behaviour["fatigue"]["half_life_days"]
        age = np.maximum(np.asarray(days) - self._tired_at[rows], 0)
        return np.asarray(self._tired[rows] * 0.5 ** (age / half_life))

    def fatigue(self, rows: Ints, days: npt.ArrayLike) -> Floats:
        """Logits that a message now loses through earlier ones; shape of `rows`."""
        return self.recent_messages(rows, days) * float(self.world.behaviour["fatigue"]["per_message"])

    def buys(self, rows: Ints, start: npt.ArrayLike, end: npt.ArrayLike) -> Bools:
        """Which purchases fall in (start, end]: (m, columns), bound per row."""
        low, high = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        times = self.times[rows]
        return np.asarray(self.alive[rows] & (times > low.reshape(-1, 1)) & (times <= high.reshape(-1, 1)))

    def receive(self, rows: Ints, actions: Ints, days: Floats) -> Responses:
        """Let each customer (all different) receive one message at its moment, and change their purchases by it."""
        recent = self.recent_messages(rows, days)
        p0 = self.truth.p0(rows, days)
        p1 = self.truth.p1(rows, actions, days, self.fatigue(rows, days))
        ids = self._message_ids(rows, days)
        extra, moved = self._extra(rows, days, ids, p0, p1)
        cancelled = self._cancel(rows, days, self._u(ids, "cancel") < (p0 - p1) / p0)
        delay = self._delay(ids, "purchase", self.world.behaviour["delays"]["purchase_mean_days"])
        column = self._insert(rows, days + delay, ids, extra)
        opened, clicked = self._reading(rows, ids, np.where(extra, delay, np.inf))
        self._tire(rows, recent, days)
        return Responses(
            p0=p0, p1=p1, extra=extra, moved=moved, cancelled=cancelled, column=column,
            purchase=np.where(extra, delay, np.inf), opened=opened, clicked=clicked,
            unsubscribed=self._reflex(ids, "unsubscribe", recent), complained=self._reflex(ids, "complaint", recent),
        )  # fmt: skip

    def _u(self, ids: Ints, purpose: str) -> Floats:
        return uniforms(ids, self.seed, purpose)

    def _message_ids(self, rows: Ints, days: Floats) -> Ints:
        """An id of (customer, day, how many before on that day): twins that write on one day draw the same numbers."""
        day = np.floor(days).astype(np.int64)
        nth = np.where(self._today[rows] == day, self._today_count[rows], 0)
        self._today[rows], self._today_count[rows] = day, nth + 1
        return np.asarray((self.people.keys[rows] << 24) | ((day & 0xFFFF) << 8) | (nth % SAME_DAY), dtype=np.int64)

    def _tire(self, rows: Ints, recent: Floats, days: Floats) -> None:
        self._tired[rows] = recent + 1
        self._tired_at[rows] = np.maximum(days, self._tired_at[rows])

    def _extra(self, rows: Ints, days: Floats, ids: Ints, p0: Floats, p1: Floats) -> tuple[Bools, Bools]:
        """Extra purchases, and which of them are moved from (horizon, pull_forward.days] after receipt."""
        chance = np.maximum(p1 - p0, 0) / (1 - p0)
        pull, horizon = self.world.behaviour["pull_forward"], self.truth.horizon
        added = self._u(ids, "extra") < (1 - pull["share"]) * chance
        if pull["share"] == 0:
            return added, np.zeros(len(rows), dtype=np.bool_)
        later = self.buys(rows, days + horizon, days + pull["days"])
        due = 1 - np.exp(-self.truth.expected_baseline(rows, days + horizon, days + pull["days"]))
        wanted = pull["share"] * chance / np.maximum(due * (1 - (1 - pull["share"]) * chance), 1e-12)
        moved = ~added & later.any(axis=1) & (self._u(ids, "moved") < wanted)
        first = np.argmin(np.where(later, self.times[rows], np.inf), axis=1)
        self.alive[rows[moved], first[moved]] = False
        return added | moved, moved

    def _cancel(self, rows: Ints, days: Floats, hit: Bools) -> Ints:
        due = self.buys(rows, days, days + self.truth.horizon) & ~self.caused[rows] & hit[:, None]
        which, columns = np.nonzero(due)
        self.alive[rows[which], columns] = False
        return np.asarray(due.sum(axis=1))

    def _insert(self, rows: Ints, at: Floats, ids: Ints, wanted: Bools) -> Ints:
        who = rows[wanted]
        if len(who) and self._filled[who].max() >= self.times.shape[1]:
            self._widen()
        column = np.full(len(rows), -1)
        column[wanted] = self._filled[who]
        place = (who, self._filled[who])
        self.times[place], self.alive[place], self.caused[place] = at[wanted], True, True
        self.values[place] = self._amounts(who, self._u(ids[wanted], "extra value"))
        self._filled[who] += 1
        return column

    def _widen(self) -> None:
        room = ((0, 0), (0, 8))
        self.times = np.pad(self.times, room, constant_values=np.inf)
        self.values = np.pad(self.values, room)
        self.alive = np.pad(self.alive, room)
        self.caused = np.pad(self.caused, room)

    def _delay(self, ids: Ints, purpose: str, mean: float) -> Floats:
        """Exponential, cut at the horizon."""
        reach = -np.expm1(-self.truth.horizon / mean)
        return np.asarray(-mean * np.log1p(-self._u(ids, f"{purpose} delay") * reach))

    def _reading(self, rows: Ints, ids: Ints, bought: Floats) -> tuple[Floats, Floats]:
        """Moments of open and click; who buys because of the message has opened and clicked before."""
        delays = self.world.behaviour["delays"]
        buys = np.isfinite(bought)
        opens = buys | (self._u(ids, "open") < self._open[rows])
        clicks = opens & (buys | (self._u(ids, "click") < self._click[rows]))
        ceiling = np.where(buys, bought, np.inf)
        opened = np.minimum(self._delay(ids, "open", delays["open_mean_hours"] * HOUR), ceiling * 0.5)
        clicked = opened + np.minimum(self._delay(ids, "click", delays["click_mean_minutes"] * MINUTE), ceiling * 0.4)
        return np.where(opens, opened, np.inf), np.where(clicks, clicked, np.inf)

    def _reflex(self, ids: Ints, kind: str, recent: Floats) -> Floats:
        settings = self.world.behaviour["reactions"][kind]
        chance = expit(logit(settings["rate"]) + settings["fatigue"] * recent)
        mean = self.world.behaviour["delays"][f"{kind}_mean_hours"] * HOUR
        return np.where(self._u(ids, kind) < chance, self._delay(ids, kind, mean), np.inf)

    def _amounts(self, rows: Ints, u: Floats) -> Floats:
        sigma = self.truth.sigma
        amount = self.truth.mean_value[rows] * np.exp(sigma * ndtri(np.clip(u, 1e-12, 1 - 1e-12)) - sigma**2 / 2)
        return np.asarray(np.maximum(np.round(amount, 2), 0.01))

    def _draw_baseline(self) -> tuple[Floats, Floats]:
        """Unit-rate arrivals, one more for everybody at a time, moved to the clock of each customer's own rate."""
        due = np.zeros(self.people.size)
        rows = np.arange(self.people.size)
        columns: list[Floats] = []
        amounts: list[Floats] = []
        while len(rows):
            nth = len(columns)
            due[rows] -= np.log1p(-uniforms(self.people.keys[rows], self.seed, "baseline", nth))
            at = np.full(self.people.size, np.inf)
            at[rows] = self._moment_of(rows, due[rows])
            value = np.zeros(self.people.size)
            value[rows] = self._amounts(rows, uniforms(self.people.keys[rows], self.seed, "baseline value", nth))
            columns.append(at)
            amounts.append(value)
            rows = rows[np.isfinite(at[rows])]
        return np.column_stack(columns), np.column_stack(amounts)

    def _moment_of(self, rows: Ints, mass: Floats) -> Floats:
        """When the customer's expected purchases reach `mass`; infinite when not while the world can be played."""
        rates, at, left = self.truth.rates(), np.full(len(rows), np.inf), mass.copy()
        for epoch, (low, high) in enumerate(self.truth.spans()):
            rate = np.maximum(rates[epoch, rows], 1e-300)
            begin, end = self.truth.season(low), self.truth.season(high)
            room = rate * (end - begin)
            here = np.isinf(at) & (left <= room) & (room > 0)
            at[here] = self.truth.unseason(begin + left[here] / rate[here])
            left = left - room
        return at
