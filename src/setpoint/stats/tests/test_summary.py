import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.stats.summary import Summary

values = st.lists(st.floats(-1e6, 1e6), max_size=30)


@given(st.lists(values, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_parts_add_up_in_any_order(parts, random):
    shuffled = random.sample(parts, len(parts))
    whole = Summary.of([value for part in parts for value in part])
    added = sum((Summary.of(part) for part in shuffled), start=Summary())
    assert added.n == whole.n
    assert added.total == pytest.approx(whole.total, abs=1e-3)
    assert added.squares == pytest.approx(whole.squares, rel=1e-9, abs=1e-3)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=50))
def test_moments_are_those_of_numpy(sample):
    summary = Summary.of(sample)
    assert summary.mean == pytest.approx(np.mean(sample), abs=1e-9)
    assert summary.variance == pytest.approx(np.var(sample, ddof=1), abs=1e-6)
    assert summary.standard_error == pytest.approx(np.std(sample, ddof=1) / np.sqrt(len(sample)), abs=1e-3)


def test_nothing_has_no_spread():
    assert (Summary().mean, Summary().variance, Summary().standard_error) == (0.0, 0.0, 0.0)
    assert Summary.of([3.0]).variance == 0.0
