import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.experiments.services import held_out, ratio_check, suppressed_share
from setpoint.kernel.errors import Invalid

IDS = np.arange(1, 20_001)
shares = st.floats(0, 0.99)


@given(st.text(max_size=10), st.floats(0.02, 0.5))
def test_shares_are_met(key, share):
    assert not ratio_check(share, int(held_out(key, IDS, share).sum()), len(IDS)).p_value < 1e-9


@given(shares, shares)
def test_a_larger_hold_out_contains_the_smaller(one, two):
    small, large = sorted((one, two))
    assert not (held_out("c", IDS, small) & ~held_out("c", IDS, large)).any()


def test_assignment_depends_on_campaign_and_customer_alone():
    order = np.random.default_rng(1).permutation(IDS)
    assert (held_out("c", order, 0.2) == held_out("c", IDS, 0.2)[order - 1]).all()
    assert (held_out("c", IDS, 0.2) != held_out("d", IDS, 0.2)).any()


@given(shares, shares)
def test_suppressed_share_is_that_of_either_draw(holdout, ghost):
    share = suppressed_share(holdout, ghost)
    assert max(holdout, ghost) <= share + 1e-12
    assert 1 - share == pytest.approx((1 - holdout) * (1 - ghost))


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0])
def test_impossible_shares_are_refused(share):
    for draw in (lambda: held_out("c", IDS, share), lambda: suppressed_share(share, 0.1)):
        with pytest.raises(Invalid) as caught:
            draw()
        assert caught.value.field == "share"
