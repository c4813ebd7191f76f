"""Trees: a round trip for the good, the exact place for the bad."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.kernel.errors import Invalid
from setpoint.segments.tests.strategies import whole_trees
from setpoint.segments.tree import parse_tree, to_json
from setpoint.segments.types import All, Consented, Everyone, Node, Not, Performed, Trait

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["all", "trait"]), inner),
    max_leaves=12,
)
near_trees = st.fixed_dictionaries(
    {},
    optional={
        key: json_values
        for key in ("all", "any", "not", "trait", "op", "value", "performed", "count", "consent", "everyone")
    },
)


@given(whole_trees())
@settings(max_examples=100, deadline=None)
def test_round_trip_through_json(node: Node) -> None:
    assert parse_tree(json.loads(json.dumps(to_json(node)))) == node


@given(json_values | near_trees)
@settings(max_examples=200, deadline=None)
def test_anything_is_read_or_refused_with_place_and_remedy(data: Any) -> None:
    try:
        node = parse_tree(data)
    except Invalid as refusal:
        told = refusal.to_dict()
    else:
        told = {"field": "", "message": "", "remedy": ""}
        assert parse_tree(to_json(node)) == node
    assert {"field", "message", "remedy"} <= told.keys()
    json.dumps(told, ensure_ascii=False).encode()


def test_defaults() -> None:
    assert parse_tree({"performed": "Seen"}) == Performed("Seen", ">=", 1)
    assert parse_tree({"consent": "email"}) == Consented("email", "marketing", "granted")
    assert parse_tree({"trait": "city", "value": "Lyon"}) == Trait("city", "=", "Lyon")
    assert parse_tree({"all": []}) == All(())
    assert parse_tree({"not": {"everyone": True}}) == Not(Everyone())


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (None, "tree"),
        ([], "tree"),
        ({}, "tree"),
        ({"everyone": 1}, "everyone"),
        ({"everyone": True, "all": []}, "tree"),
        ({"all": {}}, "all"),
        ({"all": [{"everyone": True}, {"performed": "Seen", "count": "2"}]}, "all[1].count"),
        ({"any": [{"not": {"performed": "Seen", "within_days": 0}}]}, "any[0].not.within_days"),
        ({"performed": "Seen", "count": True}, "count"),
        ({"performed": "Seen", "count": -1}, "count"),
        ({"performed": "Seen", "count": 10**400}, "count"),
        ({"performed": "Seen", "within_days": 1.5}, "within_days"),
        ({"performed": "", "count": 1}, "performed"),
        ({"performed": "Se\0en"}, "performed"),
        ({"performed": "Se\ud800en"}, "performed"),
        ({"performed": "Seen", "op": "contains"}, "op"),
        ({"performed": "Seen", "op": ["="]}, "op"),
        ({"performed": "Seen", "extra": 1}, "extra"),
        ({"trait": "a", "op": "="}, "value"),
        ({"trait": "a", "op": "=", "value": float("nan")}, "value"),
        ({"trait": "a", "op": "=", "value": float("inf")}, "value"),
        ({"trait": "a", "op": "=", "value": 10**400}, "value"),
        ({"trait": "a", "op": "<", "value": True}, "value"),
        ({"trait": "a", "op": "in", "value": []}, "value"),
        ({"trait": "a", "op": "in", "value": "abc"}, "value"),
        ({"trait": "a", "op": "in", "value": ["b", None]}, "value[1]"),
        ({"trait": "a", "op": "contains", "value": 5}, "value"),
        ({"trait": "a", "op": "contains", "value": ""}, "value"),
        ({"trait": "a", "op": "exists", "value": 5}, "value"),
        ({"trait": 5, "op": "exists"}, "trait"),
        ({"performed": "Seen", "within_days": 5, "between_days": [1, 2]}, "between_days"),
        ({"performed": "Seen", "between_days": [5, 5]}, "between_days[1]"),
        ({"performed": "Seen", "since": "yesterday"}, "since"),
        ({"performed": "Seen", "since": "2026-01-01T10:00"}, "since"),
        ({"performed": "Seen", "since": "2026-01-02", "until": "2026-01-01"}, "until"),
        ({"performed": "Seen", "where": {"trait": "a", "op": "exists"}}, "where"),
        ({"performed": "Seen", "where": {"all": [{"property": 'a"b', "op": "exists"}]}}, "where.all[0].property"),
        ({"measured": "Seen", "measure": "mean", "amount": 1}, "measure"),
        ({"measured": "Seen", "amount": "1"}, "amount"),
        ({"sequence": [{"event": "Seen"}]}, "sequence"),
        ({"sequence": [{"event": "Seen"}, {}]}, "sequence[1]"),
        ({"sequence": [{"event": "Seen"}, {"event": "B", "where": 5}]}, "sequence[1].where"),
        ({"sequence": [{"event": "Seen"}, {"event": "B"}], "within_hours": 0}, "within_hours"),
        ({"segment": 0}, "segment"),
        ({"snapshot": "x"}, "snapshot"),
        ({"tag": "vip", "op": "contains"}, "op"),
        ({"tag": "vip", "weight": None}, "weight"),
        ({"campaign": 5, "did": "liked"}, "did"),
        ({"campaign": 5, "did": "clicked", "channel": "email"}, "channel"),
        ({"consent": "email", "state": "perhaps"}, "state"),
        ({"consent": "email", "purpose": None}, "purpose"),
    ],
)
def test_refusals_name_the_place(data: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_tree(data)
    assert refusal.value.field == field


def test_too_deep_and_too_many() -> None:
    deep: dict[str, Any] = {"everyone": True}
    for _ in range(11):
        deep = {"not": deep}
    parse_tree(deep)
    with pytest.raises(Invalid, match="too large"):
        parse_tree({"not": deep})
    parse_tree({"any": [{"everyone": True}] * 199})
    with pytest.raises(Invalid, match="too large"):
        parse_tree({"any": [{"everyone": True}] * 200})
