"""Live through all rounds of many futures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from setpoint.autopilot.futures.reading import read, stops
from setpoint.autopilot.futures.sending import send
from setpoint.autopilot.futures.types import Game, Ints, Paths
from setpoint.autopilot.futures.world import World
from setpoint.kernel.randomness import generator


def play(game: Game, futures: int, *key: object, still: Callable[[], None] = lambda: None) -> Paths:
    """Live through the rounds. The same key gives the same futures; `still` is called each round and may raise."""
    world = World.of(game, futures, generator("futures", *key))
    paths = Paths(outcome=np.zeros(futures, dtype=np.int64), ended=np.full(futures, game.rounds))
    active = np.ones(futures, dtype=bool)
    for number in range(1, game.rounds + 1):
        still()
        bound = send(world, number, active)
        read(world, number, active)
        paths.active.append(active.copy())
        _record(paths, world, bound)
        for outcome, fired in stops(world, number).items():
            now = active & fired
            paths.outcome[now], paths.ended[now] = outcome, number
            active &= ~now
        if not active.any():
            break
    paths.truth = world.truth
    return paths


def _record(paths: Paths, world: World, bound: Ints) -> None:
    paths.estimate.append(world.goal_value())
    paths.proven.append(world.goal_proven())
    paths.spent.append(world.committed.copy())
    paths.messages.append(world.sent.sum(axis=1))
    paths.bound.append(bound)
