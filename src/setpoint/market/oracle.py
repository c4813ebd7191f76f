"""The best that a campaign can reach in a world, computed from the truth that no campaign ever sees.

Two numbers frame the best. `reachable` is what one policy that knows the truth reaches in expectation: each round it
gives every customer the action with the best gain less price of money times cost (a Lagrangian multiple-choice
knapsack), with fatigue as it comes. `upper_bound` is the Lagrangian dual, which no policy within the limits can pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import linprog

from setpoint.kernel.randomness import uniforms
from setpoint.market.population import Floats, Ints, make_population
from setpoint.market.truth import Truth
from setpoint.market.world import DIMENSIONS, World

IGNORES = (
    "fatigue (each message is taken to work as if it were the first)",
    "that messages and customers are whole",
    "messages held back for measurement, and all that has to be learned first",
    "the order of rounds within the per-customer limit",
)
STEPS = 16
CUTS = 40
CHEAP, DEAR = 1e-5, 1e3  # prices in goal units per unit of money


@dataclass(frozen=True, slots=True)
class Course:
    """What a policy reaches in expectation over a whole campaign. Money in the currency."""

    conversions: float
    revenue: float
    money: float
    messages: float

    def mixed(self, other: Course, share: float) -> Course:
        """The course that treats this share of customers, picked at random, as the other course does."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Course(*(mine + share * (theirs - mine) for mine, theirs in pairs))

    def shown(self) -> dict[str, float]:
        """As JSON."""
        per_money = self.conversions / self.money if self.money > 0 else 0.0
        return {
            "conversions": round(self.conversions, 2) + 0.0, "revenue": round(self.revenue, 2) + 0.0,
            "money": round(self.money, 2),
            "messages": round(self.messages, 1), "conversions_per_money": round(per_money, 4) + 0.0,
        }  # fmt: skip


class _Problem:
    """The truth of one campaign: customers who can be reached, all actions, all rounds."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.brief = world, world.brief
        self.people = make_population(world, seed)
        self.truth = Truth(world, self.people)
        self.rows = self._reachable(seed)
        sizes = [range(len(world.actions[name])) for name in DIMENSIONS]
        self.actions = np.array(list(product(*sizes)))
        last = self.brief["deadline_days"] - self.brief["window_days"]
        self.days = np.arange(0, last + 1e-9, self.brief["cadence_days"])
        self.epochs = self.truth.epoch(self.days)
        self.per_customer = self.brief["limits"]["per_customer"]
        self.value = self.truth.mean_value[self.rows]
        self.weight = self.value if self.brief["goal"]["metric"] == "revenue" else np.ones(len(self.rows))
        self.money, self.messages = float(self.brief["limits"]["money"]), float(self.brief["limits"]["messages"])
        first_days = {int(epoch): float(day) for epoch, day in zip(self.epochs[::-1], self.days[::-1], strict=True)}
        self._base = {epoch: self.truth.p0(self.rows, day) for epoch, day in first_days.items()}
        self._odds = {epoch: self._rested_odds(epoch, day) for epoch, day in first_days.items()}
        self._costs = [self._cost_terms(action) for action in self.actions]
        self._known: dict[float, Course] = {math.inf: Course(0.0, 0.0, 0.0, 0.0)}

    @property
    def target(self) -> float:
        """The goal as a number of conversions, or as revenue."""
        goal = self.brief["goal"]
        return float(goal["target"] * (len(self.rows) if goal["metric"] == "conversion_rate" else 1))

    def gains_and_costs(self, epoch: int, fatigue: Floats, chosen: Ints | None = None) -> tuple[Floats, Floats]:
        """True gain in conversions net of those only moved, and expected cost: (n, actions)."""
        pick = np.arange(len(self.actions)) if chosen is None else chosen
        p0 = self._base[epoch][:, None]
        odds = self._odds[epoch] if chosen is None else self._odds[epoch][:, pick]
        odds = odds * np.exp(-fatigue)[:, None]
        p1 = odds / (1 + odds)
        change, kept = p1 - p0, 1 - self.world.behaviour["pull_forward"]["share"]
        gain = change if kept == 1 else np.where(change > 0, change * kept, change)
        return gain, self._expected_costs(p0[:, 0], p1, pick)

    def course(self, price: float) -> Course:
        """What the Lagrangian policy reaches at a price of money."""
        if price not in self._known:
            self._known[price] = _policy(self, price)
        return self._known[price]

    def score(self, course: Course) -> float:
        """A course in units of the goal."""
        return course.revenue if self.brief["goal"]["metric"] == "revenue" else course.conversions

    def share_to_target(self, low: Course, high: Course) -> float:
        """The share of `high` in a mix with `low` that just reaches the target."""
        return (self.target - self.score(low)) / (self.score(high) - self.score(low))

    def known(self) -> list[Course]:
        """All courses computed so far."""
        return list(self._known.values())

    def _expected_costs(self, p0: Floats, p1: Floats, pick: Ints) -> Floats:
        costs = np.empty_like(p1)
        for column, action in enumerate(pick):
            send, spans, per_use = self._costs[action]
            costs[:, column] = send
            if per_use is not None:
                costs[:, column] += _buys_within(p0, p1[:, column], spans) * per_use
        return costs

    def _cost_terms(self, action: Ints) -> tuple[float, float, Floats | None]:
        """Cost of the send, validity in horizons, and expected cost of a purchase that may redeem (None = no offer)."""
        offer, _, channel, _ = (int(part) for part in action)
        name = self.world.actions["channels"][channel]["name"]
        send, terms = float(self.brief["channel_costs"][name]), self.world.actions["offers"][offer]
        if terms["kind"] == "none":
            return send, 0.0, None
        per_use = self.truth.redemption_chance(offer) * self.truth.discount(self.rows, offer)
        return send, terms["valid_days"] / self.truth.horizon, per_use

    def _rested_odds(self, epoch: int, day: float) -> Floats:
        n, p0 = len(self.rows), self._base[epoch]
        shifts = [self.truth.shift(self.rows, np.tile(action, (n, 1)), np.full(n, day)) for action in self.actions]
        return np.asarray((p0 / (1 - p0))[:, None] * np.exp(np.column_stack(shifts)))

    def _reachable(self, seed: int) -> Ints:
        people, behaviour = self.people, self.world.behaviour
        dead = uniforms(people.keys, seed, "dead") < behaviour["bounces"]["hard"]
        return np.flatnonzero((people.emails != "") & people.consent & ~dead)


class _Walk:
    """Walks through the rounds, keeping fatigue, per-customer limits and what is used."""

    def __init__(self, problem: _Problem) -> None:
        self.problem, n = problem, len(problem.rows)
        self.tired, self.sent_on = np.zeros(n), np.full((n, len(problem.days)), -np.inf)
        self.conversions = self.revenue = self.money = self.messages = 0.0

    def eligible(self, number: int) -> Any:
        """Who may receive one more message in this round."""
        limit = self.problem.per_customer
        recent = self.sent_on > self.problem.days[number] - limit["window_days"]
        return recent.sum(axis=1) < limit["messages"]

    def fatigue(self) -> Floats:
        """Logits lost now."""
        return self.tired * float(self.problem.world.behaviour["fatigue"]["per_message"])

    def send(self, number: int, who: Ints, gain: Floats, cost: Floats, share: float = 1.0) -> None:
        """Book one round's messages, scaled to a share where a limit cuts them."""
        self.conversions += share * float(gain.sum())
        self.revenue += share * float((gain * self.problem.value[who]).sum())
        self.money += share * float(cost.sum())
        self.messages += share * len(who)
        self.sent_on[who, number] = self.problem.days[number]
        self.tired[who] += share
        behaviour, cadence = self.problem.world.behaviour, self.problem.brief["cadence_days"]
        self.tired *= 0.5 ** (cadence / behaviour["fatigue"]["half_life_days"])

    def course(self) -> Course:
        """What it came to."""
        return Course(self.conversions, self.revenue, self.money, self.messages)


def _buys_within(p0: Floats, p1: Floats, spans: float) -> Floats:
    """Probability of a purchase within so many horizons of a message that works for the first."""
    if spans == 1:
        return p1
    return np.asarray(1 - (1 - p1) ** min(spans, 1) * (1 - p0) ** max(spans - 1, 0))


def oracle(world: World, seed: int) -> dict[str, Any]:
    """The best result within the brief's limits, an upper bound, the least money to the goal, and simple policies."""
    problem = _Problem(world, seed)
    reachable = _best_within_money(problem)
    goal = problem.brief["goal"]
    return {
        "world": world.name, "seed": seed, "currency": world.currency,
        "goal": {"metric": goal["metric"], "target": goal["target"], "as_total": problem.target},
        "limits": {"money": problem.money, "messages": problem.messages},
        "audience": len(problem.rows), "rounds": len(problem.days), "actions": len(problem.actions),
        "reachable": reachable.shown(), "upper_bound": _upper_bound(problem),
        "least_money_to_goal": _least_money(problem), **_simple_policies(problem),
    }  # fmt: skip


def _policy(problem: _Problem, price: float) -> Course:
    """Every round, everyone eligible gets the action of best gain less price x cost, within the messages left."""
    walk = _Walk(problem)
    for number, epoch in enumerate(problem.epochs):
        gain, cost = problem.gains_and_costs(epoch, walk.fatigue())
        score = gain * problem.weight[:, None] - price * cost
        best = score.argmax(axis=1)
        top = np.where(walk.eligible(number), score[np.arange(len(best)), best], 0.0)
        quota = int((problem.messages - walk.messages) / (len(problem.days) - number))
        who = np.flatnonzero(top > 0)
        if len(who) > quota:
            who = np.sort(who[np.argsort(-top[who], kind="stable")[:quota]])
        walk.send(number, who, gain[who, best[who]], cost[who, best[who]])
    return walk.course()


def _bisect(fits: Callable[[float], bool]) -> float:
    """The lowest price, on a logarithmic scale, at which `fits` holds; it must hold at all prices above."""
    low, high = math.log(CHEAP), math.log(DEAR)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(math.exp(middle)) else (middle, high)
    return math.exp(high)


def _best_within_money(problem: _Problem) -> Course:
    """The best course within the money; where prices jump past it, the mix of the two courses beside the jump."""
    if problem.course(CHEAP).money <= problem.money:
        return problem.course(CHEAP)
    _bisect(lambda price: problem.course(price).money <= problem.money)
    within = [course for course in problem.known() if course.money <= problem.money]
    beyond = [course for course in problem.known() if course.money > problem.money]
    mixes = [
        low.mixed(high, (problem.money - low.money) / (high.money - low.money)) for low in within for high in beyond
    ]
    return max(mixes, key=lambda course: problem.score(course))


def _least_money(problem: _Problem) -> dict[str, float] | None:
    """The least money with which the target is reached in expectation; None when the limits do not allow it."""
    if problem.score(_best_within_money(problem)) < problem.target:
        return None
    _bisect(lambda price: problem.score(problem.course(price)) < problem.target)
    short = [course for course in problem.known() if problem.score(course) < problem.target]
    enough = [course for course in problem.known() if problem.score(course) >= problem.target]
    mixes = [low.mixed(high, problem.share_to_target(low, high)) for low in short for high in enough]
    return min(mixes, key=lambda course: course.money).shown()


def _upper_bound(problem: _Problem) -> dict[str, Any]:
    """The least dual value found by Kelley's cutting planes (1960) over the prices of money and messages."""
    rested = np.zeros(len(problem.rows))
    tables = {epoch: problem.gains_and_costs(epoch, rested) for epoch in set(problem.epochs.tolist())}
    most, limits = _most_rounds(problem), np.array([problem.money, problem.messages])
    ceiling = np.array([1e2, 1e2]) * float(problem.weight.mean())
    cuts: list[tuple[float, Floats, Floats]] = []
    prices = np.zeros(2)
    for _ in range(CUTS):
        value, used = _relaxed_plan(problem, tables, prices, most)
        cuts.append((value + float(prices @ limits), limits - used, prices))
        prices, floor = _lowest_of(cuts, ceiling)
        if min(cut[0] for cut in cuts) - floor < 1e-4 * (1 + abs(floor)):
            break
    bound, _, at = min(cuts, key=lambda cut: cut[0])
    unit = "revenue" if problem.brief["goal"]["metric"] == "revenue" else "conversions"
    shadow = {"price_of_money": float(at[0]), "price_of_a_message": float(at[1])}
    return {unit: round(bound, 2), **shadow, "ignores": list(IGNORES)}


def _lowest_of(cuts: list[tuple[float, Floats, Floats]], ceiling: Floats) -> tuple[Floats, float]:
    """Where the maximum of all cuts (value, slope, at) is lowest, and that height."""
    rows = np.array([[*slope, -1.0] for _, slope, _ in cuts])
    rights = np.array([slope @ at - value for value, slope, at in cuts])
    bounds = [(0, ceiling[0]), (0, ceiling[1]), (None, None)]
    found = linprog([0.0, 0.0, 1.0], A_ub=rows, b_ub=rights, bounds=bounds)
    return np.asarray(found.x[:2]), float(found.x[2])


def _relaxed_plan(problem: _Problem, tables: Any, prices: Floats, most: int) -> tuple[float, Floats]:
    """Value at these prices, and money and messages used, of the plan without fatigue or limits."""
    by_epoch = {epoch: _relaxed_round(problem, table, prices) for epoch, table in tables.items()}
    rounds = [by_epoch[epoch] for epoch in problem.epochs.tolist()]
    score, cost = (np.column_stack(parts) for parts in zip(*rounds, strict=True))
    if most < score.shape[1]:
        kept = np.argsort(-score, axis=1, kind="stable")[:, :most]
        score, cost = np.take_along_axis(score, kept, 1), np.take_along_axis(cost, kept, 1)
    sent = score > 0
    return float(score[sent].sum()), np.array([float(cost[sent].sum()), float(sent.sum())])


def _relaxed_round(problem: _Problem, table: tuple[Floats, Floats], prices: Floats) -> tuple[Floats, Floats]:
    gain, cost = table
    score = gain * problem.weight[:, None] - prices[0] * cost - prices[1]
    best = score.argmax(axis=1)
    row = np.arange(len(best))
    return np.maximum(score[row, best], 0.0), cost[row, best]


def _most_rounds(problem: _Problem) -> int:
    span = len(problem.days) * problem.brief["cadence_days"]
    windows = math.ceil(span / problem.per_customer["window_days"])
    return int(min(len(problem.days), windows * problem.per_customer["messages"]))


def _simple_policies(problem: _Problem) -> dict[str, Any]:
    """One action for everybody, every round, until a limit cuts it: the best such, and the one of highest raw rate."""
    courses = [_to_everyone(problem, number) for number in range(len(problem.actions))]
    revenue = problem.brief["goal"]["metric"] == "revenue"
    best = max(range(len(courses)), key=lambda n: courses[n].revenue if revenue else courses[n].conversions)
    gain, _ = problem.gains_and_costs(int(problem.epochs[0]), np.zeros(len(problem.rows)))
    loudest = int(gain.mean(axis=0).argmax())
    return {
        "best_single_action": {"action": _names(problem, best), **courses[best].shown()},
        "highest_rate_to_everyone": {"action": _names(problem, loudest), **courses[loudest].shown()},
    }


def _names(problem: _Problem, number: int) -> dict[str, str]:
    parts = zip(DIMENSIONS, problem.actions[number], strict=True)
    return {name[:-1]: problem.world.actions[name][index]["name"] for name, index in parts}


def _to_everyone(problem: _Problem, action: int) -> Course:
    walk, chosen = _Walk(problem), np.array([action])
    for number, epoch in enumerate(problem.epochs):
        gain, cost = problem.gains_and_costs(epoch, walk.fatigue(), chosen)
        who = np.flatnonzero(walk.eligible(number))
        money, messages = problem.money - walk.money, problem.messages - walk.messages
        share = min(1.0, money / max(float(cost[who].sum()), 1e-9), messages / max(len(who), 1))
        if share > 0:
            walk.send(number, who, gain[who, 0], cost[who, 0], share)
    return walk.course()


def print_oracle(result: dict[str, Any]) -> str:
    """The result for a terminal."""
    head = f"world {result['world']}, seed {result['seed']}: {result['audience']} customers, {result['rounds']} rounds"
    parts = ("reachable", "upper_bound", "least_money_to_goal", "best_single_action", "highest_rate_to_everyone")
    return "\n".join([head, *(f"  {name.replace('_', ' ')}: {result[name]}" for name in parts)]) + "\n"
