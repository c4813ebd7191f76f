"""Contrast as WCAG counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.kernel.colour import contrast, mix, readable_ink, readable_on

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#1668DC", "#ffffff", 5.19),
        ("#abcdef", "#abcdef", 1.0),
    ],
)
def test_contrast_is_that_of_the_standard(first, second, wanted):
    assert contrast(first, second) == pytest.approx(wanted, abs=0.01)
    assert contrast(second, first) == contrast(first, second)


def test_ink_on_a_ground():
    assert (readable_on("#1668dc"), readable_on("#ffe58f")) == ("#ffffff", "#000000")
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


@given(COLOURS, COLOURS)
def test_ink_can_always_be_read(colour, ground):
    assert contrast(readable_ink(colour, ground), ground) >= 4.5
    assert contrast(readable_on(ground), ground) >= 4.5


def test_a_colour_that_can_be_read_stays():
    assert readable_ink("#1668dc", "#ffffff") == "#1668dc"
    assert readable_ink("#ffe58f", "#ffffff") != "#ffe58f"
