from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from setpoint.engine.ids import Fold, among, ascending, counted, folded

IDS = st.lists(st.one_of(st.none(), st.integers(0, 5_000), st.integers(-(2**63), 2**63 - 1)), max_size=50)


@given(st.lists(IDS, max_size=5))
def test_each_id_stands_once_in_order_however_far_out_it_is(parts: list[list[int | None]]) -> None:
    found = ascending(pa.array(part, pa.int64()) for part in parts)
    assert found.dtype == np.int64
    assert found.tolist() == sorted({each for part in parts for each in part if each is not None})


@given(st.lists(IDS, max_size=5))
def test_ids_are_counted_however_far_out_they_are(parts: list[list[int | None]]) -> None:
    found = counted(pa.array(part, pa.int64()) for part in parts)
    told = Counter(each for part in parts for each in part if each is not None)
    assert dict(zip(found.ids.tolist(), found.times.tolist(), strict=True)) == told
    assert found.ids.tolist() == sorted(told)


ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 300), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.none(), st.integers(-(10**15), 10**15)),
    )
)


@given(st.lists(ROWS, max_size=5), st.sampled_from(["sum", "min", "max"]))
def test_values_of_each_id_become_one_however_far_out_it_is(
    parts: list[list[tuple[int | None, int | None]]], how: Fold
) -> None:
    tables = [
        pa.table(
            {
                "id": pa.array([row[0] for row in part], pa.int64()),
                "value": pa.array([row[1] for row in part], pa.int64()),
            }
        )
        for part in parts
    ]
    found = folded(tables, how)
    told: dict[int, list[int]] = {}
    for pk, value in (row for part in parts for row in part):
        if pk is not None and value is not None:
            told.setdefault(pk, []).append(value)
    expected = {pk: {"sum": sum, "min": min, "max": max}[how](values) for pk, values in told.items()}
    assert dict(zip(found.ids.tolist(), found.found.tolist(), strict=True)) == expected
    assert found.ids.tolist() == sorted(expected)


FAR = st.lists(st.one_of(st.integers(0, 300), st.integers(-(2**63), 2**63 - 1)), max_size=50)


@given(FAR, FAR)
def test_those_wanted_are_told_however_far_out_they_are(ids: list[int], wanted: list[int]) -> None:
    held = among(np.array(ids, dtype=np.int64), np.array(wanted, dtype=np.int64))
    assert held.tolist() == [each in set(wanted) for each in ids]
