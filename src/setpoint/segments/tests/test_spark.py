"""Spark reads trees as DuckDB does: over rows in memory and over the lake's partitions."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from setpoint.engine.lake import Lake
from setpoint.engine.session import Session, connect
from setpoint.segments.membership import select
from setpoint.segments.tests import test_readings as readings
from setpoint.segments.tests.strategies import AS_OF
from setpoint.segments.types import (
    All,
    AnyOf,
    Consented,
    Facts,
    Followed,
    Happened,
    Measured,
    Node,
    Not,
    Occurrence,
    Performed,
    Step,
    Trait,
    Window,
)

pytest.importorskip("pyspark", reason="The extra `spark` is not installed.")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed."),
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(400),
    pytest.mark.slow,
    pytest.mark.xdist_group("spark"),
]
CASES = next(mark.args[1] for mark in readings.test_what_conditions_mean.pytestmark if mark.name == "parametrize")
NESTED = [
    All((Trait("city", "exists"), AnyOf((Performed("Seen", ">=", 2), Trait("flag", "=", False))))),
    Not(All((Consented("email"), Performed("Seen", ">=", 1, Window(30))))),
    AnyOf((Trait("city", "in", ("Lyon", "Paris")), Not(Trait("mixed", "<", 100)))),
]
POPULATION = [readings.ANN, readings.BOB, readings.EVE]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return connect(str(tmp_path_factory.mktemp("lake")), "spark")


def test_spark_means_what_duckdb_means(spark: Session) -> None:
    for node in [node for node, _expected in CASES] + NESTED:
        assert readings.by_sets(node, POPULATION, spark) == readings.one_by_one(node, POPULATION), node


def test_spark_reckons_what_is_remembered(spark: Session) -> None:
    for node in (
        Measured("Order Completed", "sum", "value", "=", 150.3),
        Happened("Seen", "first", Window(30)),
        Followed(Step("Seen"), Step("Order Completed"), 2),
    ):
        assert readings.by_memory(node, POPULATION, spark) == {repr(node): [1]}


def test_rows_in_several_pieces_all_come_over(spark: Session) -> None:
    rows = readings.customer_frame(POPULATION)
    pieces = [rows.slice(0, 0), rows.slice(0, 0), rows.slice(0, 1), rows.slice(0, 0), rows.slice(1)]
    found = spark.execute(spark.memtable(pa.concat_tables(pieces)).select("customer_id"))
    assert sorted(found["customer_id"].to_pylist()) == [1, 2, 3]
    assert spark.execute(spark.memtable(rows.slice(0, 0)).select("customer_id")).num_rows == 0


def test_both_engines_read_the_lake_alike(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    far = Facts(
        {"city": "Wien"},
        {name: [Occurrence(AS_OF - timedelta(days=days))] for name, days in (("Seen", 400), ("Bought", 31))},
    )
    population = [*POPULATION, far]
    for version, part in enumerate((population[:2], population[2:]), 1):
        frame = readings.event_frame(part)
        frame = frame.set_column(
            3, "customer_id", [[number + 2 * (version - 1) for number in frame["customer_id"].to_pylist()]]
        )
        lake.append("events", frame.cast(readings.EVENTS), app="test", version=version)
    trees: list[Node] = [Performed("Seen", ">=", 1, Window(days)) for days in (39, 401, None)] + [
        Performed("Bought", "=", 1, Window(60))
    ]
    frames = {"customers": readings.customer_frame(population), "consents": readings.consent_frame(population)}
    found = {}
    for engine in ("duckdb", "spark"):
        with connect(lake.root, engine) as session:
            found[engine] = [select(tree, session, **frames, as_of=AS_OF).tolist() for tree in trees]
    assert found["spark"] == found["duckdb"] == [[1], [1, 3, 4], [1, 3, 4], [4]]
