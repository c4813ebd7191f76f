"""Segments kept, and members found, on real customers and a real lake."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.segments.services import (
    count,
    define_segment,
    delete_segment,
    find_segment,
    list_segments,
    matches,
    members,
    parse_tree,
    preview,
    sample,
    update_segment,
)

pytestmark = pytest.mark.django_db
LYON = {"trait": "city", "value": "Lyon"}


@pytest.fixture
def people(now: datetime) -> list[int]:
    traits: list[dict[str, Any]] = [
        {"city": "Lyon", "age": 30, "mixed": 5, "vip": True, "tags": ["a", "b"]},
        {"city": "Nice", "age": 41.5, "mixed": "5", "vip": False},
        {"city": "Lyon", "mixed": 5.0, "big": 2**53 + 1, "created_at": "x", "customer_id": 5},
        {"City": "Lyon", "age": None, "mixed": False, "big": "x"},
    ]
    granted = (ConsentRecord("email", "marketing", "granted"),)
    ids = upsert_customers(
        [Profile({"user_id": f"u{n}"}, each, granted if n < 2 else ()) for n, each in enumerate(traits)], now=now
    )
    rows = [(ids[0], 1), (ids[0], 2), (ids[2], 40)]
    events = [
        {"message_id": f"m{n}", "event": "Seen", "customer_id": who, "ts": at.replace(tzinfo=None), "day": at.date()}
        for n, (who, days) in enumerate(rows)
        for at in [now - timedelta(days=days)]
    ]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(events, EVENTS), app="test", version=1)
    return ids


TREES = [
    {"everyone": True},
    LYON,
    {"not": LYON},
    {"trait": "City", "op": "exists"},
    {"trait": "age", "op": ">", "value": 30},
    {"trait": "age", "op": "=", "value": "30"},
    {"trait": "age", "op": "missing"},
    {"trait": "created_at", "op": "exists"},
    {"trait": "customer_id", "op": ">", "value": 0},
    {"trait": "mixed", "op": "=", "value": 5},
    {"trait": "mixed", "op": "=", "value": "5"},
    {"trait": "mixed", "op": "!=", "value": "false"},
    {"trait": "vip", "op": "=", "value": True},
    {"trait": "vip", "op": "contains", "value": "als"},
    {"trait": "tags", "op": "contains", "value": '"b"'},
    {"trait": "big", "op": "contains", "value": "993"},
    {"trait": "language", "op": "=", "value": "en"},
    {"consent": "email"},
    {"performed": "Seen", "count": 2},
    {"all": [LYON, {"any": [{"consent": "email", "state": "denied"}, {"performed": "Seen", "within_days": 50}]}]},
]


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_members_and_matches_agree_on_stored_customers(people: list[int], now: datetime, tree: dict[str, Any]) -> None:
    node = parse_tree(tree)
    assert members(node, as_of=now).tolist() == [who for who in people if matches(node, who, as_of=now)]


def test_members_counts_and_samples(people: list[int], now: datetime) -> None:
    segment = define_segment("In Lyon", LYON, now=now)
    assert members(segment.id, as_of=now).tolist() == [people[0], people[2]]
    assert members(segment.id, as_of=now).dtype == "int64"
    assert count(segment.id, as_of=now) == 2
    assert sample(segment.id, as_of=now, size=1) == (people[0],)
    assert preview(parse_tree({"performed": "Seen", "within_days": 2}), as_of=now).count == 1
    assert preview(parse_tree({"performed": "Seen", "within_days": 2}), as_of=now - timedelta(days=1)).count == 1
    assert preview(parse_tree({"performed": "Seen", "within_days": 1}), as_of=now - timedelta(days=5)).count == 0


def test_nobody_and_nothing(now: datetime) -> None:
    assert members(parse_tree({"performed": "Seen", "op": "=", "count": 0}), as_of=now).tolist() == []
    with pytest.raises(NotFound):
        members(99, as_of=now)
    with pytest.raises(NotFound):
        matches(parse_tree(LYON), 99, as_of=now)


def test_life_of_a_segment(now: datetime) -> None:
    later = now + timedelta(days=1)
    segment = define_segment("  Lyon ", LYON, now=now)
    assert (segment.name, segment.created_at) == ("Lyon", now)
    with pytest.raises(Conflict):
        define_segment("Lyon", LYON, now=now)
    other = define_segment("Other", parse_tree({"not": LYON}), now=now)
    with pytest.raises(Conflict):
        update_segment(other.id, name="Lyon", now=later)
    assert find_segment(other.id) == other
    changed = update_segment(other.id, tree={"everyone": True}, now=later)
    assert (changed.name, changed.updated_at, changed.created_at) == ("Other", later, now)
    assert [view.name for view in list_segments()] == ["Lyon", "Other"]
    delete_segment(other.id, now=later)
    with pytest.raises(NotFound):
        delete_segment(other.id, now=later)
    with pytest.raises(NotFound):
        find_segment(other.id)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\0b", "a\nb"])
def test_bad_names(now: datetime, name: str) -> None:
    with pytest.raises(Invalid):
        define_segment(name, LYON, now=now)
    assert list_segments() == []
