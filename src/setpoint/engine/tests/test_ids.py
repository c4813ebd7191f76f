from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from setpoint.engine.ids import ascending, counted

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
