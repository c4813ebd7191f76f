import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from setpoint.stats.mixture import evidence_above, rate_at_least
from setpoint.stats.proportions import clopper_pearson_lower, clopper_pearson_upper, wilson


@st.composite
def counts(draw):
    trials = draw(st.integers(1, 2000))
    return draw(st.integers(0, trials)), trials


def test_known_values():
    assert clopper_pearson_upper(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert clopper_pearson_lower(100, 100) == pytest.approx(0.05 ** (1 / 100))
    assert wilson(10, 100) == pytest.approx((0.05523, 0.17437), abs=1e-5)
    assert wilson(0, 10)[0] == 0.0


@given(counts())
def test_clopper_pearson_inverts_the_binomial_tail(pair):
    events, trials = pair
    if events < trials:
        assert binom.cdf(events, trials, clopper_pearson_upper(events, trials)) == pytest.approx(0.05, abs=1e-6)
    if events > 0:
        assert binom.sf(events - 1, trials, clopper_pearson_lower(events, trials)) == pytest.approx(0.05, abs=1e-6)


@given(counts(), st.floats(0.5, 0.999))
def test_bounds_surround_the_share_and_widen_with_confidence(pair, confidence):
    events, trials = pair
    low, high = wilson(events, trials, confidence)
    assert low - 1e-9 <= events / trials <= high + 1e-9
    assert clopper_pearson_lower(events, trials, confidence) <= events / trials
    assert clopper_pearson_upper(events, trials, confidence) >= events / trials
    assert clopper_pearson_upper(events, trials, confidence) <= clopper_pearson_upper(events, trials, 0.9995)


@pytest.mark.parametrize(("events", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(events, trials):
    for bound in (clopper_pearson_lower, clopper_pearson_upper, wilson):
        with pytest.raises(ValueError, match="not a proportion"):
            bound(events, trials)
    with pytest.raises(ValueError, match="not a rate"):
        rate_at_least(events, trials, 0.05)


@given(counts(), st.sampled_from([0.01, 0.05]))
def test_the_anytime_bound_is_below_the_rate_and_below_the_exact_one(pair, alpha):
    events, trials = pair
    bound = rate_at_least(events, trials, alpha)
    assert 0 <= bound <= events / trials
    assert bound <= clopper_pearson_lower(events, trials, 1 - alpha) + 1e-9


@given(counts())
def test_more_events_never_lower_the_bound(pair):
    events, trials = pair
    if events < trials:
        assert rate_at_least(events, trials, 0.05) <= rate_at_least(events + 1, trials, 0.05) + 1e-9


@pytest.mark.parametrize("rate", [0.003, 0.02])
def test_looking_after_every_batch_keeps_the_error(rate):
    random = np.random.default_rng(7)
    false = 0
    for _ in range(300):
        events = np.cumsum(random.binomial(250, rate, 40))
        trials = 250 * np.arange(1, 41)
        false += any(evidence_above(k, n, rate) >= np.log(20) for k, n in zip(events, trials, strict=True))
    assert clopper_pearson_lower(false, 300) < 0.05
    assert false / 300 < 0.06


def test_twice_the_limit_is_noticed_soon():
    assert rate_at_least(120, 3000, 0.05) > 0.02
