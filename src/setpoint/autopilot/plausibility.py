"""What can be proven with this audience, budget and hold-out, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import expm1
from typing import Any, Literal

import numpy as np

from setpoint.autopilot.basis import Basis, basis_of, game_of
from setpoint.autopilot.cautions import rounds_for_proof
from setpoint.autopilot.forecast import lived
from setpoint.autopilot.futures import OUTCOMES, Game, Paths
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import CampaignSpec
from setpoint.experiments import services as experiments
from setpoint.experiments.types import PowerPlan, PowerQuestion

FUTURES = 400
MOST_WORK = 6_000
"""Futures times rounds of one question; long campaigns are judged by fewer futures."""
LIKELY = 0.8
ENDLESS = 1e12
WORTH = 0.1
"""An alternative is told when it raises the chance by at least this much, a larger step when it adds as much again."""
_MONEY = (1.5, 2.0, 3.0, 5.0)
_LONGER = (1.5, 2.0, 3.0)
_GHOSTS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
_SMALLER = (0.75, 0.5, 0.25)
_REACHING = 0.5

Verdict = Literal["likely", "possible", "unlikely", "impossible"]
Way = Literal["lower_target", "more_money", "more_messages", "longer", "hold_back", "each_more", "count_all"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One change, the chance of reaching the goal with it, and the specification's fields that it sets."""

    way: Way
    chance: float
    value: float
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plausibility:
    """Whether the goal can be reached and proven, before anything is spent.

    Were messages to work as believed, `provable` is the largest target that is proven in eight cases of ten; `smallest`
    is the increment that is told from nothing as often. Both in the goal's unit, None for a plain count.
    """

    verdict: Verdict
    chance: float
    provable: float | None
    smallest: float | None
    expected: float
    needed_lift: float | None
    believed_lift: float
    rounds: int
    rounds_for_proof: int
    sends: int
    withheld: int
    advice: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


def plausibility(spec: CampaignSpec, *, now: datetime, campaign_id: int = 0) -> Plausibility:
    """Judge a goal before anything is spent."""
    basis = basis_of(spec, now=now, campaign_id=campaign_id)
    game = game_of(spec, basis)
    chance, endless = _chance(game, campaign_id), _endless(game, campaign_id)
    sends = float(np.median(endless.messages[-1]))
    power = _power(spec, game, sends) if spec.goal.incremental else None
    lift = float(expm1(basis.belief.centre))
    expected = lift * basis.rate * basis.value * (1.0 if game.is_rate else sends)
    return Plausibility(
        verdict=_verdict(chance, game),
        chance=chance,
        provable=_in_goal_unit(game, power.largest_target, sends) if power and power.largest_target > 0 else None,
        smallest=_in_goal_unit(game, power.smallest_provable, sends) if power else None,
        expected=expected,
        needed_lift=_needed_lift(game, sends) if spec.goal.incremental else None,
        believed_lift=lift,
        rounds=basis.rounds,
        rounds_for_proof=rounds_for_proof(spec),
        sends=round(sends),
        withheld=round(sends * game.held_back / max(1 - game.held_back, 1e-9)),
        advice=power.advice if power else (),
        alternatives=tuple(_alternatives(spec, basis, chance, now, campaign_id)),
    )


def _lived(game: Game, seed: int) -> Paths:
    return lived(game, seed, max(150, min(FUTURES, MOST_WORK // game.rounds)))


def _chance(game: Game, seed: int) -> float:
    return float((_lived(game, seed).outcome == OUTCOMES.index("goal")).mean())


def _endless(game: Game, seed: int) -> Paths:
    """Futures that no goal and no lack of hope ends early."""
    return _lived(replace(game, target=ENDLESS, futile_below=0.0), seed)


def _verdict(chance: float, game: Game) -> Verdict:
    if game.incremental and game.rounds <= game.lag:
        return "impossible"
    return "likely" if chance >= LIKELY else "possible" if chance >= _REACHING else "unlikely"


def _power(spec: CampaignSpec, game: Game, sends: float) -> PowerPlan:
    chosen = sends / max(1 - game.held_back, 1e-9) / game.rounds
    base = game.rate * game.value
    question = PowerQuestion(
        audience=int(game.audience),
        chosen_per_round=max(1, round(chosen)),
        rounds=game.rounds,
        base_rate=base,
        second_moment=game.rate * game.square if spec.goal.metric == "revenue" else None,
        ghost_share=spec.ghost_share,
        holdout_share=spec.hold_out,
        target=game.target * (sends if game.is_rate else 1.0),
        assumed_effect=float(expm1(game.belief.centre)) * base,
        alpha=spec.alpha,
    )
    return experiments.power_plan(question)


def _in_goal_unit(game: Game, increment: float, sends: float) -> float:
    return increment / max(1.0, sends) if game.is_rate else increment


def _needed_lift(game: Game, sends: float) -> float | None:
    anyway = game.rate * game.value * (1.0 if game.is_rate else sends)
    return game.target / anyway if anyway > 0 else None


def _alternatives(spec: CampaignSpec, basis: Basis, chance: float, now: datetime, seed: int) -> Iterator[Alternative]:
    """Changes that would help, each by itself; none where the goal is likely anyway."""
    if chance >= LIKELY:
        return
    game = game_of(spec, basis)
    tried = [*_less(game, seed), *_more(spec, game, seed), *_longer(spec, basis, now, seed), *_held(spec, basis, seed)]
    if spec.goal.incremental:
        plain = replace(spec, goal=replace(spec.goal, incremental=False))
        found = _chance(game_of(plain, basis), seed)
        tried.append(Alternative("count_all", found, game.target, {"goal": {"incremental": False}}))
    best: dict[Way, Alternative] = {}
    for each in tried:
        known = best[each.way].chance if each.way in best else chance
        if known < LIKELY and each.chance >= known + WORTH:
            best[each.way] = each
    yield from best.values()


def _less(game: Game, seed: int) -> Iterator[Alternative]:
    """A smaller target, the highest first."""
    for share in _SMALLER:
        target = game.target * share
        yield Alternative(
            "lower_target", _chance(replace(game, target=target), seed), target, {"goal": {"target": target}}
        )


def _more(spec: CampaignSpec, game: Game, seed: int) -> Iterator[Alternative]:
    """More of each limit, the smallest raise first."""
    each = spec.limits.per_customer
    for factor in _MONEY:
        money = spec.limits.money * factor
        changes: dict[str, Any] = {"limits": {"money": money}}
        yield Alternative("more_money", _chance(replace(game, money=money), seed), money, changes)
        if spec.limits.messages is not None:
            messages = round(spec.limits.messages * factor)
            found = _chance(replace(game, messages=float(messages)), seed)
            yield Alternative("more_messages", found, messages, {"limits": {"messages": messages}})
    if each.messages is not None and each.messages * spec.cadence_days < each.window_days:
        enough = -(-each.window_days // spec.cadence_days)
        found = _chance(replace(game, each_messages=float(enough)), seed)
        yield Alternative("each_more", found, enough, {"limits": {"per_customer": {"messages": enough}}})


def _longer(spec: CampaignSpec, basis: Basis, now: datetime, seed: int) -> Iterator[Alternative]:
    length = spec.goal.deadline - now
    for factor in _LONGER:
        days = max(round(length.days * factor), length.days + spec.cadence_days)
        later = replace(spec, goal=replace(spec.goal, deadline=now + timedelta(days=days)))
        game = game_of(later, replace(basis, rounds=min(120, rounds_left(later, now))))
        deadline = later.goal.deadline.isoformat()
        yield Alternative("longer", _chance(game, seed), float(days), {"goal": {"deadline": deadline}})


def _held(spec: CampaignSpec, basis: Basis, seed: int) -> Iterator[Alternative]:
    for share in _GHOSTS if spec.goal.incremental else ():
        if share != spec.ghost_share:
            found = _chance(game_of(replace(spec, ghost_share=share), basis), seed)
            yield Alternative("hold_back", found, share, {"ghost_share": share})
