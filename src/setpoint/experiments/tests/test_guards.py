import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.experiments.services import rate_guard, ratio_check
from setpoint.kernel.errors import Invalid


def test_ratio_alarm():
    assert not ratio_check(0.24, 1200, 5000).alarm
    assert ratio_check(0.24, 900, 5000).alarm
    assert ratio_check(0.24, 0, 0).alarm is False


def test_rates():
    assert rate_guard(40, 1000, 0.02).harm
    assert not rate_guard(25, 1000, 0.02).harm
    assert rate_guard(0, 0, 0.02).rate == 0.0


@pytest.mark.parametrize("limit", [0.0, 1.0, -0.1])
def test_impossible_limits_are_refused(limit):
    with pytest.raises(Invalid):
        rate_guard(1, 10, limit)


@given(st.integers(0, 200), st.integers(0, 3000), st.floats(0.001, 0.2))
def test_no_harm_without_a_rate_above_the_limit(events, exposed, limit):
    found = rate_guard(events, exposed, limit)
    assert 0 <= found.at_least <= found.rate <= 1
    if found.rate <= limit:
        assert not found.harm
