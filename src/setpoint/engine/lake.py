"""Append-only columnar tables: one Delta table a name, under one root, on a disk or an object store.

Each append carries a transaction of its writer (application, version), which Delta keeps in the same commit as the
rows (Delta protocol, "Transaction Identifiers"): so an append that was already committed is skipped, also after a
crash between the commit and the writer's own record of it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import (
    BloomFilterProperties,
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from setpoint.kernel.errors import Invalid, Unavailable

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ATTEMPTS = 20
_MOST_READ = 16
_COMMIT_RETRIES = 50
_LOOKED_UP = "customer_id"
"""Single values of this column are looked up: a Bloom filter a row group lets readers skip those without them."""


def _written(row_group: int, *, looked_up: bool) -> WriterProperties:
    bloom = BloomFilterProperties(set_bloom_filter_enabled=True, fpp=0.02, ndv=row_group)
    columns = {_LOOKED_UP: ColumnProperties(bloom_filter_properties=bloom)} if looked_up else None
    return WriterProperties(
        compression="ZSTD", compression_level=3, max_row_group_size=row_group, column_properties=columns
    )


def _properties(table: DeltaTable, row_group: int = 65_536) -> WriterProperties:
    return _written(row_group, looked_up=_LOOKED_UP in {field.name for field in table.schema().fields})


_TIDY_ROW_GROUP = 16_384
MONTH = "month"
_CONFIGURATION = {"delta.checkpointInterval": "25"}


class Lake:
    """All tables under one root. What it remembers it checks: any number of processes may append, read and compact at once."""

    def __init__(self, root: str) -> None:
        self.root = str(root).rstrip("/")
        if set("[]%") & set(self.root):  # delta-rs cannot make an address of these
            raise Invalid(f"The lake cannot be kept at {self.root}.", remedy="Choose a path without [, ] and %.")

    def append(
        self, table_name: str, rows: pa.Table, *, app: str, version: int, partition_by: Sequence[str] | None = None
    ) -> bool:
        """Add rows in one commit, exactly once for (app, version); False when that version was there already.

        The versions of one app only grow: one that is not above the last committed counts as committed. The first
        append creates the table, partitioned by `partition_by` (default: by the month of `day`, where there is one).
        Raises Invalid when the columns are not the table's, Unavailable when the commit was crowded out for good.
        """
        rows = _with_month(rows)
        for _ in range(_ATTEMPTS):
            table = self._open(table_name) or self._create(table_name, rows.schema, partition_by)
            committed = table.transaction_version(app)
            if committed is not None and committed >= version:
                return False
            if self._commit(table, _fitted(rows, table, table_name), Transaction(app, version)):
                return True
        raise Unavailable(f"The lake's table {table_name!r} is too busy to take an append.", remedy="Try again later.")

    def version_of(self, table_name: str, app: str) -> int | None:
        """The last version that an app committed to a table; None when it has not yet."""
        table = self._open(table_name)
        return None if table is None else table.transaction_version(app)

    def exists(self, table_name: str) -> bool:
        """Whether anything was ever appended to this table."""
        return self._open(table_name) is not None

    def file_uris(self, table_name: str) -> list[str]:
        """The Parquet files that make up the table now; empty when there is no such table."""
        return self.snapshot(table_name)[0]

    def snapshot(self, table_name: str) -> tuple[list[str], list[str]]:
        """Files and partition columns of the table as of one and the same commit."""
        path = self._path(table_name)
        with _reading:
            known = _read.pop(path, None)
            if known is not None:
                known.table.update_incremental()
            table = known.table if known and _is_there(path, known.table.version()) else self._open(table_name)
            if table is None:
                return [], []
            if known is None or (known.table, known.version) != (table, table.version()):
                known = _listed(path, table)
            _read[path] = known
            while len(_read) > _MOST_READ:
                _read.pop(next(iter(_read)))
        return list(known.files), list(known.partitions)

    def row_count(self, table_name: str) -> int:
        """Rows in the table, from the log's own counts."""
        table = self._open(table_name)
        return 0 if table is None else int(table.count())

    def remove(self, table_name: str, where: str) -> int:
        """Take out the rows for which an SQL condition holds; returns how many. What others append meanwhile stays."""
        for _ in range(_ATTEMPTS):
            table = self._open(table_name)
            if table is None:
                return 0
            try:
                return int(table.delete(where)["num_deleted_rows"] or 0)
            except CommitFailedError:  # another process rewrote the same files: look again
                continue
        raise Unavailable(f"The lake's table {table_name!r} is too busy to take rows out.", remedy="Try again later.")

    def compact(self, table_name: str, *, keep_hours: int = 24) -> int:
        """Merge small files within each partition; returns how many files were merged away.

        Files that no longer belong to the table stay on disk for `keep_hours`, so that a reader which listed them
        before can finish; it must be longer than the longest query and the longest append.
        """
        table = self._open(table_name)
        if table is None:
            return 0
        try:
            figures = table.optimize.compact(writer_properties=_properties(table))
        except CommitFailedError:  # another process compacted the same files: its result is as good
            return 0
        table.vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False)
        return int(figures["numFilesRemoved"]) - int(figures["numFilesAdded"])

    def tidy(self, table_name: str, order: Sequence[str], *, most_files: int = 32, keep_hours: int = 24) -> bool:
        """Rewrite the month with the most files as few files, near values of the `order` columns near each other, so
        that readers may skip most; whether a month had more than `most_files`. Old files go as with `compact`."""
        table = self._open(table_name)
        crowded = None if table is None else _most_crowded(table, most_files)
        if table is None or crowded is None:
            return False
        try:
            table.optimize.z_order(
                list(order), partition_filters=crowded, writer_properties=_properties(table, _TIDY_ROW_GROUP)
            )
        except CommitFailedError:  # another process did the same: its result is as good
            return False
        table.vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False)
        return True

    def _open(self, table_name: str) -> DeltaTable | None:
        try:
            return DeltaTable(self._path(table_name))
        except TableNotFoundError:
            return None

    def _path(self, table_name: str) -> str:
        if not _NAME.fullmatch(table_name):
            raise Invalid(
                f"{table_name!r} is not a table's name.", remedy="Use small letters, digits and _.", field="table"
            )
        return f"{self.root}/{table_name}"

    def _create(self, table_name: str, schema: pa.Schema, partition_by: Sequence[str] | None) -> DeltaTable:
        if partition_by is None:
            partition_by = [MONTH] if MONTH in schema.names else []
        path = self._path(table_name)
        try:
            return DeltaTable.create(path, schema, partition_by=list(partition_by), configuration=_CONFIGURATION)
        except DeltaError:
            table = self._open(table_name)  # another process was first
            if table is None:
                raise
            return table

    def _commit(self, table: DeltaTable, rows: pa.Table, transaction: Transaction) -> bool:
        """Whether the rows landed. The snapshot that was checked is the one committed on: no gap between the two."""
        properties = CommitProperties(app_transactions=[transaction], max_commit_retries=_COMMIT_RETRIES)
        try:
            write_deltalake(
                table, rows, mode="append", writer_properties=_properties(table), commit_properties=properties
            )
        except CommitFailedError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Listing:
    """A table that was read, and its files as of a version."""

    table: DeltaTable
    version: int
    files: tuple[str, ...]
    partitions: tuple[str, ...]


_reading = threading.Lock()
_read: dict[str, _Listing] = {}
"""The last tables that were read, so that a look at one costs the commits since the last look."""


def _is_there(path: str, version: int) -> bool:
    """Whether the table that was read is still the one under this path (on a disk, where tables are taken away)."""
    return "://" in path or Path(path, "_delta_log", f"{version:020d}.json").exists()


def _listed(path: str, table: DeltaTable) -> _Listing:
    names = sorted(pa.table(table.get_add_actions())["path"].to_pylist())
    files = tuple(f"{path}/{unquote(name)}" for name in names)
    return _Listing(table, table.version(), files, tuple(table.metadata().partition_columns))


def _most_crowded(table: DeltaTable, most_files: int) -> list[tuple[str, str, str]] | None:
    """Filters that name the partition of the most files, none where it has no more than `most_files`."""
    names = table.metadata().partition_columns
    actions = pa.table(table.get_add_actions(flatten=True))
    values = [actions[f"partition.{name}"].to_pylist() for name in names]
    counted = Counter(zip(*values, strict=True) if names else ((),) * len(actions))
    (found, files), *_rest = counted.most_common(1) or [((), 0)]
    return [(name, "=", str(value)) for name, value in zip(names, found, strict=True)] if files > most_files else None


def _with_month(rows: pa.Table) -> pa.Table:
    """The rows with the first day of their month, by which they are kept apart: a file a day would be too small."""
    if "day" not in rows.column_names or MONTH in rows.column_names:
        return rows
    return rows.append_column(MONTH, pc.floor_temporal(rows["day"], unit="month").cast(pa.date32()))


def _fitted(rows: pa.Table, table: DeltaTable, table_name: str) -> pa.Table:
    expected = [field.name for field in table.schema().fields]
    if sorted(expected) != sorted(rows.column_names):
        raise Invalid(
            f"Table {table_name!r} has the columns {', '.join(expected)}; got {', '.join(rows.column_names)}.",
            remedy="Send exactly the table's columns.",
            field="rows",
        )
    return rows.select(expected)
