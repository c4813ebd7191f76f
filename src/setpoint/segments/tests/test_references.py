"""Segments, snapshots, tags and campaigns as conditions of other segments, on stored customers and a real lake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.customers.services import upsert_customers
from setpoint.customers.tags import services as tags
from setpoint.customers.types import Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import DECIDED, EVENTS
from setpoint.kernel.errors import Conflict, Invalid
from setpoint.segments import providers, services
from setpoint.segments.providers import TAGS, bind_tags
from setpoint.segments.types import Common

pytestmark = pytest.mark.django_db
LYON = {"trait": "city", "value": "Lyon"}


@pytest.fixture
def people(now: datetime) -> list[int]:
    cities = ("Lyon", "Nice", "Lyon")
    ids = upsert_customers([Profile({"user_id": f"u{n}"}, {"city": city}) for n, city in enumerate(cities)], now=now)
    at = (now - timedelta(days=2)).replace(tzinfo=None)
    sent = {"source": "campaign:7", "campaign": "7", "channel": "email", "variant": 3, "offer": None}
    rows = [
        (ids[0], "Message Sent", sent),
        (ids[0], "Email Opened", {"source": "campaign:7", "machine": True}),
        (ids[1], "Message Sent", sent | {"source": "campaign:8", "variant": 4}),
        (ids[1], "Email Link Clicked", {"source": "campaign:8", "machine": False}),
        (ids[2], "Message Sent", sent | {"source": "journey:1"}),
    ]
    events = [
        {
            "message_id": f"m{n}",
            "event": event,
            "customer_id": who,
            "ts": at,
            "day": at.date(),
            "properties": json.dumps(told),
        }
        for n, (who, event, told) in enumerate(rows)
    ]
    lake = Lake(settings.SETPOINT_LAKE)
    lake.append("events", pa.Table.from_pylist(events, EVENTS), app="test", version=1)
    decided = [
        {"campaign": "campaign:7", "customer_id": who, "decided_at": at, "ghost": ghost, "held_out": held_out}
        for who, ghost, held_out in ((ids[0], False, False), (ids[1], True, False), (ids[2], False, True))
    ]
    lake.append("decisions", pa.Table.from_pylist(decided, DECIDED), app="test", version=1, partition_by=("campaign",))
    return ids


def both(tree: dict[str, Any], people: list[int], now: datetime) -> list[int]:
    """Which of the people, by place, are in a tree: by both readings."""
    node = services.parse_tree(tree)
    found = services.members(node, as_of=now).tolist()
    assert found == [who for who in people if services.matches(node, who, as_of=now)]
    return [people.index(who) for who in found]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"campaign": 7}, [0]),
        ({"campaign": None}, [0, 1]),
        ({"campaign": None, "channel": "email", "variant": 4}, [1]),
        ({"campaign": None, "offer": 1}, []),
        ({"campaign": 7, "within_days": 1}, []),
        ({"campaign": 7, "did": "opened"}, []),
        ({"campaign": 8, "did": "clicked"}, [1]),
        ({"campaign": None, "did": "responded"}, [1]),
        ({"campaign": 7, "did": "held_out"}, [1, 2]),
        ({"campaign": 7, "did": "decided"}, [0, 1, 2]),
        ({"campaign": 8, "did": "decided"}, []),
    ],
    ids=str,
)
def test_campaigns(people: list[int], now: datetime, tree: dict[str, Any], expected: list[int]) -> None:
    assert both(tree, people, now) == expected


class Regulars:
    """Keeps one tag."""

    def __init__(self, weights: dict[int, float]) -> None:
        self.weights = weights

    def frame(self, names: Sequence[str], *, as_of: datetime, customer_ids: Sequence[int] | None = None) -> pa.Table:
        rows = [
            {"customer_id": who, "tag": "regular", "weight": weight}
            for who, weight in self.weights.items()
            if "regular" in names and (customer_ids is None or who in customer_ids)
        ]
        return pa.Table.from_pylist(rows, TAGS)

    def known(self) -> Sequence[Common]:
        return (Common("regular", len(self.weights)),)


@pytest.fixture
def unbound() -> Iterator[None]:
    before = providers.tags()
    yield
    bind_tags(before)


def test_tags_come_from_who_keeps_them(people: list[int], now: datetime, unbound: None) -> None:
    tree = {"tag": "regular", "op": ">=", "weight": 0.5}
    assert both(tree, people, now) == []
    bind_tags(Regulars({people[0]: 0.25, people[2]: 0.5}))
    assert both(tree, people, now) == [2]
    assert both({"not": {"tag": "regular"}}, people, now) == [1]
    assert [one.value for one in services.vocabulary((), as_of=now).tags] == ["regular"]
    told = services.explain(services.parse_tree(tree), people[0], as_of=now)
    assert [(one.kind, one.holds, one.seen) for one in told] == [("tag", False, "weight 0.25")]


def test_tags_of_customers_are_read_with_the_weight_of_the_moment(people: list[int], now: datetime) -> None:
    tags.define_tag(tags.TagDraft("vip", half_life_days=10.0), now=now)
    tags.set_tag(people[0], "vip", 0.8, now=now)
    tags.set_tag(people[1], "vip", 0.3, now=now)
    assert both({"tag": "vip", "op": ">=", "weight": 0.5}, people, now) == [0]
    assert both({"tag": "vip"}, people, now) == [0, 1]
    assert both({"tag": "vip", "op": ">=", "weight": 0.5}, people, now + timedelta(days=10)) == []
    assert "vip" in [one.value for one in services.vocabulary((), as_of=now).tags]


def test_a_segment_follows_those_it_names_and_a_snapshot_stays(people: list[int], now: datetime) -> None:
    inner = services.define_segment("Inner", LYON, now=now)
    outer = services.define_segment("Outer", {"not": {"segment": inner.id}}, now=now)
    kept = services.take_snapshot(inner.id, now=now)
    assert (kept.name, kept.size) == (f"Inner {now:%Y-%m-%d}", 2)
    assert both({"segment": outer.id}, people, now) == [1]
    services.update_segment(inner.id, tree={"trait": "city", "value": "Nice"}, now=now)
    assert both({"segment": outer.id}, people, now) == [0, 2]
    assert both({"snapshot": kept.id}, people, now) == [0, 2]
    assert services.sentence(outer.node) == 'not (is in the segment "Inner")'


def test_circles_are_refused_with_their_path(now: datetime) -> None:
    first = services.define_segment("A", LYON, now=now)
    second = services.define_segment("B", {"any": [LYON, {"segment": first.id}]}, now=now)
    third = services.define_segment("C", {"segment": second.id}, now=now)
    for tree in ({"segment": third.id}, {"segment": first.id}):
        with pytest.raises(Invalid, match="contain itself") as refused:
            services.update_segment(first.id, tree=tree, now=now)
        assert refused.value.remedy
    with pytest.raises(Invalid, match="A → C → B → A"):
        services.update_segment(first.id, tree={"not": {"segment": third.id}}, now=now)
    assert services.find_segment(first.id).version == 1


def test_what_is_named_must_be_there_and_stays_while_it_is_named(now: datetime) -> None:
    for tree in ({"segment": 99}, {"snapshot": 99}):
        with pytest.raises(Invalid, match="There is no"):
            services.define_segment("A", tree, now=now)
    inner = services.define_segment("Inner", LYON, now=now)
    kept = services.take_snapshot(inner.id, "Kept", now=now)
    services.define_segment("Outer", {"all": [{"segment": inner.id}, {"snapshot": kept.id}]}, now=now)
    with pytest.raises(Conflict, match="Outer"):
        services.delete_segment(inner.id, now=now)
    with pytest.raises(Conflict, match="Outer"):
        services.delete_snapshot(kept.id, now=now)
    with pytest.raises(Conflict, match="gone"):
        services.members(services.parse_tree({"segment": 99}), as_of=now)


def test_archived_segments_are_told(now: datetime) -> None:
    inner = services.define_segment("Inner", LYON, now=now)
    outer = services.define_segment("Outer", {"segment": inner.id}, now=now)
    assert services.notes(outer.node) == []
    services.archive_segment(inner.id, archived=True, now=now)
    assert ["Inner" in note for note in services.notes(services.parse_tree({"segment": outer.id}))] == [True]


def test_too_much_inside_each_other_is_refused(now: datetime) -> None:
    wide = services.define_segment("Wide", {"any": [LYON] * 150}, now=now)
    with pytest.raises(Conflict, match="2000"):
        services.define_segment("Wider", {"any": [{"segment": wide.id}] * 20}, now=now)


def test_a_preview_follows_the_lake_though_it_remembers(people: list[int], now: datetime) -> None:
    node = services.parse_tree({"all": [{"performed": "Seen"}, {"not": {"performed": "Message Sent", "count": 9}}]})
    assert services.preview(node, as_of=now).count == 0
    at = (now - timedelta(days=1)).replace(tzinfo=None)
    row = {"message_id": "x", "event": "Seen", "customer_id": people[1], "ts": at, "day": at.date(), "properties": "{}"}
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist([row], EVENTS), app="test", version=2)
    for moment in (now, now, now + timedelta(seconds=30)):
        found = services.preview(node, as_of=moment)
        assert (found.count, found.sample) == (1, (people[1],))
    assert services.preview(node, as_of=now + timedelta(seconds=30)).counted_at == now + timedelta(minutes=1)
    assert services.preview(node, as_of=now - timedelta(days=2)).count == 0
