"""Findings on real customers and a real lake, as of a moment."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.insights.services import analyse, rfm, rfm_cells
from setpoint.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
GOAL = "Order Completed"


def event(who: int, name: str, at: datetime, value: float | None = None, machine: bool | None = None) -> dict[str, Any]:
    properties = {} if machine is None else {"machine": machine}
    moment = at.replace(tzinfo=None)
    told = json.dumps(properties, separators=(",", ":"))
    return {
        "customer_id": who,
        "type": "track",
        "event": name,
        "ts": moment,
        "value": value,
        "properties": told,
        "day": at.date(),
    }


@pytest.fixture
def people(now: datetime) -> list[int]:
    traits: list[dict[str, Any]] = [{"city": "Lyon", "age": 30}, {"city": "Nice", "age": 50}, {"city": "Lyon"}, {}]
    profiles = [Profile({"user_id": f"u{n}"}, each) for n, each in enumerate(traits)]
    ids = upsert_customers(profiles, now=now - timedelta(days=100))
    ago = lambda days: now - timedelta(days=days)  # noqa: E731
    events = [
        event(ids[0], GOAL, ago(3), 10.0),
        event(ids[0], GOAL, ago(200), 30.0),
        event(ids[0], GOAL, ago(500), 20.0),
        event(ids[1], GOAL, ago(60), 90.0),
        event(ids[1], "Email Opened", ago(10), machine=False),
        event(ids[1], "Email Opened", ago(11), machine=True),
        event(ids[1], "Email Opened", ago(61), machine=False),
        event(ids[1], "Email Link Clicked", ago(10), machine=False),
        event(ids[1], "Message Sent", ago(12)),
        event(ids[1], "Message Sent", ago(15)),
        event(ids[2], "Product Viewed", ago(20)),
        event(ids[2], GOAL, now, 1000.0),  # at as_of: not yet
        event(ids[2], GOAL, now + timedelta(days=2), 1000.0),
    ]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(events, EVENTS), app="test", version=1)
    return ids


def raw(found: Any, name: str) -> list[float]:
    """The column before it was standardised."""
    place = found.feature_names.index(name)
    return (found.features[:, place] * found.scale[place] + found.centre[place]).round(9).tolist()


def logs(*days: float) -> list[float]:
    return np.log1p(np.array(days)).round(9).tolist()


def test_features_are_those_of_the_moment(people: list[int], now: datetime) -> None:
    found = analyse(people, goal_event=GOAL, window_days=14, as_of=now)
    assert found.features.shape == (4, len(found.feature_names))
    assert raw(found, "recency") == logs(3, 60, 100, 100)
    assert raw(found, "frequency") == logs(2, 1, 0, 0)
    assert raw(found, "monetary") == logs(20, 90, 0, 0)
    assert raw(found, "tenure") == logs(500, 100, 100, 100)
    assert raw(found, "activity") == logs(1, 0, 1, 0)
    assert raw(found, "opened") == logs(0, 1, 0, 0)
    assert raw(found, "clicked") == logs(0, 1, 0, 0)
    assert raw(found, "messages") == logs(0, 1, 0, 0)
    assert raw(found, "trait:age") == [30, 50, 40, 40]
    assert raw(found, "trait:age:missing") == [0, 0, 1, 1]
    assert raw(found, "trait:city=Lyon") == [1, 0, 1, 0]
    assert found.base_rate == 0.25
    assert found.summary["with_goal_event_ever"] == 2
    assert (found.summary["active_30d"], found.summary["active_90d"], found.summary["new_30d"]) == (2, 3, 0)
    assert 20 < found.order_value[0] < found.order_value[3] < found.order_value[1] < 90
    assert found.order_value[2] == found.order_value[3] == pytest.approx(150 / 4)


def test_nothing_later_is_looked_at(people: list[int], now: datetime) -> None:
    before = analyse(people, goal_event=GOAL, window_days=14, as_of=now)
    late = [event(who, GOAL, now + timedelta(days=day), 7.0) for who in people for day in (0, 1)]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(late, EVENTS), app="test", version=2)
    after = analyse(people, goal_event=GOAL, window_days=14, as_of=now)
    assert np.array_equal(before.features, after.features)
    assert np.array_equal(before.order_value, after.order_value)
    assert before.summary == after.summary


def test_a_later_round_has_the_same_columns_on_the_same_scale(people: list[int], now: datetime) -> None:
    first = analyse(people, goal_event=GOAL, window_days=14, as_of=now)
    scale = {"centre": first.centre, "scale": first.scale, "feature_names": first.feature_names}
    same = analyse(people[::-1], goal_event=GOAL, window_days=14, as_of=now, **scale)
    assert np.array_equal(same.features, first.features[::-1])
    later = analyse(people[:1], goal_event=GOAL, window_days=14, as_of=now + timedelta(days=4), **scale)
    assert later.feature_names == first.feature_names
    assert raw(later, "recency") == logs(7)
    with pytest.raises(Invalid):
        analyse(people, goal_event=GOAL, window_days=14, as_of=now, centre=first.centre)


def test_order_of_ids_is_kept_and_strangers_do_no_harm(people: list[int], now: datetime) -> None:
    found = analyse([999_999, people[1]], goal_event=GOAL, window_days=90, as_of=now)
    assert found.customer_ids.tolist() == [999_999, people[1]]
    assert np.isfinite(found.features).all()
    assert found.base_rate == 0.5


def test_nobody_and_an_empty_lake(now: datetime) -> None:
    nobody = analyse([], goal_event=GOAL, window_days=14, as_of=now)
    assert (nobody.features.shape, nobody.base_rate, nobody.summary["size"]) == ((0, 0), 0.0, 0.0)
    ids = upsert_customers([Profile({"user_id": "u"}, {"a": 1}), Profile({"user_id": "v"}, {"a": 2})], now=now)
    found = analyse(ids, goal_event=GOAL, window_days=14, as_of=now)
    assert found.feature_names == ("trait:a",)
    assert found.features[:, 0].tolist() == [-1, 1]
    assert found.order_value.tolist() == [0, 0]
    assert rfm(ids, goal_event=GOAL, as_of=now) == {"no_purchase": 2}


def test_rfm_of_the_audience(people: list[int], now: datetime) -> None:
    cells = rfm_cells(people, goal_event=GOAL, as_of=now)
    assert cells.recency.tolist() == [4, 2, 0, 0]
    assert cells.frequency.tolist() == [4, 2, 0, 0]
    assert cells.monetary.tolist() == [2, 4, 0, 0]
    assert cells.cells == {"224": 1, "442": 1}
    assert rfm(people, goal_event=GOAL, as_of=now) == {"champions": 1, "hibernating": 1, "no_purchase": 2}
