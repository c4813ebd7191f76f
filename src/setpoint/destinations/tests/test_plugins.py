"""Every built-in destination against the suite that guests must pass too, on real parts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from setpoint.destinations.plugins.files import FilesDestination
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.plugins.sql import SqlDestination
from setpoint.destinations.plugins.webhook import WebhookDestination
from setpoint.destinations.testing import COLUMNS, RecordingDestination, check_destination
from setpoint.destinations.tests.conftest import SECRET, Receiver
from setpoint.destinations.types import Batch
from setpoint.kernel.errors import Invalid, Refused, Unavailable
from setpoint.sources.types import Context


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    truth = {"true": True, "false": False, "": None}
    return [
        row
        | {
            "customer_id": int(row["customer_id"]),
            "vip": truth[row["vip"]],
            "spent": float(row["spent"]) if row["spent"] else None,
        }
        for row in rows
    ]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": read_csv,
    "jsonl": lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()],
    "parquet": lambda path: pq.read_table(path).to_pylist(),
}


def test_the_built_ins_enter_by_the_door_of_guests() -> None:
    assert DESTINATIONS.names() == ["files", "sql", "webhook"]


def test_the_fake_passes_the_suite(context: Context, recording: type[RecordingDestination]) -> None:
    check_destination(lambda: recording({}, context), lambda: {key[0]: row for key, row in recording.kept.items()})


@pytest.mark.parametrize("kind", sorted(READERS))
def test_files_pass_the_suite(context: Context, kind: str) -> None:
    path = context.folder / f"people.{kind}"
    check_destination(
        lambda: FilesDestination({"format": kind, "file": path.name}, context),
        lambda: {row["customer_id"]: row for row in READERS[kind](path)},
    )
    assert [each.name for each in context.folder.iterdir()] == [path.name], "no part is left"


@pytest.mark.parametrize("server", ["sqlite_file", "postgres", "mariadb"])
def test_tables_pass_the_suite(context: Context, request: pytest.FixtureRequest, server: str) -> None:
    settings, ask = request.getfixturevalue(server)
    context.folder.mkdir(parents=True)
    check_destination(
        lambda: SqlDestination(settings, context),
        lambda: {row["customer_id"]: row for row in ask("SELECT * FROM people")},
    )


def test_signed_calls_pass_the_suite(context: Context, receiver: Receiver) -> None:
    settings = {"url": receiver.url, "secret": SECRET, "rows_per_call": 1, "per_second": 1000}
    check_destination(lambda: WebhookDestination(settings, context), lambda: receiver.kept)


def batch(*rows: tuple[Any, ...]) -> Batch:
    names = [column.name for column in COLUMNS]
    return Batch("t:0", 0, COLUMNS, [dict(zip(names, row, strict=True)) for row in rows])


@pytest.mark.parametrize("server", ["sqlite_file", "postgres", "mariadb"])
def test_a_row_that_the_table_refuses_does_not_hold_up_the_others(
    context: Context, request: pytest.FixtureRequest, server: str
) -> None:
    settings, ask = request.getfixturevalue(server)
    context.folder.mkdir(parents=True)
    destination = SqlDestination(settings, context)
    destination.write(batch((1, "a@x.example", 1.0, True)))
    destination._execute("CREATE UNIQUE INDEX once ON people (spent)")
    destination._connection.commit()
    refused = destination.write(batch((2, "b@x.example", 1.0, True), (3, "c@x.example", 3.0, False)))
    destination.close()
    assert [one.place for one in refused] == [0]
    assert refused[0].cause
    assert [row["customer_id"] for row in ask("SELECT customer_id FROM people ORDER BY 1")] == [1, 3]


def test_a_table_that_lacks_a_column_is_told(context: Context, sqlite_file: Any) -> None:
    settings, ask = sqlite_file
    context.folder.mkdir(parents=True)
    ask("CREATE TABLE people (customer_id INTEGER PRIMARY KEY, email TEXT)")
    with pytest.raises(Invalid, match="no column spent"):
        SqlDestination(settings, context).probe(COLUMNS)
    missing = settings | {"table": "nobody", "create": False}
    with pytest.raises(Invalid, match="no table nobody"):
        SqlDestination(missing, context).probe(COLUMNS)


def test_a_call_is_repeated_after_a_failure_that_passes_and_told_after_one_that_stays(
    context: Context, receiver: Receiver
) -> None:
    settings = {"url": receiver.url, "secret": SECRET, "per_second": 1000}
    waited: list[float] = []
    destination = WebhookDestination(settings, context, sleep=waited.append)
    receiver.answers = [503, 429]
    destination.write(batch((1, "a@x.example", 1.0, True)))
    assert receiver.calls == 3
    assert list(receiver.kept) == [1]
    receiver.answers = [403]
    with pytest.raises(Unavailable, match="does not allow"):
        destination.write(batch((2, "b@x.example", 1.0, True)))


def test_calls_are_paced(context: Context, receiver: Receiver) -> None:
    waited: list[float] = []
    settings = {"url": receiver.url, "secret": SECRET, "rows_per_call": 1, "per_second": 2}
    destination = WebhookDestination(settings, context, sleep=waited.append)
    destination.write(batch(*((n, "a@x.example", 1.0, True) for n in range(1, 4))))
    assert len([each for each in waited if 0.3 < each <= 0.5]) == 2


def test_inner_addresses_and_foreign_folders_need_leave(context: Context, receiver: Receiver) -> None:
    outside = Context(context.connection_id, context.folder, False, context.now)
    settings = {"url": receiver.url, "secret": SECRET}
    with pytest.raises(Refused, match="inner network"):
        WebhookDestination(settings, outside).probe(COLUMNS)
    with pytest.raises(Refused, match="not in a folder"):
        FilesDestination({"file": "a.csv", "folder": "/etc"}, context)
    for name in ("../a.csv", "", ".hidden", "a/b.csv"):
        with pytest.raises(Invalid):
            FilesDestination({"file": name}, context)
