from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from setpoint.kernel.randomness import generator, seed_of, uniforms


@given(st.integers(0, 2**62), st.text(max_size=20))
def test_the_same_key_and_id_draw_the_same_number_in_any_order(start: int, key: str) -> None:
    ids = np.arange(start, start + 50)
    drawn = uniforms(ids, key, 1)
    assert np.array_equal(uniforms(ids[::-1], key, 1)[::-1], drawn)
    assert ((drawn >= 0) & (drawn < 1)).all()


def test_draws_are_uniform_and_keys_are_independent() -> None:
    ids = np.arange(200_000)
    one, two = uniforms(ids, "campaign:1", 1), uniforms(ids, "campaign:1", 2)
    counts = np.histogram(one, bins=20, range=(0, 1))[0]
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 45  # chi-squared, 19 degrees of freedom, p < 0.001
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.01


def test_generators_start_from_the_same_state() -> None:
    assert generator("a", 1).random() == generator("a", 1).random()
    assert seed_of("a", 1) != seed_of("a", "1", "")
