"""What people do anyway, window by window."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.insights.tests.test_services import GOAL, event
from setpoint.insights.usual import usual


@pytest.fixture
def orders(now: datetime) -> None:
    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    told = [
        event(1, GOAL, ago(0.5), 10.0),
        event(1, GOAL, ago(6.9), 20.0),
        event(2, GOAL, ago(7.0), 5.0),
        event(3, GOAL, ago(7.1), None),
        event(3, GOAL, ago(20.5), 40.0),
        event(4, GOAL, ago(1), 1000.0),
        event(1, "Product Viewed", ago(1), 7.0),
        event(2, GOAL, now, 1000.0),
    ]
    rows = [{name: row.get(name) for name in EVENTS.names} for row in told]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(rows, EVENTS), app="test", version=1)


@pytest.mark.usefixtures("orders")
def test_each_window_counts_people_once_and_adds_what_they_brought(now: datetime) -> None:
    found = usual(np.array([1, 2, 3], dtype=np.int64), 3, event=GOAL, window_days=7, as_of=now)
    assert (found.windows, found.acting) == (3, (2, 1, 1))
    assert found.values == (35.0, 0.0, 40.0)
    assert found.squares == (925.0, 0.0, 1600.0)
    assert found.rate == pytest.approx(4 / 9)
    assert found.mean_value == pytest.approx(75 / 4)
    assert found.unrest == 0.0


@pytest.mark.usefixtures("orders")
def test_everybody_needs_no_list_of_ids(now: datetime) -> None:
    assert usual(None, 4, event=GOAL, window_days=7, as_of=now).acting == (3, 1, 1)


@pytest.mark.usefixtures("orders")
def test_what_never_happened_says_so(now: datetime) -> None:
    found = usual(None, 4, event="Signed Up", window_days=7, as_of=now)
    assert (found.windows, found.rate, found.mean_value, found.unrest) == (0, 0.0, 0.0, 0.0)


def test_an_empty_lake_is_no_error(now: datetime) -> None:
    assert usual(None, 0, event=GOAL, window_days=7, as_of=now).rate == 0.0
