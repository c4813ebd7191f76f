"""The set-based and the single-customer reading of a tree agree on every population."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from setpoint.engine.lake import Lake
from setpoint.engine.session import Session, connect
from setpoint.engine.types import EVENTS
from setpoint.segments import membership, providers, remembered
from setpoint.segments.live import matches
from setpoint.segments.membership import select
from setpoint.segments.providers import TAGS
from setpoint.segments.snapshots import SNAPSHOTS
from setpoint.segments.tests.strategies import AS_OF, customers, trees
from setpoint.segments.tree import leaves
from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Common,
    Consented,
    Decided,
    Everyone,
    Facts,
    Followed,
    Happened,
    InSnapshot,
    Measured,
    Node,
    Not,
    Occurrence,
    Performed,
    Property,
    Step,
    Tagged,
    Trait,
    Window,
)
from setpoint.segments.values import text_form


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with connect(str(tmp_path)) as session:
        yield session


def customer_frame(population: Sequence[Facts]) -> pa.Table:
    names = sorted({name for facts in population for name in facts.traits} | {"language"})
    columns: dict[str, Any] = {"customer_id": pa.array(range(1, len(population) + 1), pa.int64())}
    for name in names:
        columns[name] = column([facts.traits.get(name) for facts in population])
    return pa.table(columns)


def column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([None if value is None else text_form(value) for value in values], pa.string())


def consent_frame(population: Sequence[Facts]) -> pa.Table:
    rows = [(n, *pair, state) for n, facts in enumerate(population, 1) for pair, state in facts.consents.items()]
    names = ["customer_id", "channel", "purpose", "state"]
    schema = pa.schema([pa.field("customer_id", pa.int64()), *[pa.field(name, pa.string()) for name in names[1:]]])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)


def event_frame(population: Sequence[Facts]) -> pa.Table:
    rows = [
        {
            "event": event,
            "customer_id": n,
            "ts": one.at.replace(tzinfo=None),
            "day": one.at.date(),
            "type": "track",
            "value": one.value,
            "properties": json.dumps(one.properties, ensure_ascii=False),
        }
        for n, facts in enumerate(population, 1)
        for event, occurrences in facts.events.items()
        for one in occurrences
    ]
    return pa.Table.from_pylist(rows, EVENTS)


def decision_frame(population: Sequence[Facts]) -> pa.Table:
    kinds = [
        ("customer_id", pa.int64()),
        ("campaign", pa.string()),
        ("held_out", pa.bool_()),
        ("decided_at", pa.timestamp("us")),
    ]
    rows = [
        {
            "customer_id": n,
            "campaign": f"campaign:{one.campaign}",
            "held_out": one.held_out,
            "decided_at": one.at.replace(tzinfo=None),
        }
        for n, facts in enumerate(population, 1)
        for one in facts.decisions
    ]
    return pa.Table.from_pylist(rows, pa.schema(kinds))


class TagsOf:
    """The tags of a population, as their keeper tells them."""

    def __init__(self, population: Sequence[Facts]) -> None:
        rows = [(n, *pair) for n, facts in enumerate(population, 1) for pair in facts.tags.items()]
        self.rows = pa.Table.from_pylist([dict(zip(TAGS.names, row, strict=True)) for row in rows], TAGS)

    def frame(self, names: Sequence[str], **_how: Any) -> pa.Table:
        return self.rows.filter(pc.is_in(self.rows["tag"], pa.array(names, pa.string())))

    def known(self) -> Sequence[Common]:
        return ()


def snapshot_frame(population: Sequence[Facts]) -> pa.Table:
    rows = [(one, n) for n, facts in enumerate(population, 1) for one in facts.snapshots]
    return pa.table([[each[0] for each in rows], [each[1] for each in rows]], schema=SNAPSHOTS)


def by_sets(node: Node, population: Sequence[Facts], session: Session) -> list[int]:
    events = session.memtable(event_frame(population))
    decisions = session.memtable(decision_frame(population))
    frames = {"customers": customer_frame(population), "consents": consent_frame(population)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_bound", [TagsOf(population)])
        patch.setattr(membership, "snapshot_frame", lambda _ids: snapshot_frame(population))
        return select(node, session, **frames, events=events, decisions=decisions, as_of=AS_OF).tolist()


def one_by_one(node: Node, population: Sequence[Facts]) -> list[int]:
    return [n for n, facts in enumerate(population, 1) if matches(node, facts, as_of=AS_OF)]


OF_EVENTS = (Performed, Measured, Happened, Followed)


def by_memory(node: Node, population: Sequence[Facts], session: Session) -> dict[str, list[int]]:
    """For whom each condition of events holds, by what is remembered of the last questions."""
    asked = [leaf for leaf in leaves(node) if isinstance(leaf, OF_EVENTS)]
    everybody = np.arange(1, len(population) + 1)
    held = remembered.holding(asked, session, session.memtable(event_frame(population)), everybody, AS_OF)
    return {key: everybody[holds].tolist() for key, holds in held.items()}


@given(population=st.lists(customers(), max_size=8), nodes=st.lists(trees(), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_readings_agree(session: Session, population: list[Facts], nodes: list[Node]) -> None:
    remembered.forget()
    for node in nodes:
        assert by_sets(node, population, session) == one_by_one(node, population)
        expected = {repr(leaf): one_by_one(leaf, population) for leaf in leaves(node) if isinstance(leaf, OF_EVENTS)}
        assert by_memory(node, population, session) == expected


ANN = Facts(
    {"city": "Lyon", "n": 5, "flag": True, "mixed": "5"},
    {
        "Seen": [Occurrence(AS_OF - timedelta(days=days)) for days in (2, 1, 0)],
        "Order Completed": [
            Occurrence(AS_OF - timedelta(days=9), 100.1, {"category": "shoes", "n": 2}),
            Occurrence(AS_OF - timedelta(days=1, hours=-2), 50.2, {"category": "books", "n": "3", "list": ["shoes"]}),
        ],
    },
    {("email", "marketing"): "granted"},
    {"vip": 0.5},
    (Decided(7, True, AS_OF - timedelta(days=3)), Decided(8, False, AS_OF - timedelta(days=3))),
    frozenset({1}),
)
BOB = Facts(
    {"city": "lyon-sud", "n": 12.5, "flag": False, "mixed": 5},
    {},
    {("email", "marketing"): "denied", ("sms", "news"): "granted"},
)
EVE = Facts({"city": None, "mixed": "abc"}, {"Seen": [Occurrence(AS_OF - timedelta(days=40))]}, tags={"vip": 0.0})


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Everyone(), [1, 2, 3]),
        (All(()), [1, 2, 3]),
        (AnyOf(()), []),
        (Trait("city", "=", "Lyon"), [1]),
        (Trait("city", "contains", "lyon"), [2]),
        (Trait("city", "!=", "Lyon"), [2]),
        (Not(Trait("city", "=", "Lyon")), [2, 3]),
        (Trait("city", "missing"), [3]),
        (Trait("nothing", "missing"), [1, 2, 3]),
        (Trait("nothing", "!=", 1), []),
        (Trait("mixed", "=", 5), [1, 2]),
        (Trait("mixed", "=", "5"), [1, 2]),
        (Trait("mixed", ">", 4), [1, 2]),
        (Trait("mixed", "!=", 5), [3]),
        (Trait("n", "=", "5"), [1]),
        (Trait("n", "contains", "2."), [2]),
        (Trait("n", ">=", 5), [1, 2]),
        (Trait("n", "in", (5, "12.5", True)), [1, 2]),
        (Trait("flag", "=", True), [1]),
        (Trait("flag", "=", "false"), [2]),
        (Trait("flag", "=", 1), []),
        (Performed("Seen"), [1, 3]),
        (Performed("Seen", "=", 2), [1]),
        (Performed("Seen", "=", 1, Window(1)), [1]),
        (Performed("Seen", "=", 0, Window(30)), [2, 3]),
        (Consented("email"), [1]),
        (Not(Consented("email")), [2, 3]),
        (Consented("email", state="denied"), [2]),
        (Consented("sms", "news"), [2]),
        (Performed("Seen", window=Window(None, 30)), [3]),
        (Performed("Seen", window=Window(60, 30)), [3]),
        (Performed("Seen", window=Window(39, 30)), []),
        (Performed("Seen", window=Window(since=AS_OF - timedelta(days=1))), [1]),
        (Performed("Seen", window=Window(until=AS_OF - timedelta(days=2))), [3]),
        (Performed("Seen", "<=", 1), [2, 3]),
        (Performed("Seen", ">=", 0), [1, 2, 3]),
        (Performed("Seen", "<", 0), []),
        (Performed("Order Completed", "=", 1, where=Property("category", "=", "shoes")), [1]),
        (Performed("Order Completed", "=", 2, where=Property("n", ">", 1)), [1]),
        (Performed("Order Completed", where=Property("list", "contains", "shoes")), []),
        (Performed("Order Completed", "=", 1, where=Property("list", "exists")), [1]),
        (Performed("Order Completed", where=All((Property("value", ">", 60), Property("n", "=", "2")))), [1]),
        (Performed("Order Completed", where=Not(Property("category", "in", ("shoes", "books")))), []),
        (Measured("Order Completed", "sum", "value", "=", 150.3), [1]),
        (Measured("Order Completed", "sum", "value", ">", 50.2, Window(5)), []),
        (Measured("Order Completed", "max", "n", "=", 3), [1]),
        (Measured("Order Completed", "min", "value", "<", 51), [1]),
        (Measured("Seen", "sum", "value", "<=", 0), []),
        (Happened("Seen", "first", Window(30)), [1]),
        (Happened("Seen", "last", Window(60, 30)), [3]),
        (Happened("Seen", "first", Window(until=AS_OF - timedelta(days=1, hours=5))), [1, 3]),
        (Happened("Seen", "last", Window(until=AS_OF - timedelta(hours=5))), [1, 3]),
        (Happened("Order Completed", "last", Window(until=AS_OF - timedelta(days=5))), []),
        (Followed(Step("Seen"), Step("Order Completed")), [1]),
        (Followed(Step("Seen"), Step("Order Completed"), 2), [1]),
        (Followed(Step("Seen"), Step("Order Completed"), 1), []),
        (Followed(Step("Order Completed"), Step("Seen"), None, Window(5)), []),
        (Followed(Step("Seen"), Step("Seen"), 24), [1]),
        (Tagged("vip"), [1]),
        (Tagged("vip", ">=", 0), [1, 3]),
        (Not(Tagged("vip", ">=", 0.5)), [2, 3]),
        (Campaigned(7, "held_out"), [1]),
        (Campaigned(8, "held_out"), []),
        (Campaigned(None, "decided", window=Window(5)), [1]),
        (Campaigned(8, "decided", window=Window(2)), []),
        (InSnapshot(1), [1]),
        (Not(InSnapshot(2)), [1, 2, 3]),
    ],
)
def test_what_conditions_mean(session: Session, node: Node, expected: list[int]) -> None:
    population = [ANN, BOB, EVE]
    assert by_sets(node, population, session) == expected
    assert one_by_one(node, population) == expected
    if isinstance(node, OF_EVENTS):
        assert by_memory(node, population, session) == {repr(node): expected}


def test_another_number_of_the_same_condition_is_answered_from_memory(session: Session) -> None:
    population = [ANN, BOB, EVE]
    remembered.forget()
    by_memory(Measured("Order Completed", "sum", "value", ">", 1), population, session)
    by_memory(Happened("Seen", "first", Window(30)), population, session)
    by_memory(Followed(Step("Seen"), Step("Order Completed"), 2), population, session)
    with pytest.MonkeyPatch.context() as patch:
        for way in ("run", "folded", "distinct", "counts"):
            patch.setattr(session.engine, way, None)
        for node, expected in (
            (Measured("Order Completed", "sum", "value", ">", 150.3), []),
            (Measured("Order Completed", "sum", "value", "!=", 1), [1]),
            (Happened("Seen", "first", Window(60)), [1, 3]),
            (Followed(Step("Seen"), Step("Order Completed"), 1), []),
        ):
            assert by_memory(node, population, session) == {repr(node): expected}


def test_windows_are_read_right_from_day_partitions(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("events", event_frame([ANN, BOB, EVE]), app="test", version=1)
    frames = {"customers": customer_frame([ANN, BOB, EVE]), "consents": consent_frame([ANN, BOB, EVE])}
    for days, expected in ((1, [1]), (39, [1]), (40, [1, 3]), (None, [1, 3])):
        with connect(lake.root) as session:
            node = Performed("Seen", ">=", 1, Window(days))
            assert select(node, session, **frames, as_of=AS_OF).tolist() == expected
