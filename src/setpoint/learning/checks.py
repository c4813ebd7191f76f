"""What every policy must do, ours and anyone's. `check_policy` raises AssertionError at the first fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from setpoint.learning.response import Economics, ResponseForecast, forecast, learn
from setpoint.learning.types import ActionView, Bools, Distribution, Floats, Policy, Resource, Situation, Trials

_FEATURES = 3
ACTIONS = (
    ActionView("none"),
    *(
        ActionView(f"{offer}/{variant}", (("offer", offer), ("variant", variant), ("channel", "email")), "email")
        for offer in ("none", "ten")
        for variant in ("a", "b")
    ),
)


def check_policy(make: Callable[[], Policy]) -> None:
    """Raise AssertionError, saying what is wrong, unless policies made by `make` keep the contract."""
    for trials in (None, make_trials(0), make_trials(400), make_trials(4000)):
        for size in (1, 2, 300):
            _check(make, trials, make_situation(size, trials))
    nobody = make_situation(50, None, eligible=_only_none(50))
    _check(make, None, nobody)
    _check(make, make_trials(400), make_situation(200, make_trials(400), money=0.0))


def make_situation(
    n: int, trials: Trials | None, *, eligible: Bools | None = None, money: float = 20.0, seed: int = 7
) -> Situation:
    """A small round: `n` customers, five actions, a limit on money and one on messages."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, _FEATURES))
    if eligible is None:
        eligible = rng.random((n, len(ACTIONS))) < 0.8
        eligible[:, 0] = True
    beliefs = _beliefs(features, eligible, trials)
    sends = np.array([1.0 * action.sends for action in ACTIONS])
    limits = (Resource("money", money, beliefs.reserve), Resource("messages", max(1.0, n / 2), sends))
    weight = np.where(rng.random(n) < 0.1, 0.0, 0.9)
    return Situation(ACTIONS, features, eligible, weight, limits, beliefs, 1 if trials is None else 3, 8, seed)


def make_trials(m: int, seed: int = 3) -> Trials:
    """`m` uniformly random trials of a world in which sends help, some more than others."""
    rng = np.random.default_rng(seed)
    width = len(ACTIONS)
    features = rng.standard_normal((m, _FEATURES))
    chosen = rng.integers(0, width, m)
    exposed = (chosen > 0) & (rng.random(m) < 0.9)
    linear = -2.0 + 0.4 * features[:, 0] + exposed * (0.3 + 0.1 * chosen + 0.4 * features[:, 1])
    bought = (rng.random(m) < 1 / (1 + np.exp(-linear))).astype(float)
    flat = np.full((m, width), 1 / width)
    rounds = np.sort(rng.integers(1, 3, m))
    return Trials(rounds, features, chosen, exposed, np.full(m, 0.1), flat, bought, bought * exposed, np.ones(m))


def _beliefs(features: Floats, eligible: Bools, trials: Trials | None) -> ResponseForecast:
    n = len(features)
    offered = np.array([0.0, 0.0, 0.0, 5.0, 5.0])
    money = Economics(
        np.array([0.0, 0.01, 0.01, 0.01, 0.01]), np.tile(offered, (n, 1)), np.tile(offered, (n, 1)), np.ones(n)
    )
    return forecast(learn(trials, ACTIONS, _FEATURES, base_rate=0.1), features, eligible, money, seed=1)


def _only_none(n: int) -> Bools:
    eligible = np.zeros((n, len(ACTIONS)), dtype=bool)
    eligible[:, 0] = True
    return eligible


def _check(make: Callable[[], Policy], trials: Trials | None, situation: Situation) -> None:
    answer = make().fit(trials).distribution(situation)
    again = make().fit(trials).distribution(situation)
    name = str(getattr(make(), "version", ""))
    _must(name, "a policy needs a version")
    _check_vectors(answer, situation, name)
    _must(np.array_equal(answer.probabilities, again.probabilities), f"{name}: the same question, another answer")


def _check_vectors(answer: Distribution, situation: Situation, name: str) -> None:
    shares, eligible = answer.probabilities, situation.eligible
    _must(shares.shape == eligible.shape, f"{name}: one probability for each customer and action")
    _must(np.isfinite(shares).all() and (shares >= 0).all(), f"{name}: not a probability")
    _must(np.allclose(shares.sum(axis=1), 1, atol=1e-9), f"{name}: a row does not sum to 1")
    _must(not shares[~eligible].any(), f"{name}: an action that is not eligible has a probability")
    least = answer.floor / eligible.sum(axis=1, keepdims=True)
    _must((shares >= np.where(eligible, least, 0) - 1e-12).all(), f"{name}: below its own floor")


def _must(kept: object, fault: str) -> None:
    if not kept:
        raise AssertionError(fault)
