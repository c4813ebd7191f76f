"""DuckDB, in memory, reading the lake's files in place."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

_GLOB = str.maketrans({"*": "[*]", "?": "[?]", "[": "[[]"})


class Duck:
    """One in-memory DuckDB of `threads` threads."""

    dialect = "duckdb"

    def __init__(self, threads: int) -> None:
        self._connection = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
        self._connection.execute("SET TimeZone = 'UTC'")

    def add_files(self, name: str, files: Sequence[str], *, schema: pa.Schema, partitions: Sequence[str]) -> None:
        """Partition columns are not inside the files: their values stand in the path and their types must be told."""
        columns = ", ".join(f'"{column}"' for column in schema.names)
        listed = ", ".join(_quoted(uri.translate(_GLOB)) for uri in files)
        told = {column: _sql_type(schema.field(column).type) for column in partitions if column in schema.names}
        kinds = ", ".join(f"{_quoted(column)}: {told.get(column, 'VARCHAR')}" for column in partitions)
        hive = f"hive_partitioning = true, hive_types = {{{kinds}}}" if partitions else "hive_partitioning = false"
        source = f"read_parquet([{listed}], {hive})"
        self._connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT {columns} FROM {source}')  # noqa: S608 quoted

    def add_rows(self, name: str, rows: pa.Table) -> None:
        """Rows in memory, read in place."""
        self._connection.register(name, rows)

    def run(self, sql: str) -> pa.Table:
        """Rows of a query."""
        return self._connection.sql(sql).to_arrow_table()

    def interrupt(self) -> None:
        """End the query that is running, from another thread; it raises."""
        self._connection.interrupt()

    def close(self) -> None:
        """Give memory and threads back."""
        self._connection.close()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "DATE"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"
