"""The lake keeps each append once, under crowds, and its readers never see half a commit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setpoint.engine.lake import Lake
from setpoint.engine.session import connect
from setpoint.engine.types import EVENTS
from setpoint.kernel.errors import Invalid

WRITER = """
import sys
import pyarrow as pa
from setpoint.engine.lake import Lake
root, app, own, *versions = sys.argv[1:]
landed = 0
for version in map(int, versions):
    rows = pa.table({"app": [app] * 3, "version": [version] * 3, "writer": [own] * 3})
    landed += Lake(root).append("log", rows, app=app, version=version)
print(landed)
"""

moment = datetime.fromisoformat


def events(*rows: tuple[int, str, datetime]) -> pa.Table:
    columns = {
        "message_id": [f"m{n}" for n in range(len(rows))],
        "type": ["track"] * len(rows),
        "event": [row[1] for row in rows],
        "customer_id": [row[0] for row in rows],
        "ts": [row[2] for row in rows],
        "received_at": [row[2] for row in rows],
        "value": [1.5] * len(rows),
        "properties": ["{}"] * len(rows),
        "day": [row[2].date() for row in rows],
    }
    return pa.table(columns, schema=EVENTS)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def small(n: int) -> pa.Table:
    return pa.table({"n": pa.array([n], pa.int64())})


def ones(lake: Lake, name: str = "log") -> list[int]:
    with connect(lake.root) as session:
        return sorted(session.execute(session.table(name, pa.schema([("n", pa.int64())])))["n"].to_pylist())


def test_same_version_twice_appends_once(lake: Lake) -> None:
    assert lake.append("log", small(1), app="folder", version=1) is True
    assert lake.append("log", small(1), app="folder", version=1) is False
    assert (lake.row_count("log"), lake.version_of("log", "folder")) == (1, 1)
    assert lake.version_of("log", "other") is None
    assert lake.append("log", small(2), app="other", version=1) is True
    assert ones(lake) == [1, 2]


def test_no_rows_still_count_as_a_version(lake: Lake) -> None:
    none = small(1).slice(0, 0)
    assert lake.append("log", none, app="a", version=1) is True
    assert lake.append("log", none, app="a", version=1) is False
    assert lake.append("log", small(3), app="a", version=2) is True
    assert ones(lake) == [3]


def test_the_lake_stays_readable_over_many_commits(lake: Lake) -> None:
    for version in range(1, 61):  # past two checkpoints of the log
        lake.append("log", small(version), app=f"app{version % 3}", version=version)
    assert lake.compact("log") == 59
    assert ones(lake) == list(range(1, 61))
    assert [lake.version_of("log", f"app{n}") for n in range(3)] == [60, 58, 59]
    assert lake.append("log", small(0), app="app1", version=58) is False


def test_nothing_there_yet(lake: Lake) -> None:
    assert (lake.file_uris("events"), lake.row_count("events"), lake.version_of("events", "a")) == ([], 0, None)
    assert lake.compact("events") == 0
    assert not lake.exists("events")
    with connect(lake.root) as session:
        found = session.execute(session.events())
    assert (found.num_rows, found.schema.names) == (0, EVENTS.names)


def test_months_are_kept_apart_and_days_read_back_as_dates(lake: Lake) -> None:
    rows = events(
        (1, "Seen", datetime.fromisoformat("2026-01-01T05:00")),
        (2, "Seen", datetime.fromisoformat("2026-01-02T06:07:08.000009")),
        (3, "Seen", datetime.fromisoformat("2026-02-01T00:00")),
    )
    lake.append("events", rows, app="a", version=1)
    assert len(lake.file_uris("events")) == 2
    with connect(lake.root) as session:
        table = session.events()
        found = session.execute(table.order_by("customer_id"))
        only = session.execute(table.filter(table.day == date(2026, 1, 2)).count())
    assert found.schema.types == EVENTS.types
    assert found.to_pylist() == rows.to_pylist()
    assert only.column(0).to_pylist() == [1]


def test_partitions_with_odd_names_and_numbers(lake: Lake) -> None:
    schema = pa.schema([("campaign", pa.string()), ("round", pa.int64()), ("n", pa.int64())])
    names = ["007", "a b/c%=é", "x*[1]?'y", "7"]
    rows = pa.table({"campaign": names, "round": [10, 2, 3, 4], "n": [1, 2, 3, 4]}, schema=schema)
    lake.append("decisions", rows, app="a", version=1, partition_by=("campaign", "round"))
    with connect(lake.root) as session:
        found = session.execute(session.table("decisions", schema).order_by("n"))
    assert found.to_pylist() == rows.to_pylist()


@pytest.mark.parametrize("folder", ["o'dd x", "a*b?", "数据 é"])
def test_roots_with_odd_names(tmp_path: Path, folder: str) -> None:
    lake = Lake(str(tmp_path / folder))
    lake.append("log", small(4), app="a", version=1)
    assert all(Path(uri).is_file() for uri in lake.file_uris("log"))
    assert ones(lake) == [4]


def test_wrong_columns_and_names_are_refused(lake: Lake) -> None:
    lake.append("log", small(1), app="a", version=1)
    with pytest.raises(Invalid):
        lake.append("log", pa.table({"m": [1]}), app="a", version=2)
    with pytest.raises(Invalid):
        lake.append("../log", small(1), app="a", version=2)
    with pytest.raises(Invalid):
        connect(lake.root, "abacus")
    with pytest.raises(Invalid):
        Lake(f"{lake.root}[1]")
    assert lake.version_of("log", "a") == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 4)), min_size=1, max_size=8))
def test_any_order_of_repeats_keeps_growing_versions_once(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, int]]
) -> None:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    last: dict[str, int] = {}
    kept: list[int] = []
    for number, (app, version) in enumerate(calls):
        landed = lake.append("log", small(number), app=app, version=version)
        assert landed == (version > last.get(app, 0))
        if landed:
            last[app] = version
            kept.append(number)
    assert ones(lake) == kept


def test_crowd_of_writers_lands_each_version_once(lake: Lake) -> None:
    versions = [str(n) for n in range(1, 6)]
    apps = ["shared", "shared", "own"]
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, lake.root, app, str(n), *versions], stdout=subprocess.PIPE, text=True
        )
        for n, app in enumerate(apps)
    ]
    seen = 0
    while any(writer.poll() is None for writer in crowd):
        with connect(lake.root) as session:
            schema = pa.schema([("app", pa.string()), ("version", pa.int64()), ("writer", pa.string())])
            table = session.table("log", schema)
            count = session.execute(table.count()).column(0)[0].as_py()
        assert count >= seen
        assert count % 3 == 0
        seen = count
        lake.compact("log")
    landed = [int(writer.communicate()[0]) for writer in crowd]
    assert [writer.returncode for writer in crowd] == [0, 0, 0]
    assert sum(landed) == 10
    with connect(lake.root) as session:
        table = session.table("log", schema)
        groups = session.execute(
            table.group_by(["app", "version"]).agg(n=table.count(), writers=table.writer.nunique())
        )
    assert len(groups) == 10
    assert {(row["n"], row["writers"]) for row in groups.to_pylist()} == {(3, 1)}


def test_a_session_keeps_its_snapshot_through_appends_and_compaction(lake: Lake) -> None:
    for version in range(1, 6):
        lake.append("log", small(version), app="a", version=version)
    with connect(lake.root) as session:
        table = session.table("log", pa.schema([("n", pa.int64())]))
        assert session.execute(table.n.sum()).column(0).to_pylist() == [15]
        assert lake.compact("log") == 4
        lake.append("log", small(100), app="a", version=6)
        assert session.execute(table.n.sum()).column(0).to_pylist() == [15]
    assert len(lake.file_uris("log")) == 2
    assert sum(ones(lake)) == 115
    assert lake.version_of("log", "a") == 6


def test_the_most_crowded_month_is_tidied_and_holds_the_same_rows(lake: Lake) -> None:
    for number in range(5):
        lake.append(
            "events",
            events((9 - number, "B" if number % 2 else "A", moment("2026-03-02"))),
            app="a",
            version=number + 1,
        )
    lake.append("events", events((1, "A", moment("2026-04-02"))), app="b", version=1)
    with connect(lake.root) as session:
        before = session.execute(session.events().order_by("customer_id")).to_pylist()
    assert lake.tidy("events", ["event", "customer_id"], most_files=5) is False
    assert lake.tidy("events", ["event", "customer_id"], most_files=4) is True
    assert len(lake.file_uris("events")) == 2
    with connect(lake.root) as session:
        assert session.execute(session.events().order_by("customer_id")).to_pylist() == before
    assert lake.append("events", events((2, "A", moment("2026-03-03"))), app="a", version=5) is False
    assert lake.tidy("nothing", ["event"]) is False


def test_a_lake_that_was_made_anew_is_seen(lake: Lake, tmp_path: Path) -> None:
    lake.append("log", small(1), app="a", version=1)
    assert ones(lake) == [1]
    shutil.rmtree(tmp_path / "lake")
    assert lake.file_uris("log") == []
    lake.append("log", small(2), app="a", version=1)
    assert ones(lake) == [2]
