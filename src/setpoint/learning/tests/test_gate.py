"""The gate proves differences that are there, rarely those that are not, and says how far to trust the rest."""

from __future__ import annotations

import numpy as np
import pytest

from setpoint.learning.checks import ACTIONS
from setpoint.learning.gate import Gate, exposure
from setpoint.learning.response import learn
from setpoint.learning.types import Trials


def make_trials(seed: int, m: int, differences: float) -> Trials:
    rng = np.random.default_rng(seed)
    x, chosen = rng.standard_normal((m, 3)), rng.integers(0, 5, m)
    exposed = (chosen > 0) & (rng.random(m) > 0.2)
    unasked = 0.06 * (1 + 0.4 * np.tanh(x[:, 0]))
    chance = unasked + exposed * (0.03 + 0.005 * chosen + differences * np.tanh(x[:, 1]))
    bought = (rng.random(m) < chance).astype(float)
    fifth, none = np.full((m, 5), 0.2), np.zeros(m)
    return Trials(np.ones(m, dtype=int), x, chosen, exposed, np.full(m, 0.2), fifth, bought, none, np.ones(m))


def gates(differences: float, m: int, seeds: int) -> list[Gate]:
    return [learn(make_trials(s, m, differences), ACTIONS, 3, base_rate=0.06).gate for s in range(seeds)]


def test_there_is_nothing_to_personalise_and_it_says_so():
    verdicts = [gate.verdict for gate in gates(0.0, 8000, 20)]
    assert verdicts.count("proven") <= 1
    assert verdicts.count("not proven") >= 15


def test_real_differences_are_proven_with_enough_data():
    verdicts = [gate.verdict for gate in gates(0.05, 20_000, 6)]
    assert verdicts.count("proven") >= 5


def test_little_data_is_called_that():
    (gate,) = gates(0.05, 300, 1)
    assert gate.verdict == "not enough data"
    assert gate.trust == 1


def test_trust_grows_from_one_standard_error_upwards():
    def trust(slope: float) -> float:
        return Gate("not proven", slope, (slope - 2.33, slope + 2.33)).trust

    assert [trust(-3.0), trust(0.5), trust(1.0)] == [0, 0, 0]
    assert trust(2.0) == pytest.approx(0.75)
    assert Gate("proven", 1.0, (0.5, 1.5)).trust == 1


def test_exposure_counts_sends_held_back_as_no_action():
    chance = exposure(make_trials(0, 10, 0.0))
    assert chance[:, 1:] == pytest.approx(0.16)
    assert chance[:, 0] == pytest.approx(0.36)
