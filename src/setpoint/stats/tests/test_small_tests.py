import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from setpoint.stats.cuped import cuped_adjust, cuped_coefficient
from setpoint.stats.holm import holm
from setpoint.stats.power import power_of, smallest_provable
from setpoint.stats.ratio import ratio_p_value


def test_ratio_is_the_chi_squared_of_scipy():
    expected = chisquare([240, 760], [250, 750]).pvalue
    assert ratio_p_value(240, 1000, 0.25) == pytest.approx(expected)


@given(st.integers(1, 10_000), st.floats(0.01, 0.99))
def test_ratio_is_likeliest_at_what_was_ordered(total, share):
    near = round(total * share)
    assert ratio_p_value(near, total, share) >= ratio_p_value(0, total, share) - 1e-12
    assert 0 <= ratio_p_value(total, total, share) <= 1


def test_ratio_without_doubt():
    assert ratio_p_value(0, 0, 0.2) == 1.0
    assert ratio_p_value(0, 50, 0.0) == 1.0
    assert ratio_p_value(1, 50, 0.0) == 0.0
    with pytest.raises(ValueError, match="expected share"):
        ratio_p_value(3, 2, 0.5)


def test_ratio_alarms_as_often_as_it_says():
    random = np.random.default_rng(3)
    p_values = [ratio_p_value(int(k), 5000, 0.24) for k in random.binomial(5000, 0.24, 4000)]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.012)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=40))
def test_cuped_keeps_the_mean_and_never_adds_variance(pairs):
    y, x = (np.array(values) for values in zip(*pairs, strict=True))
    adjusted = cuped_adjust(y, x)
    assert adjusted.mean() == pytest.approx(y.mean(), abs=1e-6)
    assert adjusted.var() <= y.var() + 1e-6


def test_cuped_leaves_all_as_it_is_where_the_covariate_is_constant():
    y, x = np.array([0.0, 0.0, 1.0]), np.full(3, 43.175685140564596)  # their mean is not quite the number itself
    assert cuped_coefficient(y, x) == 0.0
    assert cuped_adjust(y, x).tolist() == y.tolist()


def test_cuped_finds_the_slope():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert cuped_coefficient(3 * x + 1, x) == pytest.approx(3)
    assert cuped_coefficient(x, np.ones(4)) == 0.0
    assert cuped_adjust([], []).size == 0


def test_holm_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_never_helps(p_values):
    adjusted = holm(p_values)
    smallest = min(p_values)
    assert min(adjusted) == pytest.approx(min(1.0, smallest * len(p_values)))
    assert all(raw <= after <= 1.0 for raw, after in zip(p_values, adjusted, strict=True))
    ordered = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert ordered == sorted(ordered)


@given(st.floats(0.1, 100), st.floats(1, 4), st.floats(0.5, 0.99))
def test_power_and_smallest_provable_agree(error, multiplier, power):
    effect = smallest_provable(error, multiplier, power)
    assert power_of(effect, error, multiplier) == pytest.approx(power, abs=1e-9)


def test_power_without_noise():
    assert power_of(1.0, 0.0, 1.6) == 1.0
    assert power_of(0.0, 0.0, 1.6) == 0.0
