"""Scores and cells: every buyer in exactly one, each within the range that its name was published with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.insights.tagging.cells import CELLS, COARSE, GRID, LEAST_BUYERS, Scores, by_limits, recency_by_limits
from setpoint.insights.tagging.rfm import DEFAULTS, rfm_of
from setpoint.insights.tagging.spending import Spending

PUBLISHED = {
    "champions": ((4, 5), (4, 5)),
    "loyal": ((2, 5), (3, 5)),
    "potential_loyalist": ((3, 5), (1, 3)),
    "new": ((4, 5), (0, 1)),
    "promising": ((3, 4), (0, 1)),
    "need_attention": ((2, 3), (2, 3)),
    "about_to_sleep": ((2, 3), (0, 2)),
    "at_risk": ((0, 2), (2, 5)),
    "cannot_lose": ((0, 1), (4, 5)),
    "hibernating": ((1, 2), (1, 2)),
    "lost": ((0, 2), (0, 2)),
}
"""Putler's ranges of recency, and of frequency and money together."""


def spending(rows: list[tuple[float, int, float]]) -> Spending:
    days, orders, money = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    ids = np.arange(1, len(rows) + 1)
    bought = np.where(orders > 0, days, np.nan)
    return Spending(ids, orders, money, bought, days, days + 10, np.ones(len(rows)))


def test_every_place_of_the_grid_lies_in_its_cells_published_range() -> None:
    for r, row in enumerate(GRID, start=1):
        for fm, name in enumerate(row, start=1):
            (low_r, high_r), (low_fm, high_fm) = PUBLISHED[name]
            assert low_r <= r <= high_r, name
            assert low_fm <= fm <= high_fm, name
    assert {name for row in GRID for name in row} == set(CELLS) == set(COARSE) == set(PUBLISHED)
    assert len(set(COARSE.values())) == 6


ROWS = st.lists(st.tuples(st.floats(0, 900), st.integers(0, 40), st.floats(0, 1e5)), min_size=LEAST_BUYERS, max_size=60)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ROWS, st.sampled_from(["quantiles", "rules"]))
def test_every_buyer_is_in_exactly_one_cell_and_the_sums_agree(rows: Any, mode: str) -> None:
    given = spending(rows)
    found = rfm_of(given, {**DEFAULTS, "mode": mode}, as_of=NOW)
    buyers = given.ids[given.orders > 0]
    together = np.concatenate(list(found.members.values()))
    if not found.report["is_enough"]:
        assert len(together) == 0
        return
    assert sorted(together.tolist()) == buyers.tolist()
    counts = {row["key"]: row["count"] for row in found.report["cells"]}
    assert counts == {name: len(ids) for name, ids in found.members.items()}
    by_grid: dict[str, int] = dict.fromkeys(CELLS, 0)
    for place in found.report["grid"]:
        by_grid[place["cell"]] += place["count"]
    assert by_grid == counts
    total = sum(row["money"] for row in found.report["cells"])
    assert np.isclose(total, given.money[given.orders > 0].sum())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_frequency_and_money_count_as_their_mean(scores: list[int]) -> None:
    r, f, m = (np.array([score]) for score in scores)
    combined = int(Scores(r, f, m).combined[0])
    assert combined - (scores[1] + scores[2]) / 2 in (0, 0.5)
    assert CELLS[int(Scores(r, f, m).place[0])] == GRID[scores[0] - 1][combined - 1]


def test_limits_make_scores() -> None:
    assert by_limits(np.array([1.0, 2, 3, 5, 10, 99]), [2, 3, 5, 10]).tolist() == [1, 2, 3, 4, 5, 5]
    assert recency_by_limits(np.array([0.0, 30, 31, 240, 241]), [30, 60, 120, 240]).tolist() == [5, 5, 4, 2, 1]


def test_a_few_buyers_are_not_put_in_fifths() -> None:
    found = rfm_of(spending([(1.0, 1, 5.0)] * (LEAST_BUYERS - 1)), DEFAULTS, as_of=NOW + timedelta(days=1))
    assert not found.report["is_enough"]
    assert all(len(ids) == 0 for ids in found.members.values())
