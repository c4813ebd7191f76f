"""Reading the lake: Ibis expressions compiled for an engine that reads the tables by their file lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol

import ibis
import pyarrow as pa

from setpoint.engine import ordered
from setpoint.engine.duck import Duck, parquet_source, quoted
from setpoint.engine.ids import Counted, Fold, Folded, Ids
from setpoint.engine.lake import Lake
from setpoint.engine.spark import Spark
from setpoint.engine.types import ALIASES, EVENTS
from setpoint.kernel.errors import Invalid


class Engine(Protocol):
    """What runs the compiled SQL: an Ibis dialect, tables by files or by rows, and queries."""

    dialect: str

    def add_files(self, name: str, files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> None:
        """Make Parquet files a table with these columns; partition values stand in the paths (`column=value/`)."""
        ...

    def add_rows(self, name: str, rows: pa.Table) -> None:
        """Make rows in memory a table."""
        ...

    def run(self, sql: str) -> pa.Table:
        """Rows of a query in the engine's dialect."""
        ...

    def distinct(self, sql: str) -> Ids:
        """The different integers in a query's one column, ascending; null is none."""
        ...

    def counts(self, sql: str) -> Counted:
        """How often each integer stands in a query's one column; null is none."""
        ...

    def folded(self, sql: str, how: Fold) -> Folded:
        """What the numbers or times in a query's second column become together for each integer in its first."""
        ...

    def interrupt(self) -> None:
        """End the query that is running, from another thread; it raises."""
        ...

    def close(self) -> None:
        """Give memory and threads back."""
        ...


class Session:
    """One reader. A table is the same snapshot for the life of the session, whatever is appended meanwhile."""

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self.lake = lake
        self.engine = engine
        self.dialect = engine.dialect
        self._tables: dict[str, Any] = {}
        self._rows = 0

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the engine's memory and threads back."""
        self._tables.clear()
        self.engine.close()

    def interrupt(self) -> None:
        """End the query that is running, from another thread; it raises."""
        self.engine.interrupt()

    def events(self) -> Any:
        """The events of all customers: an Ibis table with the columns of `EVENTS`, empty when there are none yet.

        `customer_id` is who is meant now: events of a record that was merged are its survivor's.
        """
        return self.by_person(self.recorded_events())

    def recorded_events(self) -> Any:
        """The events as they were recorded, by the customer ids of then: for those who look up a few ids."""
        return self.table("events", EVENTS)

    def ordered_events(self) -> Any:
        """The events of all customers for those who count by customer: the columns of `ordered.COLUMNS`, and where there
        is an ordered copy one more for each usual property, called by `ordered.property_column`."""
        files, partitions = self.lake.snapshot("events")
        copy = ordered.find(self.lake, files) if isinstance(self.engine, Duck) else None
        if copy is None or not isinstance(self.engine, Duck):
            return self.by_person(self.recorded_events())
        newer = [file for file in files if file not in copy.files]
        self.engine.add_copy("ordered_events", copy.path, "events", _like_copy(newer, partitions, copy))
        texts = [(ordered.property_column(name), pa.string()) for name in copy.properties]
        schema = pa.schema([*ordered.COLUMNS, *texts])
        return self.by_person(_named("ordered_events", schema))

    def by_person(self, table: Any, column: str = "customer_id") -> Any:
        """A table with the survivors of merges in the place of the ids in one column."""
        if "aliases" not in self._tables:
            self._tables["aliases"] = self._open_aliases()
        aliases = self._tables["aliases"]
        if aliases is None:
            return table
        joined = table.left_join(aliases, table[column] == aliases.alias_id)
        person = ibis.coalesce(joined.survivor_id, joined[column])
        return joined.mutate(**{column: person}).select(*table.columns)

    def _open_aliases(self) -> Any:
        """Who is meant by ids that were merged; None when there are none."""
        files, partitions = self.lake.snapshot("aliases")
        if not files:
            return None
        key = (self.lake.root, tuple(files))
        if key not in _aliases:
            stored = self.add_files("all_aliases", files, schema=ALIASES, partitions=partitions)
            _aliases.clear()
            _aliases[key] = newest_aliases(self.execute(stored))
        rows = _aliases[key]
        return self._add_rows("aliases_now", rows) if rows.num_rows else None

    def table(self, name: str, schema: pa.Schema) -> Any:
        """A table of the lake with exactly the columns and types of `schema`; empty when there is none yet."""
        if name not in self._tables:
            self._tables[name] = self._open(name, schema)
        return self._tables[name]

    def add_files(self, name: str, files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> Any:
        """Some of a table's files as an Ibis table called `name`."""
        self.engine.add_files(name, files, schema=schema, partitions=partitions)
        return _named(name, schema)

    def memtable(self, rows: pa.Table) -> Any:
        """An Arrow table as an Ibis table, to join with the lake's."""
        self._rows += 1
        return self._add_rows(f"rows_in_memory_{self._rows}", rows)

    def execute(self, expression: Any) -> pa.Table:
        """Run an expression on this session's tables and return its rows as Arrow, in the expression's own types."""
        wanted = expression.as_table()
        rows = self.engine.run(str(ibis.to_sql(wanted, dialect=self.engine.dialect, pretty=False)))
        return rows.cast(wanted.schema().to_pyarrow())

    def _open(self, name: str, schema: pa.Schema) -> Any:
        files, partitions = self.lake.snapshot(name)
        if not files:
            return self._add_rows(name, schema.empty_table())
        return self.add_files(name, files, schema=schema, partitions=partitions)

    def _add_rows(self, name: str, rows: pa.Table) -> Any:
        self.engine.add_rows(name, rows)
        return _named(name, rows.schema)


@lru_cache(maxsize=256)
def _named(name: str, schema: pa.Schema) -> Any:
    """An Ibis table that stands for one of the engine's."""
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


def among(column: Any, ids: Sequence[int]) -> Any:
    """Whether a column holds one of a few ids. One id is asked for by equality: for that alone engines use the files'
    Bloom filters."""
    return column == ids[0] if len(ids) == 1 else column.isin(list(ids))


def _like_copy(files: Sequence[str], partitions: Sequence[str], copy: ordered.Ordered) -> str:
    """A query for files with the columns of the ordered copy; nothing where there are no files."""
    if not files:
        return ""
    columns = [f'"{column}"' for column in ordered.COLUMNS.names]
    for name in copy.properties:
        path = quoted(f'$."{name}"')
        columns.append(f'json_extract_string(properties, {path}) AS "{ordered.property_column(name)}"')
    source = parquet_source(files, schema=EVENTS, partitions=partitions)
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608 - quoted


def newest_aliases(changes: pa.Table) -> pa.Table:
    """Of changes of aliases the newest of each id: rows (alias_id, survivor_id) of ids that mean another."""
    means: dict[int, int] = {}
    for row in changes.sort_by("number").to_pylist():
        means[row["customer_id"]] = row["survivor_id"]
    kept = {pk: root for pk, root in means.items() if pk != root}
    columns = [pa.array(list(kept), pa.int64()), pa.array(list(kept.values()), pa.int64())]
    return pa.table(columns, names=["alias_id", "survivor_id"])


_aliases: dict[tuple[str, tuple[str, ...]], pa.Table] = {}
"""What was read last, by the lake and its files."""


def connect(root: str, engine: str = "duckdb", *, threads: int = 2) -> Session:
    """A reader of the lake under `root`. Any number of processes may have one. Raises Invalid for an unknown engine."""
    if engine not in _ENGINES:
        known = ", ".join(sorted(_ENGINES))
        raise Invalid(f"There is no engine named {engine!r}.", remedy=f"Known: {known}.", field="engine")
    return Session(Lake(root), _ENGINES[engine](threads))


_ENGINES: dict[str, Callable[[int], Engine]] = {"duckdb": Duck, "spark": Spark}
