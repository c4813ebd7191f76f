"""Quintiles and the groups made of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.insights.history import History
from setpoint.insights.rfm import GROUPS, quintiles, rfm_of


@given(st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.0, 1.0]), max_size=60))
@settings(max_examples=200, deadline=None)
def test_quintiles_keep_order_and_share_ties(values: list[float]) -> None:
    found = quintiles(np.array(values))
    assert ((found >= 1) & (found <= 5)).all()
    for value, own in zip(values, found, strict=True):
        for other, theirs in zip(values, found, strict=True):
            assert own == theirs if value == other else (own <= theirs) == (value < other) or own == theirs


def test_quintiles_of_distinct_values_are_fifths() -> None:
    assert quintiles(np.arange(10.0)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 800), st.floats(-50, 500)), max_size=50))
@settings(max_examples=100, deadline=None)
def test_every_customer_is_in_one_group(rows: list[tuple[int, float, float]]) -> None:
    goals = np.array([float(row[0]) for row in rows])
    last = np.array([row[1] if row[0] else np.nan for row in rows])
    sums = np.array([row[2] * row[0] for row in rows])
    history = History(np.arange(len(rows)), {"goals": goals, "last_goal": last, "value_sum": sums, "values": goals})
    found = rfm_of(history)
    assert sum(found.summary.values()) == len(rows)
    assert sum(found.cells.values()) == np.count_nonzero(goals)
    assert set(found.summary) <= set(GROUPS)
    assert found.summary.get("no_purchase", 0) == np.count_nonzero(goals == 0)
    assert ((found.recency == 0) == (goals == 0)).all()


def test_the_best_are_champions_and_the_gone_are_lost() -> None:
    last, goals = (
        np.array([1.0, 2, 50, 60, 90, 100, 300, 310, 500, 510, np.nan]),
        np.array([9.0, 8, 1, 5, 1, 1, 7, 1, 1, 1, 0]),
    )
    last[2] = 0.5
    history = History(np.arange(11), {"goals": goals, "last_goal": last, "value_sum": goals * 10, "values": goals})
    summary = rfm_of(history).summary
    assert summary["champions"] == 3
    assert summary["new"] == 1
    assert summary["at_risk"] == 1
    assert summary["lost"] == 2
    assert summary["no_purchase"] == 1
