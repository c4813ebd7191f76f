"""A copy of the lake's events in the order in which they are asked for: by name, then by customer.

Counting what each customer did reads every row of an event. From the lake's files, kept by month, that costs several
times what it costs from one file in which a customer's rows lie together and often asked properties are columns. The
copy is a DuckDB file beside the lake that holds the files of past months; newer files are read with it, and where one
of its files has left the lake (rewritten, or rows taken out) it is not used until it was made anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from setpoint.engine.duck import parquet_source, quoted
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.kernel.randomness import seed_of

TABLE = "events"
COLUMNS = pa.schema([EVENTS.field(name) for name in ("event", "customer_id", "ts", "value", "properties", "day")])
MOST_PROPERTIES = 12
SMALLEST = 1_000_000
_SHARE = 4  # of the lake's rows may be outside of it before it is made anew: one in so many
_SAMPLE = 100_000
_MEMORY = "768MB"
_FOLDER = "_ordered"


@dataclass(frozen=True, slots=True)
class Ordered:
    """The copy's file, the lake's files that it holds, the properties that are columns of it."""

    path: str
    files: frozenset[str]
    properties: tuple[str, ...]


def property_column(name: str) -> str:
    """The column that holds a property's text."""
    return f"property:{name}"


def find(lake: Lake, files: Sequence[str]) -> Ordered | None:
    """The copy, where there is one and all that it holds is still among the lake's `files`."""
    mark = _folder(lake) / "current.json"
    if "://" in lake.root or not mark.exists():
        return None
    told = json.loads(mark.read_text(encoding="utf-8"))
    found = Ordered(told["path"], frozenset(told["files"]), tuple(told["properties"]))
    return found if found.files <= set(files) and Path(found.path).exists() else None


def settle(lake: Lake, *, smallest: int = SMALLEST, threads: int = 1) -> bool:
    """Make the copy anew where there is none, it does not hold any more, or much has come since; whether that was so."""
    if "://" in lake.root:
        return False
    files, _partitions = lake.snapshot(TABLE)
    rows = lake.row_count(TABLE)
    past = _of_past_months(files)
    found = find(lake, files)
    if found is None:
        _drop(lake)
    if rows < smallest or not past or (found and len(found.files) == len(past)):
        return False
    if found and _rows_of(found) * _SHARE >= rows * (_SHARE - 1):
        return False
    _make(lake, past, threads)
    return True


def _drop(lake: Lake) -> None:
    """Take away a copy that does not hold any more: what left the lake must not stay in it."""
    for old in _folder(lake).glob("*"):
        old.unlink(missing_ok=True)


def _make(lake: Lake, files: list[str], threads: int) -> None:
    folder = _folder(lake)
    folder.mkdir(exist_ok=True)
    path = folder / f"events-{seed_of('ordered', *files):016x}.duckdb"
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    source = parquet_source(files, schema=EVENTS, partitions=lake.snapshot(TABLE)[1])
    with duckdb.connect(str(unfinished), config={"threads": threads, "memory_limit": _MEMORY}) as made:
        names = _usual_properties(made, source)
        columns = ", ".join(f'"{column}"' for column in COLUMNS.names)
        paths = ", ".join(quoted(f'$."{name}"') for name in names)
        texts = "".join(f', found[{n}] AS "{property_column(name)}"' for n, name in enumerate(names, 1))
        found = f", json_extract_string(properties, [{paths}]) AS found" if names else ""
        rows = f"SELECT {columns}{found} FROM {source}"  # noqa: S608 - quoted
        made.execute(f"CREATE TABLE events AS SELECT {columns}{texts} FROM ({rows}) ORDER BY event, customer_id")  # noqa: S608
    unfinished.replace(path)
    mark = folder / f"current.{os.getpid()}"
    mark.write_text(json.dumps({"path": str(path), "files": files, "properties": names}), encoding="utf-8")
    mark.replace(folder / "current.json")
    for old in folder.glob("events-*"):
        if old != path:
            old.unlink(missing_ok=True)


def _usual_properties(made: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """The names that most rows of a sample have; those that cannot stand in a path are left out."""
    sampled = f"SELECT properties FROM {source} USING SAMPLE {_SAMPLE} ROWS"  # noqa: S608 - quoted
    keys = f"SELECT unnest(json_keys(properties)) AS name FROM ({sampled}) WHERE properties LIKE '{{%'"  # noqa: S608
    found = made.execute(f"SELECT name, count(*) AS n FROM ({keys}) GROUP BY name ORDER BY n DESC, name").fetchall()  # noqa: S608
    plain = [name for name, _n in found if name.isprintable() and name and not set(name) & set("\"'\\")]
    return plain[:MOST_PROPERTIES]


def _of_past_months(files: Sequence[str]) -> list[str]:
    """All files but those of the newest month, which are written all the time."""
    months = {file: file.rsplit("/", 2)[-2] for file in files}
    newest = max(months.values(), default="")
    return sorted(file for file, month in months.items() if month != newest)


def _rows_of(found: Ordered) -> int:
    with duckdb.connect(found.path, read_only=True) as made:
        row = made.execute("SELECT count(*) FROM events").fetchone()
        return int(row[0]) if row else 0


def _folder(lake: Lake) -> Path:
    return Path(lake.root) / _FOLDER
