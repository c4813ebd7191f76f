"""DuckDB, in memory, reading the lake's files in place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from functools import cache
from threading import Lock
from uuid import uuid4

import duckdb
import pyarrow as pa

from setpoint.engine.ids import Counted, Fold, Folded, Ids, ascending, counted, folded

_AT_ONCE = 1_000_000
_GLOB = str.maketrans({"*": "[*]", "?": "[?]", "[": "[[]"})


class Duck:
    """A connection of its own to the process's one in-memory DuckDB of `threads` threads: opening it costs nothing, and
    all share memory and what is known of files."""

    dialect = "duckdb"

    def __init__(self, threads: int) -> None:
        self._connection = _shared(threads, os.getpid()).cursor()
        self._tables: dict[str, str] = {}

    def add_files(self, name: str, files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> None:
        """Partition columns are not inside the files: their values stand in the path and their types must be told."""
        columns = ", ".join(f'"{column}"' for column in schema.names)
        source = parquet_source(files, schema=schema, partitions=partitions)
        self._tables[f'"{name}"'] = f"SELECT {columns} FROM {source}"  # noqa: S608 quoted

    def add_copy(self, name: str, path: str, table: str, more: str) -> None:
        """A table of a DuckDB file, with further rows of the same columns by a query, under one name."""
        copy = self._attached(path)
        further = f" UNION ALL BY NAME {more}" if more else ""
        self._tables[f'"{name}"'] = f'FROM "{copy}"."{table}"{further}'

    def _attached(self, path: str) -> str:
        """The name under which a file is open; those whose files are gone are closed."""
        with _attaching:
            known = self._connection.execute("SELECT path, database_name FROM duckdb_databases() WHERE NOT internal")
            names: dict[str, str] = {each: name for each, name in known.fetchall() if each}
            for gone in (name for each, name in names.items() if not os.path.exists(each)):
                with contextlib.suppress(duckdb.Error):  # somebody still reads it: the next one closes it
                    self._connection.execute(f'DETACH "{gone}"')
            if path not in names:
                names[path] = f"copy_{uuid4().hex}"
                self._connection.execute(f'ATTACH {quoted(path)} AS "{names[path]}" (READ_ONLY)')
            return names[path]

    def add_rows(self, name: str, rows: pa.Table) -> None:
        """Rows in memory, read in place."""
        self._connection.register(name, rows)

    def run(self, sql: str) -> pa.Table:
        """Rows of a query."""
        return self._asked(sql).to_arrow_table()

    def distinct(self, sql: str) -> Ids:
        """The rows come as they are: marking ids costs a third of DuckDB's grouping."""
        return ascending(batch.column(0) for batch in self._asked(sql).to_arrow_reader(_AT_ONCE))

    def counts(self, sql: str) -> Counted:
        """As `distinct`: the rows come as they are."""
        return counted(batch.column(0) for batch in self._asked(sql).to_arrow_reader(_AT_ONCE))

    def folded(self, sql: str, how: Fold) -> Folded:
        """As `distinct`: the rows come as they are."""
        return folded(self._asked(sql).to_arrow_reader(_AT_ONCE), how)

    def _asked(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Tables of files are told with the query: making them views would look into all files once more."""
        read = ", ".join(f"{name} AS NOT MATERIALIZED ({rows})" for name, rows in self._tables.items() if name in sql)
        return self._connection.sql(f"WITH {read} FROM ({sql})" if read else sql)

    def interrupt(self) -> None:
        """End the query that is running, from another thread; it raises."""
        self._connection.interrupt()

    def close(self) -> None:
        """Give memory and threads back."""
        self._connection.close()


@cache
def _shared(threads: int, _process: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB that lives as long as the process. What is set for this connection alone its cursors would not have."""
    made = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
    made.execute("SET GLOBAL TimeZone = 'UTC'")
    made.execute("SET GLOBAL parquet_metadata_cache = true")
    return made


_attaching = Lock()


def parquet_source(files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> str:
    """What stands behind FROM to read files; partition columns' values stand in the paths."""
    listed = ", ".join(quoted(uri.translate(_GLOB)) for uri in files)
    told = {column: _sql_type(schema.field(column).type) for column in partitions if column in schema.names}
    kinds = ", ".join(f"{quoted(column)}: {told.get(column, 'VARCHAR')}" for column in partitions)
    hive = f"hive_partitioning = true, hive_types = {{{kinds}}}" if partitions else "hive_partitioning = false"
    return f"read_parquet([{listed}], {hive})"


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "DATE"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"
