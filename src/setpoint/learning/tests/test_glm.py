"""The posterior finds what made the data, is calibrated, and counts immature rows as partial trials."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from setpoint.learning import drift
from setpoint.learning.checks import ACTIONS
from setpoint.learning.design import FactorDesign, Precisions
from setpoint.learning.glm import Rows, fit, fit_by_evidence
from setpoint.learning.types import ActionView


def make_rows(m: int, seed: int = 0, features: int = 3, actions: int = len(ACTIONS)) -> Rows:
    rng = np.random.default_rng(seed)
    x, realised = rng.standard_normal((m, features)), rng.integers(0, actions, m)
    linear = -2 + 0.5 * x[:, 0] + (realised > 0) * (0.3 + 0.3 * x[:, 1]) + 0.2 * (realised > 2)
    reward = (rng.random(m) < expit(linear)).astype(float)
    return Rows(x, realised, reward, np.ones(m), np.ones(m))


def test_the_mode_is_the_maximum_of_the_posterior_written_out_in_full():
    rows = make_rows(300)
    design = FactorDesign.of(ACTIONS)
    posterior = fit(rows, design, base_rate=0.1)
    free = design.free(3)
    precision = design.precision(3, Precisions())[free]
    centre = np.zeros(precision.size)
    centre[0] = np.log(0.1 / 0.9)
    x = np.hstack([np.ones((300, 1)), rows.features])

    def loss(parameters):
        table = np.zeros(free.shape)
        table[free] = parameters
        linear = (x * (design.membership.T @ table)[rows.realised]).sum(axis=1)
        fit_to_data = (rows.reward * linear - np.logaddexp(0, linear)).sum()
        return 0.5 * (precision * (parameters - centre) ** 2).sum() - fit_to_data

    found = minimize(loss, centre, method="BFGS", options={"gtol": 1e-6})
    assert posterior.mode == pytest.approx(found.x, abs=1e-3)


def test_draws_have_the_posteriors_mean_and_covariance():
    posterior = fit(make_rows(500), FactorDesign.of(ACTIONS))
    draws = posterior.draws(20_000, np.random.default_rng(1))
    covariance = np.linalg.inv(posterior.cholesky @ posterior.cholesky.T)
    assert draws.mean(axis=0) == pytest.approx(posterior.mode, abs=0.05)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.02)


def test_effects_are_recovered_from_much_data():
    rows = make_rows(60_000)
    posterior = fit_by_evidence(rows, FactorDesign.of(ACTIONS))
    x = np.random.default_rng(9).standard_normal((2000, 3))
    truth = np.array([expit(-2 + 0.5 * x[:, 0] + (a > 0) * (0.3 + 0.3 * x[:, 1]) + 0.2 * (a > 2)) for a in range(5)])
    assert np.abs(posterior.mean(x) - truth).mean() < 0.012


def test_a_row_without_a_conversion_counts_by_its_maturity():
    rows = make_rows(4000)
    half = Rows(rows.features, rows.realised, rows.reward, np.where(rows.reward > 0, 1, 0.5), rows.weight)
    design = FactorDesign.of(ACTIONS)
    thinned = Rows(
        np.vstack([rows.features[rows.reward > 0], rows.features[rows.reward == 0]]),
        np.concatenate([rows.realised[rows.reward > 0], rows.realised[rows.reward == 0]]),
        np.concatenate([rows.reward[rows.reward > 0], rows.reward[rows.reward == 0]]),
        np.ones(4000),
        np.concatenate([np.ones(int(rows.reward.sum())), np.full(int((rows.reward == 0).sum()), 0.5)]),
    )
    assert fit(half, design).mode == pytest.approx(fit(thinned, design, base_rate=None).mode, abs=0.02)


def test_the_gaussian_model_finds_a_linear_world():
    rows = make_rows(20_000)
    reward = 3 + rows.features[:, 0] + 2 * (rows.realised > 0) + np.random.default_rng(2).standard_normal(20_000)
    rows = Rows(rows.features, rows.realised, reward, rows.trials, rows.weight)
    mean = fit(rows, FactorDesign.of(ACTIONS), family="gaussian").mean(np.zeros((1, 3)))[:, 0]
    assert mean[0] == pytest.approx(3, abs=0.1)
    assert mean[1:] - mean[0] == pytest.approx([2] * 4, abs=0.1)


def test_a_new_action_borrows_from_its_factors():
    rows = make_rows(20_000)
    never = Rows(
        *(each[rows.realised != 4] for each in (rows.features, rows.realised, rows.reward, rows.trials, rows.weight))
    )
    mean = fit(never, FactorDesign.of(ACTIONS)).mean(np.zeros((1, 3)))[:, 0]
    assert mean[4] - mean[0] == pytest.approx(expit(-1.5) - expit(-2), abs=0.03)


def test_a_hundred_thousand_rows_fit_in_about_a_second_of_one_core():
    actions = (
        ActionView("none"),
        *(
            ActionView(f"{o}{v}{s}", (("offer", o), ("variant", v), ("slot", s)))
            for o in "xyz"
            for v in "ab"
            for s in "mn"
        ),
    )
    rows = make_rows(100_000, features=10, actions=len(actions))
    began = time.process_time()
    posterior = fit(rows, FactorDesign.of(actions))
    assert len(posterior.mode) > 90
    assert time.process_time() - began < 3


def test_page_hinkley_dates_a_change_and_keeps_quiet_without_one():
    rng = np.random.default_rng(0)
    calm = [drift.page_hinkley(rng.standard_normal(12)) for _ in range(200)]
    assert sum(each is not None for each in calm) <= 10
    assert drift.page_hinkley(np.array([0.1, -0.3, 0.2, 4.0, 5.0, 4.0])) == 3


def test_old_rounds_count_by_half_life_and_less_after_a_change():
    rounds = np.array([1, 9, 17])
    assert drift.decay(rounds).tolist() == [0.25, 0.5, 1.0]
    assert drift.weights(rounds, 9).tolist() == [0.0625, 0.5, 1.0]
