from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from setpoint.stats.sequential import (
    confidence_sequence_multiplier,
    distinct_looks,
    group_sequential_multipliers,
    linear_with_overrun,
    obrien_fleming,
)

# Lan-DeMets, O'Brien-Fleming type, equally spaced looks, one-sided 0.025 (Jennison and Turnbull 2000; gsDesign sfLDOF).
PUBLISHED = {
    2: (2.963, 1.969),
    3: (3.710, 2.511, 1.993),
    4: (4.333, 2.963, 2.359, 2.014),
    5: (4.877, 3.357, 2.680, 2.290, 2.031),
}
alphas = st.sampled_from([0.01, 0.025, 0.05, 0.1])


def crossing_rate(looks, multipliers, *, seed, paths=200_000):
    """How often a Brownian motion without drift is ever above the boundary."""
    random = np.random.default_rng(seed)
    steps = np.sqrt(np.diff(np.concatenate([[0.0], looks])))
    walk = np.cumsum(random.standard_normal((paths, len(looks))) * steps, axis=1)
    return float((walk > np.asarray(multipliers) * np.sqrt(looks)).any(axis=1).mean())


@pytest.mark.parametrize("looks", PUBLISHED)
def test_boundaries_are_the_published_ones(looks):
    times = [number / looks for number in range(1, looks + 1)]
    assert group_sequential_multipliers(times, 0.025) == pytest.approx(PUBLISHED[looks], abs=6e-4)


def test_five_looks_at_five_percent():
    looks = [0.2, 0.4, 0.6, 0.8, 1.0]
    found = group_sequential_multipliers(looks, 0.05)
    assert found == pytest.approx((4.229, 2.888, 2.298, 1.962, 1.740), abs=6e-4)
    assert crossing_rate(looks, found, seed=1) == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize(
    "looks",
    [
        [0.3, 0.31, 0.32, 0.9, 0.95, 1.0],
        [0.02, 0.5, 0.503, 0.506, 1.0],
        [number / 20 for number in range(1, 21)],
    ],
)
def test_error_is_kept_at_uneven_looks(looks):
    found = group_sequential_multipliers(looks, 0.05)
    assert crossing_rate(looks, found, seed=2) == pytest.approx(0.05, abs=0.002)


def test_error_is_kept_beyond_the_plan():
    looks = [0.4, 0.8, 1.1, 1.4, 1.9, 3.0]
    found = group_sequential_multipliers(looks, 0.05, overrun=True)
    assert max(found) < 8
    assert crossing_rate(looks, found, seed=3) == pytest.approx(linear_with_overrun(3.0, 0.05), abs=0.002)


def test_last_look_spends_what_is_left():
    looks = [0.2, 0.5, 0.7]
    found = group_sequential_multipliers(looks, 0.05, last=True)
    assert found[:2] == group_sequential_multipliers(looks[:2], 0.05)
    assert crossing_rate(looks, found, seed=4) == pytest.approx(0.05, abs=0.002)


def test_without_the_reserve_nothing_is_left_beyond_the_plan():
    assert group_sequential_multipliers([0.5, 1.0, 1.5], 0.05)[-1] == 8.0


@settings(max_examples=30)
@given(alphas, st.lists(st.floats(0.02, 1.5), min_size=1, max_size=6))
def test_no_boundary_is_nearer_than_a_single_look(alpha, looks):
    times = distinct_looks(sorted(looks))
    found = group_sequential_multipliers(times, alpha, overrun=True)
    for time, multiplier in zip(times, found, strict=True):
        assert multiplier >= min(8.0, -ndtri(linear_with_overrun(time, alpha))) - 1e-6


@pytest.mark.parametrize("apart", [0.003, 0.0032, 0.0035])
def test_a_look_soon_after_the_last_one_has_a_boundary_too(apart):
    first, second = group_sequential_multipliers([1.4, 1.4 + apart], 0.01, overrun=True)
    assert second >= -ndtri(linear_with_overrun(1.4 + apart, 0.01)) - 1e-6
    assert first < second <= 8.0


@settings(max_examples=30)
@given(alphas, st.lists(st.floats(0.05, 1.0), min_size=2, max_size=5))
def test_earlier_boundaries_do_not_change_with_later_looks(alpha, looks):
    times = distinct_looks(sorted(looks))
    whole = group_sequential_multipliers(times, alpha)
    assert group_sequential_multipliers(times[:1], alpha) == whole[:1]


@given(st.floats(0.001, 3), st.floats(0.001, 3), alphas)
def test_spending_grows_up_to_alpha(one, two, alpha):
    low, high = sorted((one, two))
    for spending in (obrien_fleming, linear_with_overrun):
        assert 0 <= spending(low, alpha) <= spending(high, alpha) + 1e-12 <= alpha + 1e-9
    assert obrien_fleming(1.0, alpha) == pytest.approx(alpha)


def test_nothing_is_spent_on_nothing():
    assert obrien_fleming(0.0, 0.05) == linear_with_overrun(0.0, 0.05) == 0.0
    assert confidence_sequence_multiplier(0.0, 0.05) == inf
    with pytest.raises(ValueError, match="increasing"):
        group_sequential_multipliers([], 0.05)


def test_confidence_sequence_holds_at_four_hundred_looks():
    looks = np.linspace(0.005, 2.0, 400)
    found = [confidence_sequence_multiplier(float(time), 0.05) for time in looks]
    assert crossing_rate(looks, found, seed=5, paths=20_000) < 0.05


@given(st.floats(0.01, 10), alphas)
def test_confidence_sequence_is_tightest_where_it_is_tuned(information, alpha):
    at_tuning = confidence_sequence_multiplier(1.0, alpha)
    assert confidence_sequence_multiplier(information, alpha) >= at_tuning - 1e-9
    assert at_tuning > -ndtri(alpha)
    assert confidence_sequence_multiplier(information, alpha, tuned_at=information) == pytest.approx(at_tuning)


@given(st.lists(st.floats(1e-6, 10), max_size=20))
def test_distinct_looks_increase_and_repeat_nothing(looks):
    kept = distinct_looks(sorted(looks))
    assert list(kept) == sorted(set(kept))
    assert distinct_looks(kept) == kept
