"""Features stay finite, bounded, in a fixed order, and on the first round's scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.insights.features import CLIP, MOST_FEATURES, Column, on_scale, standardised
from setpoint.insights.traits import trait_columns

numbers = st.floats(allow_nan=True, allow_infinity=False) | st.floats(-10, 10)
matrices = st.integers(0, 30).flatmap(
    lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=30)
)


def columns_of(rows: list[list[float]]) -> dict[str, Column]:
    return {f"c{n:02}": Column(np.array(values, dtype=float), 0.0, float(n % 3)) for n, values in enumerate(rows)}


@given(matrices)
@settings(max_examples=150, deadline=None)
def test_any_columns_become_finite_bounded_features(rows: list[list[float]]) -> None:
    columns = columns_of(rows)
    found = standardised(columns)
    assert found.values.shape == (len(rows[0]), len(found.names))
    assert len(found.names) <= MOST_FEATURES
    assert list(found.names) == sorted(found.names)
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.centre).all()
    assert np.isfinite(found.scale).all()
    assert (found.scale > 0).all()
    assert (np.abs(found.values) <= CLIP).all()
    again = on_scale(columns, found.names, found.centre, found.scale)
    assert np.array_equal(again.values, found.values)


def test_mean_nought_and_variance_one_where_nothing_is_missing() -> None:
    found = standardised({"a": Column(np.arange(100.0), 0.0, 1.0), "same": Column(np.ones(100), 0.0, 1.0)})
    assert found.names == ("a",)
    assert found.values.mean() == pytest.approx(0)
    assert found.values.std() == pytest.approx(1)


def test_a_column_that_is_gone_is_nought_and_the_scale_holds() -> None:
    later = {"a": Column(np.array([10.0, np.nan]), 0.0, 1.0)}
    found = on_scale(later, ("a", "gone"), np.array([4.0, 1.0]), np.array([3.0, 1.0]))
    assert found.values.tolist() == [[2.0, 0.0], [0.0, 0.0]]


def test_the_least_informative_go_first() -> None:
    rng = np.random.default_rng(1)
    columns = {f"c{n:02}": Column(rng.random(50), 0.0, float(n)) for n in range(30)}
    assert standardised(columns).names == tuple(f"c{n:02}" for n in range(6, 30))


def frame(**traits: Any) -> pa.Table:
    n = len(next(iter(traits.values())))
    fixed = {"customer_id": range(n), "created_at": [None] * n, "language": ["en"] * n, "timezone": ["UTC"] * n}
    return pa.table({**fixed, **traits})


def test_traits_become_columns() -> None:
    city = ["Lyon"] * 50 + ["Nice"] * 30 + ["Bern"] * 19 + ["Rare"]
    age = [20.0] * 90 + [None] * 10
    found = trait_columns(frame(city=city, age=age, weight=[70.5] * 99 + [None], vip=["true"] * 10 + ["false"] * 90))
    assert list(found) == [
        "trait:age",
        "trait:age:missing",
        "trait:city=Bern",
        "trait:city=Lyon",
        "trait:city=Nice",
        "trait:vip=true",
        "trait:weight",
    ]
    assert found["trait:city=Bern"].values.sum() == 19
    assert found["trait:age:missing"].values.sum() == 10
    assert np.isnan(found["trait:age"].values[-1])


def test_names_of_many_are_no_features() -> None:
    assert trait_columns(frame(name=[f"name {n}" for n in range(100)])) == {}


def test_wanted_columns_come_whatever_the_shares_are() -> None:
    wanted = ("trait:city=Lyon", "trait:age:missing", "trait:age", "trait:odd=a=b")
    found = trait_columns(frame(city=["Nice"] * 100, age=[1.0] * 100, odd=["a=b"] + [None] * 99), wanted=wanted)
    assert set(found) == set(wanted)
    assert found["trait:city=Lyon"].values.sum() == 0
    assert found["trait:odd=a=b"].values.sum() == 1


def test_names_are_no_features() -> None:
    people = pa.table(
        {"customer_id": [1, 2], "first_name": ["Ann", "Ben"], "姓名": ["安", "本"], "taste": ["green", "black"]}
    )
    assert {name.partition("=")[0] for name in trait_columns(people)} == {"trait:taste"}
