from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.kernel import money
from setpoint.kernel.errors import Invalid


@given(st.integers(-(10**17), 10**17))
def test_micros_survive_the_way_to_decimals_and_back(micros: int) -> None:
    assert money.to_micros(money.to_decimal(micros)) == micros


@pytest.mark.parametrize("wrong", ["abc", "NaN", "inf", "-inf", 10**13])
def test_what_is_no_amount_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        money.to_micros(wrong)  # type: ignore[arg-type]


def test_people_see_their_currency() -> None:
    assert money.format_money(1_240_500_000, "CNY") == "¥1,240.50"
    assert money.format_money(-5_000_000, "JPY") == "-JP¥5"
    assert money.to_micros(Decimal("0.0012")) == 1200
