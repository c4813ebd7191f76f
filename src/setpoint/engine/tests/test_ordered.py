"""The ordered copy of events: the same answers, with what came later; not used when it holds what the lake no longer has."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from setpoint.engine import ordered
from setpoint.engine.lake import Lake
from setpoint.engine.session import connect
from setpoint.engine.types import EVENTS

START = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def rows(first: int, day: int, count: int = 6) -> pa.Table:
    made = [
        {
            "message_id": f"m{number}",
            "event": ("Seen", "Bought")[number % 2],
            "customer_id": number % 3,
            "ts": at,
            "day": at.date(),
            "value": float(number),
            "properties": json.dumps({"kind": f"k{number % 2}", 'a"b': 1}) if number % 4 else "{}",
        }
        for number in range(first, first + count)
        for at in [START + timedelta(days=day, minutes=number)]
    ]
    return pa.Table.from_pylist(made, EVENTS)


def read(lake: Lake) -> tuple[list[tuple[object, ...]], bool]:
    with connect(lake.root) as session:
        events = session.ordered_events()
        found = session.execute(events.select("event", "customer_id", "ts", "value", "properties", "day")).to_pylist()
    return sorted(tuple(row.values()) for row in found), ordered.property_column("kind") in events.columns


def expected(lake: Lake) -> list[tuple[object, ...]]:
    with connect(lake.root) as session:
        events = session.events().select("event", "customer_id", "ts", "value", "properties", "day")
        return sorted(tuple(row.values()) for row in session.execute(events).to_pylist())


def test_life_of_the_copy(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "la ke"))
    assert not ordered.settle(lake, smallest=1)
    lake.append("events", rows(0, 0), app="test", version=1)
    assert not ordered.settle(lake, smallest=1)  # the newest month is never in it
    lake.append("events", rows(6, 40), app="test", version=2)
    assert read(lake) == (expected(lake), False)
    assert ordered.settle(lake, smallest=1)
    assert not ordered.settle(lake, smallest=1)
    assert read(lake) == (expected(lake), True)
    lake.append("events", rows(12, 41, 1), app="test", version=3)
    assert read(lake) == (expected(lake), True)
    lake.remove("events", "customer_id = 1")
    assert read(lake) == (expected(lake), False)
    assert not ordered.settle(lake, smallest=1_000)
    assert list((tmp_path / "la ke" / "_ordered").iterdir()) == []  # what was taken out is nowhere
    assert ordered.settle(lake, smallest=1)
    assert read(lake) == (expected(lake), True)
    assert len(list((tmp_path / "la ke" / "_ordered").glob("*.duckdb"))) == 1


def test_properties_are_columns_of_their_own(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("events", rows(0, 0), app="test", version=1)
    lake.append("events", rows(6, 40), app="test", version=2)
    ordered.settle(lake, smallest=1)
    with connect(lake.root) as session:
        events = session.ordered_events()
        found = session.execute(events.select("value", kind=events[ordered.property_column("kind")])).to_pylist()
    kinds = {int(row["value"]): row["kind"] for row in found}
    assert kinds == {number: f"k{number % 2}" if number % 4 else None for number in range(12)}
