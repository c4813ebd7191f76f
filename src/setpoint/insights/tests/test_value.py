"""Shrunken values: between the customer's own mean and everybody's, nearer to the own one the more is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.insights.value import population_value, shrunken_mean

purchases = st.lists(st.lists(st.floats(0, 1e6), max_size=5), min_size=1, max_size=30)


def sums_of(bought: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = np.array([float(len(values)) for values in bought])
    sums = np.array([float(sum(values)) for values in bought])
    squares = np.array([float(sum(value * value for value in values)) for values in bought])
    return counts, sums, squares


@given(purchases)
@settings(max_examples=200, deadline=None)
def test_between_own_and_everybodys_mean(bought: list[list[float]]) -> None:
    counts, sums, squares = sums_of(bought)
    mean, weight = population_value(counts, sums, squares)
    found = shrunken_mean(counts, sums, prior_mean=mean, prior_weight=weight)
    own = np.where(counts > 0, sums / np.maximum(counts, 1), mean)
    slack = 1e-9 * (1 + mean + own)
    assert np.isfinite(found).all()
    assert weight >= 0
    assert (found >= np.minimum(own, mean) - slack).all()
    assert (found <= np.maximum(own, mean) + slack).all()


def test_weight_is_the_known_ratio_of_variances() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(100, 10, 20_000)
    bought = [list(rng.normal(mean, 20, rng.integers(1, 6))) for mean in truth]
    counts, sums, squares = sums_of(bought)
    mean, weight = population_value(counts, sums, squares)
    assert mean == pytest.approx(100, abs=0.5)
    assert weight == pytest.approx(400 / 100, rel=0.1)
    found = shrunken_mean(counts, sums, prior_mean=mean, prior_weight=weight)
    assert np.mean((found - truth) ** 2) < 0.6 * np.mean((sums / counts - truth) ** 2)
    assert np.mean((found - truth) ** 2) < np.mean((mean - truth) ** 2)


def test_nobody_bought_one_bought_and_all_alike() -> None:
    zero = np.zeros(3)
    assert population_value(zero, zero, zero) == (0.0, 1.0)
    assert shrunken_mean(zero, zero, prior_mean=0.0, prior_weight=1.0).tolist() == [0, 0, 0]
    counts, sums, squares = sums_of([[10.0], [30.0], []])
    assert population_value(counts, sums, squares) == (20.0, 1.0)
    assert shrunken_mean(counts, sums, prior_mean=20.0, prior_weight=1.0).tolist() == [15, 25, 20]
    alike = sums_of([[5.0, 15.0], [15.0, 5.0]])
    assert population_value(*alike) == (10.0, np.inf)
    assert shrunken_mean(alike[0], alike[1], prior_mean=10.0, prior_weight=np.inf).tolist() == [10, 10]
