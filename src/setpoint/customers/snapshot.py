"""All customers in columns, always up to date, without reading them all again.

A snapshot is a base, one Parquet file under SETPOINT_HOME/frames from which single columns are read when first asked
for, and the rows that changed since it was written. Each look brings in what changed since the last one, by the
customers' revisions; `settle`, called by the worker, writes a new base when too much has changed. Processes share the
files and keep the rest to themselves. Inside a transaction nothing is kept, as it may be rolled back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from setpoint.customers import columns
from setpoint.customers.models import Removal
from setpoint.customers.revisions import mark
from setpoint.kernel.randomness import seed_of

SMALLEST_BASE = 20_000
_SHARE = 8  # of the base's rows may have changed before it is written anew: one in so many
_ROW_GROUP = 131_072
_MOST_COLUMNS = 64


Derive: TypeAlias = "Callable[[list[pa.ChunkedArray], int], pa.ChunkedArray]"


class Base:
    """A Parquet file of customers; the columns that were asked for stay in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = pq.ParquetFile(path)  # stays open: the file may be replaced while it is read
        self.names = frozenset(self.file.schema_arrow.names)
        self._columns: dict[tuple[str, bool], pa.ChunkedArray] = {}

    def column(self, name: str, *, numeric: bool = False) -> pa.ChunkedArray:
        """One column, as numbers where wanted; nulls where this file has none of this name."""
        if name not in self.names:
            return _nothing(self.file.metadata.num_rows, numeric)
        if (name, numeric) not in self._columns:
            if len(self._columns) >= _MOST_COLUMNS:
                self._columns.pop(next(iter(self._columns)))
            self._columns[name, numeric] = _typed(self.file.read(columns=[name]).column(name), numeric)
        return self._columns[name, numeric]

    def derived(self, key: str, names: list[str], make: Derive) -> pa.ChunkedArray:
        """A column made of others by `make`, kept in memory."""
        if (key, False) not in self._columns:
            parts = [self.file.read(columns=[name]).column(name) for name in names if name in self.names]
            self._columns[key, False] = make(parts, self.file.metadata.num_rows)
        return self._columns[key, False]


def _typed(column: pa.ChunkedArray, numeric: bool) -> pa.ChunkedArray:
    return pc.cast(column, pa.float64()) if numeric else column


def _nothing(rows: int, numeric: bool) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows, pa.float64() if numeric else pa.string())])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everybody as of `mark`: the base's rows but those in `replaced`, and the rows of `fresh`."""

    mark: int
    base: Base | None
    fresh: pa.Table
    replaced: pa.Array
    _combined: dict[tuple[str, bool], pa.ChunkedArray] = field(default_factory=dict)
    _kept: list[pa.ChunkedArray] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """The names of all columns."""
        return frozenset(self.fresh.column_names) | (self.base.names if self.base else frozenset())

    @property
    def changes(self) -> int:
        """How many rows are not the base's."""
        return len(self.fresh) + len(self.replaced)

    def table(self, names: list[str]) -> pa.Table:
        """These columns of everybody, in no certain order of rows but the same for all columns; nulls for a column
        that nobody has."""
        return pa.table({name: self.column(name) for name in names})

    def column(self, name: str, *, numeric: bool = False) -> pa.ChunkedArray:
        """One column of everybody, as numbers where wanted (all its values must spell some)."""
        if (name, numeric) not in self._combined:
            self._combined[name, numeric] = self._combine(name, numeric)
        return self._combined[name, numeric]

    def _combine(self, name: str, numeric: bool) -> pa.ChunkedArray:
        if name in self.fresh.column_names:
            own = _typed(self.fresh.column(name), numeric)
        else:
            own = _nothing(len(self.fresh), numeric)
        if self.base is None:
            return own
        return self._joined(self.base.column(name, numeric=numeric), own)

    def derived(self, key: str, names: list[str], make: Derive) -> pa.ChunkedArray:
        """A column made of others by `make`, which gets them and the number of rows; of the base it is made once."""
        if (key, False) not in self._combined:
            own = make([self.fresh.column(name) for name in names if name in self.fresh.column_names], len(self.fresh))
            column = self.base.derived(key, names, make) if self.base else None
            self._combined[key, False] = own if column is None else self._joined(column, own)
        return self._combined[key, False]

    def _joined(self, column: pa.ChunkedArray, own: pa.ChunkedArray) -> pa.ChunkedArray:
        held = column.filter(self._of_base()) if len(self.replaced) else column
        return pa.chunked_array([*held.chunks, *own.chunks], type=column.type)

    def _of_base(self) -> pa.ChunkedArray:
        """Which rows of the base still hold."""
        if not self._kept and self.base is not None:
            self._kept.append(pc.invert(pc.is_in(self.base.column("customer_id"), value_set=self.replaced)))
        return self._kept[0]


_lock = threading.Lock()
_held: dict[str, Snapshot] = {}


def current() -> Snapshot:
    """Everybody, with all that was committed before this call (and, in a transaction, what it has written itself)."""
    with _lock:
        place = str(_folder() / _prefix())
        snapshot = _brought_up(_held.get(place) or _opened())
        if not connection.in_atomic_block:
            _held.clear()
            _held[place] = snapshot
        return snapshot


def settle(*, smallest: int = SMALLEST_BASE) -> bool:
    """Write a new base where too many rows have changed since the last; whether that was so. Call it outside of
    transactions, now and then."""
    snapshot = current()
    rows = snapshot.base.file.metadata.num_rows if snapshot.base else 0
    if snapshot.changes < max(smallest, rows // _SHARE):
        return False
    path = _folder() / f"{_prefix()}-{snapshot.mark:020d}.parquet"
    _write(snapshot, path)
    for old in _files():
        if old != path:
            old.unlink(missing_ok=True)
    with _lock:
        _held.clear()
    return True


def _opened() -> Snapshot:
    """The newest base that is not newer than the records: those may be an older copy."""
    now = mark()
    for path in reversed(_files()):
        number = int(path.stem.rpartition("-")[2])
        if number <= now:
            return Snapshot(number, Base(path), columns.empty(), pa.array([], pa.int64()))
        path.unlink(missing_ok=True)
    return Snapshot(0, None, columns.empty(), pa.array([], pa.int64()))


def _brought_up(held: Snapshot) -> Snapshot:
    now = mark()
    if now < held.mark:
        held = _opened()
    if now == held.mark and connection.vendor == "sqlite" and not connection.in_atomic_block:
        return held
    news = columns.changed_since(held.mark)
    gone = list(Removal.objects.filter(revision__gte=held.mark).values_list("customer_id", flat=True))
    if not len(news) and not gone:
        return replace(held, mark=now)
    moved = pa.concat_arrays([news["customer_id"].combine_chunks(), pa.array(gone, pa.int64())])
    stay = held.fresh.filter(pc.invert(pc.is_in(held.fresh["customer_id"], value_set=moved)))
    fresh = pa.concat_tables([stay, news], promote_options="default")
    replaced = pc.unique(pa.concat_arrays([held.replaced, moved])) if held.base else held.replaced
    return Snapshot(now, held.base, fresh, replaced)


def _write(snapshot: Snapshot, path: Path) -> None:
    """The snapshot as one file, a piece of the base at a time."""
    base, fresh = snapshot.base, snapshot.fresh
    schema = pa.unify_schemas([base.file.schema_arrow.remove_metadata(), fresh.schema] if base else [fresh.schema])
    unfinished = path.with_suffix(f".{os.getpid()}")
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for rows in _row_groups(base):
            kept = rows.filter(pc.invert(pc.is_in(rows["customer_id"], value_set=snapshot.replaced)))
            writer.write_table(_widened(kept, schema), row_group_size=_ROW_GROUP)
        writer.write_table(_widened(fresh, schema), row_group_size=_ROW_GROUP)
    unfinished.replace(path)


def _row_groups(base: Base | None) -> Iterator[pa.Table]:
    if base is not None:
        yield from (base.file.read_row_group(number) for number in range(base.file.num_row_groups))


def _widened(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), rows], promote_options="default").select(schema.names)


def _prefix() -> str:
    """Names the files of this database."""
    told = connection.settings_dict
    return f"customers-{seed_of('frames', str(told['HOST']), str(told['PORT']), str(told['NAME'])):016x}"


def _folder() -> Path:
    place = Path(settings.SETPOINT_HOME) / "frames"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _files() -> list[Path]:
    return sorted(_folder().glob(f"{_prefix()}-*.parquet"))
