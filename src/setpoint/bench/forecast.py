"""Whether forecasts keep what they say: of campaigns told a chance, how many reach their goal.

Each campaign is played person by person through the product's own deciding, reading, proving and pacing, in a world
drawn from what is believed before anything is known; its forecast is made before, from sums alone. What the forecast
leaves out (choosing whom to write to, the exact course of stopping) shows here as a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf

import numpy as np

from setpoint.autopilot.conclude import MIN_READINGS, USEFUL_SENDS
from setpoint.autopilot.futures import OUTCOMES, Arms, Game, play
from setpoint.autopilot.pacing import EVEN_SHARES, FLOWING, OPTIMISM, missing_for_proof
from setpoint.autopilot.priors import ACTIONS, Belief
from setpoint.bench.runner import Row
from setpoint.decisions.proposing import propose
from setpoint.decisions.types import NO_ACTION, Action, Contexts, DecisionProblem, History, Proposal, RoundLimits
from setpoint.experiments import services as experiments
from setpoint.experiments.types import Cohort, Reading
from setpoint.kernel.randomness import generator, seed_of

PEOPLE = 3_000
ROUNDS = 6
BASE = 0.08
COST = 0.05
MICROS = 1_000_000
FUTURES = 1_000
MANY, FEW = 120, 8
TARGETS = (0.1, 0.25, 0.5, 1.0)
"""Targets, as shares of what everybody written to in every round would bring at the lift that is believed."""
KEYS = ("a", "b")


@dataclass(slots=True)
class Campaign:
    """One campaign being played: what is true, and what has happened."""

    number: int
    target: float
    money: float
    chances: np.ndarray  # (actions + 1,) to buy in a window; first without a message
    moved: float
    random: np.random.Generator
    spent: float = 0.0
    truth: float = 0.0
    reading: Reading | None = None
    planned: float = 0.0
    looks: tuple[float, ...] = ()
    forecast_effect: float = 0.0
    sent: int = 0
    cohorts: list[Cohort] = field(default_factory=list)
    pieces: list[dict[str, np.ndarray]] = field(default_factory=list)


def run(seed: int, quick: bool) -> list[Row]:
    """The rows of the benchmark: 120 campaigns, 8 when quick."""
    count = FEW if quick else MANY
    told, came, cost_in, gain_in = [], [], [], []
    for number in range(count):
        campaign = _drawn(seed_of("forecast bench", seed, number), number)
        paths = play(game_of(campaign), FUTURES, "bench", seed)
        told.append(float((paths.outcome == OUTCOMES.index("goal")).mean()))
        came.append(_played(campaign) == "goal")
        cost_in.append(_within(campaign.spent, paths.spent[-1]))
        gain_in.append(_within(campaign.truth, paths.truth))
    said, reached = np.array(told), np.array(came, dtype=float)
    return [
        Row("chance.told", float(said.mean()), "share", more={"n": count}),
        Row(
            "chance.came",
            float(reached.mean()),
            "share",
            "told",
            float(said.mean()),
            float(reached.mean() / max(said.mean(), 1e-9)),
        ),
        Row("chance.brier", float(((said - reached) ** 2).mean()), "squared", "always the mean", float(reached.var())),
        *_bins(said, reached),
        Row("cost.within", float(np.mean(cost_in)), "share", "80 % range", 0.8),
        Row("increment.within", float(np.mean(gain_in)), "share", "80 % range", 0.8),
    ]


def _bins(said: np.ndarray, reached: np.ndarray) -> list[Row]:
    rows = []
    for low, high in ((0.0, 0.33), (0.33, 0.67), (0.67, 1.01)):
        inside = (said >= low) & (said < high)
        if inside.any():
            name = f"chance.{round(100 * low)}-{round(100 * min(high, 1.0))}"
            rows.append(
                Row(
                    name,
                    float(reached[inside].mean()),
                    "share",
                    "told",
                    float(said[inside].mean()),
                    more={"n": int(inside.sum())},
                )
            )
    return rows


def _within(value: float, futures: np.ndarray) -> bool:
    low, high = np.quantile(futures, (0.1, 0.9))
    return bool(low - 1e-9 <= value <= high + 1e-9)


def _drawn(seed: int, number: int) -> Campaign:
    """A campaign in a world drawn from the shipped belief."""
    random = np.random.Generator(np.random.Philox(seed))
    belief = Belief()
    rate = BASE * np.exp(0.1 * random.standard_normal())
    common = belief.centre + belief.spread * random.standard_normal()
    lifted = rate * np.exp(common + ACTIONS * random.standard_normal(len(KEYS)))
    most = 0.76 * PEOPLE * ROUNDS * BASE * np.expm1(belief.centre)
    target = TARGETS[number % len(TARGETS)] * most
    chances = np.concatenate([[rate], np.minimum(lifted, 0.95)])
    return Campaign(number, target, (200.0, 2000.0)[number // len(TARGETS) % 2], chances, random.beta(1.0, 9.0), random)


def game_of(campaign: Campaign) -> Game:
    """The campaign as the forecast sees it."""
    none, two = np.array([inf]), len(KEYS)
    zeros = np.zeros(two, dtype=np.int64)
    arms = Arms(np.full(two, COST), np.full(two, COST), np.zeros(two), np.zeros(two), zeros, zeros, zeros > 0)
    return Game(
        arms=arms,
        audience=float(PEOPLE),
        reach=np.array([float(PEOPLE)]),
        reach_any=float(PEOPLE),
        rate=BASE,
        rate_doubt=0.1,
        value=1.0,
        square=1.0,
        belief=Belief(),
        rounds=ROUNDS,
        cadence_days=7,
        window_days=7,
        target=campaign.target,
        incremental=True,
        is_rate=False,
        held_back=experiments.suppressed_share(0.05, 0.2),
        money=campaign.money,
        messages=None,
        seconds=None,
        channel_money=none,
        channel_messages=none,
        each_messages=None,
        each_days=7,
        alpha=0.05,
        futile_below=0.05,
        leaving_limit=0.0,
    )


ACTION_LIST = (
    NO_ACTION,
    *(
        Action(key, (("variant", key), ("channel", "email")), 1, None, "email", "", round(COST * MICROS))
        for key in KEYS
    ),
)


def _played(campaign: Campaign) -> str:
    for number in range(1, ROUNDS + 1):
        _one_round(campaign, number)
        outcome = _judged(campaign, number)
        if outcome:
            return outcome
    return "deadline"


def _one_round(campaign: Campaign, number: int) -> None:
    problem = _problem(campaign, number)
    proposal = propose(problem)
    chosen = proposal.chosen > 0
    exposed = chosen & ~proposal.ghost & ~proposal.held_out
    chance = np.where(exposed, campaign.chances[proposal.chosen], campaign.chances[0])
    bought = campaign.random.random(PEOPLE) < chance
    gained = float((campaign.chances[proposal.chosen[exposed]] - campaign.chances[0]).sum())
    fewer = campaign.moved * (chance - campaign.chances[0])
    echo = campaign.random.random(PEOPLE) < np.clip(campaign.chances[0] - fewer, 0, 1)
    campaign.truth += gained
    campaign.spent += COST * int(exposed.sum())
    campaign.sent += int(exposed.sum())
    campaign.forecast_effect = proposal.forecast_effect
    campaign.pieces.append(_piece(problem, proposal, number, exposed, bought))
    campaign.cohorts.append(
        Cohort(
            round=number,
            exposed=exposed[chosen],
            suppressed_share=proposal.suppressed_share[chosen],
            outcome=bought[chosen].astype(np.float64),
            prediction=np.full(int(chosen.sum()), BASE),
            echo=echo[chosen].astype(np.float64),
        )
    )


def _problem(campaign: Campaign, number: int) -> DecisionProblem:
    ids = np.arange(PEOPLE, dtype=np.int64)
    left = ROUNDS - number + 1
    need = _need(campaign, left)
    share = FLOWING if need is not None else min(1.0, EVEN_SHARES / left)
    money = round(share * (campaign.money - campaign.spent) * MICROS)
    features = generator("forecast bench people", campaign.number).standard_normal((PEOPLE, 1))
    return DecisionProblem(
        campaign_key=f"bench:{campaign.number}",
        round=number,
        decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        contexts=Contexts(
            ids, features, ("x",), np.ones((PEOPLE, len(ACTION_LIST)), dtype=bool), np.full(PEOPLE, 30.0)
        ),
        actions=ACTION_LIST,
        limits=RoundLimits(money=max(0, money), need=need),
        history=_history(campaign),
        policy="thompson",
        goal="conversions",
        ghost_share=0.2,
        held_out=experiments.held_out(f"bench:{campaign.number}", ids, 0.05),
        planned_rounds=ROUNDS,
        settings={"hold_out_share": 0.05, "base_rate": BASE},
    )


def _need(campaign: Campaign, left: int) -> float | None:
    """As `pacing.round_need`, of this campaign's last reading."""
    reading = campaign.reading
    if reading is None or reading.method == "none":
        return None
    gain = campaign.forecast_effect / max(1, campaign.sent) * len(campaign.cohorts)
    noise = reading.variance / max(1, reading.exposed) / (gain if gain > 0 else 0.02)
    below = campaign.target - reading.estimate
    missing = float(missing_for_proof(below, reading.variance, reading.multiplier, noise))
    usual = max(reading.estimate / max(1, len(campaign.looks)), 1.0)
    steps = int(np.ceil(missing / usual)) if missing > 0 else 1
    return max(0.0, OPTIMISM * missing / max(1, min(steps, left)))


def _piece(
    problem: DecisionProblem, proposal: Proposal, number: int, exposed: np.ndarray, bought: np.ndarray
) -> dict[str, np.ndarray]:
    every = np.arange(PEOPLE)
    return {
        "customer_ids": proposal.customer_ids,
        "rounds": np.full(PEOPLE, number),
        "features": problem.contexts.features,
        "chosen": proposal.chosen,
        "exposed": exposed,
        "suppressed_share": proposal.suppressed_share,
        "propensity": proposal.probabilities[every, proposal.chosen],
        "reward": bought.astype(np.float64),
        "converted": bought,
        "value": 30.0 * bought,
        "redeemed": np.zeros(PEOPLE, dtype=bool),
        "maturity": np.ones(PEOPLE),
        "probabilities": proposal.probabilities,
    }


def _history(campaign: Campaign) -> History | None:
    if not campaign.pieces:
        return None
    return History(**{name: np.concatenate([piece[name] for piece in campaign.pieces]) for name in campaign.pieces[0]})


def _judged(campaign: Campaign, number: int) -> str:
    """Read as `evaluate` does and stop as `conclude` does; "" to go on."""
    cohorts = [each if each.round < number else replace(each, echo=None) for each in campaign.cohorts]
    if number == 1:
        chosen, mean = len(cohorts[0].outcome), max(float(cohorts[0].outcome.mean()), 1e-3)
        share = experiments.suppressed_share(0.05, 0.2)
        campaign.planned = experiments.planned_information(max(1, chosen) * ROUNDS, share, mean)
    planned = campaign.planned
    last = number == ROUNDS
    reading = experiments.read_increment(cohorts, planned_information=planned, looks=campaign.looks, last=last)
    campaign.reading = reading
    if reading.method != "none":
        campaign.looks = (*campaign.looks, reading.information)
    if reading.verdict == "harm proven":
        return "harm"
    echo = experiments.echo_check(cohorts, planned_information=planned)
    if experiments.goal_is_proven(reading, echo, campaign.target).proven:
        return "goal"
    if campaign.money - campaign.spent < COST * USEFUL_SENDS:
        return "limit"
    return "futile" if _is_futile(campaign, reading, number) else ""


def _is_futile(campaign: Campaign, reading: Reading, number: int) -> bool:
    if len(campaign.looks) < MIN_READINGS:
        return False
    error = max(reading.standard_error / number, 1e-6)
    doubt = max(0.5 * campaign.forecast_effect, error)
    weights = np.array([error**-2, doubt**-2])
    mean = float(np.average([reading.estimate / number, campaign.forecast_effect], weights=weights))
    chance = experiments.chance_of_goal(
        reading,
        remaining_rounds=ROUNDS - number,
        forecast_effect_per_round=mean,
        forecast_sd=float(weights.sum() ** -0.5),
        forecast_variance_per_round=reading.variance / number,
        target=campaign.target,
    )
    return chance.proof < 0.05
