"""The set-based and the single-customer reading of a tree agree on every population."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from setpoint.engine.lake import Lake
from setpoint.engine.session import Session, connect
from setpoint.engine.types import EVENTS
from setpoint.segments.live import matches
from setpoint.segments.membership import select
from setpoint.segments.tests.strategies import AS_OF, customers, trees
from setpoint.segments.types import All, AnyOf, Consented, Everyone, Facts, Node, Not, Performed, Trait
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
        {"event": event, "customer_id": n, "ts": at.replace(tzinfo=None), "day": at.date(), "type": "track"}
        for n, facts in enumerate(population, 1)
        for event, times in facts.events.items()
        for at in times
    ]
    return pa.Table.from_pylist(rows, EVENTS)


def by_sets(node: Node, population: Sequence[Facts], session: Session) -> list[int]:
    events = session.memtable(event_frame(population))
    frames = {"customers": customer_frame(population), "consents": consent_frame(population)}
    return select(node, session, **frames, events=events, as_of=AS_OF).tolist()


def one_by_one(node: Node, population: Sequence[Facts]) -> list[int]:
    return [n for n, facts in enumerate(population, 1) if matches(node, facts, as_of=AS_OF)]


@given(population=st.lists(customers(), max_size=8), nodes=st.lists(trees(), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_readings_agree(session: Session, population: list[Facts], nodes: list[Node]) -> None:
    for node in nodes:
        assert by_sets(node, population, session) == one_by_one(node, population)


ANN = Facts(
    {"city": "Lyon", "n": 5, "flag": True, "mixed": "5"},
    {"Seen": [AS_OF - timedelta(days=2), AS_OF - timedelta(days=1), AS_OF]},
    {("email", "marketing"): "granted"},
)
BOB = Facts(
    {"city": "lyon-sud", "n": 12.5, "flag": False, "mixed": 5},
    {},
    {("email", "marketing"): "denied", ("sms", "news"): "granted"},
)
EVE = Facts({"city": None, "mixed": "abc"}, {"Seen": [AS_OF - timedelta(days=40)]})


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
        (Performed("Seen", "=", 1, 1), [1]),
        (Performed("Seen", "=", 0, 30), [2, 3]),
        (Consented("email"), [1]),
        (Not(Consented("email")), [2, 3]),
        (Consented("email", state="denied"), [2]),
        (Consented("sms", "news"), [2]),
    ],
)
def test_what_conditions_mean(session: Session, node: Node, expected: list[int]) -> None:
    population = [ANN, BOB, EVE]
    assert by_sets(node, population, session) == expected
    assert one_by_one(node, population) == expected


def test_windows_are_read_right_from_day_partitions(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("events", event_frame([ANN, BOB, EVE]), app="test", version=1)
    frames = {"customers": customer_frame([ANN, BOB, EVE]), "consents": consent_frame([ANN, BOB, EVE])}
    for days, expected in ((1, [1]), (39, [1]), (40, [1, 3]), (None, [1, 3])):
        with connect(lake.root) as session:
            node = Performed("Seen", ">=", 1, days)
            assert select(node, session, **frames, as_of=AS_OF).tolist() == expected
