"""Fading and boosting: exact, whatever the numbers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.tags.decay import HELD, Boost, boosted, faded, moment_of
from setpoint.kernel.clock import micros

WEIGHTS = st.floats(0.0, 1.0)
AGES = st.integers(0, 4_000 * 86_400_000_000)
HALF_LIVES = st.floats(0.05, 3_650.0)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _faded(weight: float, age: int, half_life: float | None) -> float:
    since = np.array([micros(NOW) - age])
    return float(faded(np.array([weight]), since, half_life, NOW)[0])


@unhurried
@given(WEIGHTS, AGES, HALF_LIVES)
def test_a_weight_is_halved_once_a_half_life(weight: float, age: int, half_life: float) -> None:
    exact = weight * 2.0 ** (-(age / 86_400_000_000) / half_life)
    assert _faded(weight, age, half_life) == pytest.approx(exact, rel=1e-15, abs=0.0)
    later = _faded(weight, age + round(half_life * 86_400_000_000), half_life)
    assert abs(later - _faded(weight, age, half_life) / 2) <= 1e-9


@unhurried
@given(WEIGHTS, AGES, AGES, HALF_LIVES)
def test_fading_twice_is_fading_for_both_times(weight: float, one: int, other: int, half_life: float) -> None:
    assert (
        abs(_faded(_faded(weight, one, half_life), other, half_life) - _faded(weight, one + other, half_life)) < 1e-12
    )


@unhurried
@given(st.lists(st.tuples(WEIGHTS, AGES), max_size=20), HALF_LIVES)
def test_many_fade_as_each_does(rows: list[tuple[float, int]], half_life: float) -> None:
    weights = np.array([weight for weight, _age in rows])
    since = np.array([micros(NOW) - age for _weight, age in rows], dtype=np.int64)
    assert faded(weights, since, half_life, NOW).tolist() == [_faded(*row, half_life) for row in rows]


@unhurried
@given(WEIGHTS, HALF_LIVES)
def test_what_is_held_or_has_no_half_life_stays(weight: float, half_life: float) -> None:
    assert faded(np.array([weight]), np.array([HELD]), half_life, NOW)[0] == weight
    assert _faded(weight, 10**12, None) == weight


@unhurried
@given(WEIGHTS, st.floats(0.1, 10), st.integers(-48, 48), st.integers(1, 48))
def test_a_boost_counts_while_it_lasts_and_never_lifts_above_one(
    weight: float, factor: float, start: int, hours: int
) -> None:
    begin = NOW + timedelta(hours=start)
    boost = Boost(factor, begin, begin + timedelta(hours=hours))
    is_on = start <= 0 < start + hours
    assert boosted(np.array([weight]), [boost], NOW)[0] == (min(weight * factor, 1.0) if is_on else weight)


def test_moments_are_kept_to_the_microsecond() -> None:
    odd = NOW + timedelta(microseconds=123_457)
    assert moment_of(micros(odd)) == odd
