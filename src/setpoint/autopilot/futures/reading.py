"""One look of all futures: how much is proven, and which of them stop."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from setpoint.autopilot.conclude import MIN_READINGS, USEFUL_SENDS
from setpoint.autopilot.futures.types import DEADLINE, FUTILE, GOAL, HARM, LIMIT, Bools
from setpoint.autopilot.futures.world import World
from setpoint.autopilot.pacing import PROOF_MARGIN
from setpoint.experiments.echo import SIGNIFICANT, SUSPECT
from setpoint.experiments.increment import LEAST_CONVERSIONS, LEAST_CONVERSIONS_WITHHELD
from setpoint.stats.sequential import group_sequential_multipliers

LOOK_DIGITS = 2
"""Looks are told so coarsely that boundaries found once serve many futures."""


def read(world: World, number: int, active: Bools) -> None:
    """Look at the increment: is there enough to judge, and how far is the boundary now."""
    enough = world.acting + world.acting_withheld >= LEAST_CONVERSIONS
    world.has_reading = enough & (world.acting_withheld >= LEAST_CONVERSIONS_WITHHELD)
    if not world.game.incremental:
        world.has_reading = np.ones_like(world.has_reading)
        return
    world.readings += world.has_reading
    variance = world.variance()
    if number == 1:
        world.planned = np.maximum(variance * world.game.rounds, 1e-12)
    looking = active & world.has_reading
    if looking.any():
        seen = float(np.mean(variance[looking] / world.planned[looking]))
        _look(world, max(round(seen, LOOK_DIGITS), 10.0**-LOOK_DIGITS), is_last=number == world.game.rounds)


def _look(world: World, seen: float, *, is_last: bool) -> None:
    looks = (*world.looks, max(seen, world.looks[-1] * 1.003 if world.looks else seen))
    found = group_sequential_multipliers(looks, world.game.alpha, overrun=not is_last, last=is_last)
    world.looks, world.multiplier = list(looks), found[-1]


def stops(world: World, number: int) -> dict[int, Bools]:
    """Which futures end now, by the first rule that fires."""
    game = world.game
    rules = {HARM: _harm(world), GOAL: _reached(world, number), LIMIT: _at_limit(world), FUTILE: _futile(world, number)}
    return rules | {DEADLINE: np.full(len(world.base), number >= game.rounds)}


def _harm(world: World) -> Bools:
    sent = np.maximum(1.0, world.sent.sum(axis=1))
    limit = world.game.leaving_limit
    error = PROOF_MARGIN * np.sqrt(world.leaving / sent)
    leaving = (world.leaving - error > limit) if 0 < limit < 1 else np.zeros(len(sent), dtype=bool)
    if not world.game.incremental:
        return np.asarray(leaving)
    high = world.estimate_so_far() + world.multiplier * np.sqrt(world.variance())
    return np.asarray(leaving | (world.has_reading & (world.multiplier > 0) & (high < 0)))


def _reached(world: World, number: int) -> Bools:
    if not world.game.incremental:
        return np.asarray(world.goal_value() >= world.game.target)
    low = world.estimate_so_far() - world.multiplier * np.sqrt(world.variance())
    reached = world.has_reading & (world.multiplier > 0) & (low >= world.target())
    return np.asarray(reached & _echo_allows(world, number))


def _echo_allows(world: World, number: int) -> Bools:
    """Whether the windows after the windows show that purchases were not just moved forward."""
    closed = number - world.game.lag
    if closed < 1:
        return np.zeros(len(world.base), dtype=bool)
    window = np.asarray(sum(world.estimates[:closed]))
    truth, variance = np.asarray(sum(world.increments[:closed])), np.asarray(sum(world.variances[:closed]))
    echo = np.asarray(sum(world.echo_noise[:closed])) - world.moved * truth
    sent = np.asarray(sum(world.chosen[:closed])) / np.maximum(np.asarray(sum(world.chosen)), 1e-9)
    share, z = world.target() * sent, echo / np.sqrt(np.maximum(variance, 1e-12))
    net, far = window + echo, window + 2 * echo
    low = net - world.multiplier * np.sqrt(2 * variance)
    low_far = far - world.multiplier * np.sqrt(5 * variance)
    pulled = (z < SIGNIFICANT) & (low < share)
    return np.asarray(~pulled & (low > 0) & ((z >= SUSPECT) | (low_far > 0)) & (net >= share))


def _at_limit(world: World) -> Bools:
    game = world.game
    sent = world.sent.sum(axis=1)
    money = game.money - world.committed < max(1e-6, float(game.arms.cost.min()) * USEFUL_SENDS)
    messages = np.zeros(len(sent), dtype=bool) if game.messages is None else game.messages - sent < USEFUL_SENDS
    seconds = np.zeros(len(sent), dtype=bool) if game.seconds is None else game.seconds - world.seconds < 1
    return np.asarray(money | messages | seconds)


def _futile(world: World, number: int) -> Bools:
    """The predictive chance of a proof at the last look, were the coming rounds like those so far."""
    game = world.game
    left = game.rounds - number
    if not game.incremental:
        coming = world.goal_value() * (1 if game.is_rate else 1 + left / number)
        return np.asarray((coming < game.target) & (number >= MIN_READINGS))
    variance = world.variance()
    each, error = world.estimate_so_far() / number, np.sqrt(variance) / number
    end = variance * (1 + left / number)
    ahead = world.estimate_so_far() + left * each - world.target() - max(world.multiplier, 1.6) * np.sqrt(end)
    chance = ndtr(ahead / np.sqrt((left * error) ** 2 + (end - variance) + 1e-12))
    return np.asarray((world.readings >= MIN_READINGS) & (chance < game.futile_below))
