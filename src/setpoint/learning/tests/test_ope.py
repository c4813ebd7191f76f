"""Off-policy values are unbiased on simulated logs and their intervals cover."""

from __future__ import annotations

import numpy as np
import pytest

from setpoint.learning import ope


def make_log(seed: int, m: int = 2000):
    rng = np.random.default_rng(seed)
    logged = rng.dirichlet(np.ones(3) * 4, m)
    chosen = (rng.random((m, 1)) > logged.cumsum(axis=1)).sum(axis=1)
    mean = np.tile([0.2, 0.3, 0.5], (m, 1))
    reward = (rng.random(m) < mean[np.arange(m), chosen]).astype(float)
    target = np.tile([0.1, 0.1, 0.8], (m, 1))
    return reward, chosen, target, logged, mean


def test_all_three_cover_the_true_value():
    truth, hits = 0.45, {"ips": 0, "snips": 0, "dr": 0}
    for seed in range(200):
        reward, chosen, target, logged, mean = make_log(seed)
        every = np.arange(len(chosen))
        met, asked = logged[every, chosen], target[every, chosen]
        values = {
            "ips": ope.ips(reward, asked, met),
            "snips": ope.snips(reward, asked, met),
            "dr": ope.doubly_robust(reward, chosen, target, met, mean * 0.9),
        }
        for name, value in values.items():
            hits[name] += value.interval[0] <= truth <= value.interval[1]
            assert 0 < value.ess <= len(reward)
    assert all(180 <= count <= 199 for count in hits.values()), hits


def test_the_bootstrap_agrees_with_the_normal_interval():
    scores = np.random.default_rng(0).standard_normal(3000)
    assert ope.bootstrap(scores, seed=1) == pytest.approx(ope.mean_value(scores).interval, abs=0.01)


def test_the_logging_policys_own_value_is_its_mean_reward():
    reward, chosen, _, logged, _ = make_log(1)
    met = logged[np.arange(len(chosen)), chosen]
    assert ope.ips(reward, met, met).estimate == pytest.approx(reward.mean())
    assert ope.snips(reward, met, met).estimate == pytest.approx(reward.mean())
