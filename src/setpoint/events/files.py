"""A file of rows, CSV, Excel, JSON lines or Parquet, told by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from setpoint.events import csvfile
from setpoint.events.csvfile import CsvShape, RawRow
from setpoint.events.tables import damaged, kind_of, pieces_of
from setpoint.events.types import FileKind
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file as it was understood. `rows_estimate`: lines below the header, exact but for CSV."""

    path: Path
    kind: FileKind
    digest: str
    size: int
    columns: tuple[str, ...]
    rows_estimate: int
    encoding: str = ""
    delimiter: str = ""
    warnings: tuple[str, ...] = ()

    def rows(self) -> Iterator[RawRow]:
        """The rows, in constant memory. Raises Invalid where the file is damaged."""
        if self.kind == "parquet":
            return _parquet_rows(self.path)
        if self.kind != "csv":
            return _rows_of_pieces(self.path, self.columns)
        return csvfile.read_rows(self.path, CsvShape(self.encoding, self.delimiter, self.columns))


def understand(path: Path) -> DataFile:
    """Look through a file once. Raises Invalid when it is empty or cannot be read."""
    return _UNDERSTAND[kind_of(path)](path)


def _understand_csv(path: Path) -> DataFile:
    facts = csvfile.facts_of(path)
    shape = csvfile.shape_of(path, facts.encoding)
    rows = max(facts.lines - 1, 0)
    warnings = {
        csvfile.GUESSED_ENCODING: facts.encoding not in csvfile.SURE_ENCODINGS,
        csvfile.RENAMED_COLUMNS: shape.renamed,
        csvfile.HEADER_ONLY: rows == 0,
    }
    return DataFile(
        path=path,
        kind="csv",
        digest=facts.digest,
        size=facts.size,
        columns=shape.columns,
        rows_estimate=rows,
        encoding=facts.encoding,
        delimiter=shape.delimiter,
        warnings=tuple(text for text, holds in warnings.items() if holds),
    )


def _understand_parquet(path: Path) -> DataFile:
    try:
        with pq.ParquetFile(path) as file:
            columns, rows = csvfile.unique_names(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise damaged(error) from None
    return _counted(path, "parquet", columns, rows)


def _understand_excel(path: Path) -> DataFile:
    return _understand_pieces(path, "excel")


def _understand_json_lines(path: Path) -> DataFile:
    return _understand_pieces(path, "jsonl")


def _understand_pieces(path: Path, kind: FileKind) -> DataFile:
    columns: dict[str, None] = {}
    rows = 0
    for piece in pieces_of(path):
        columns |= dict.fromkeys(piece.table.column_names)
        rows += piece.count
    if not columns:
        raise Invalid(_("The file has no columns."), remedy=_("Choose a file with a header and rows."), field="file")
    return _counted(path, kind, tuple(columns), rows)


def _counted(path: Path, kind: FileKind, columns: tuple[str, ...], rows: int) -> DataFile:
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    warnings = () if rows else (csvfile.HEADER_ONLY,)
    return DataFile(path, kind, digest, path.stat().st_size, columns, rows, warnings=warnings)


def _rows_of_pieces(path: Path, columns: tuple[str, ...]) -> Iterator[RawRow]:
    """The rows in the file's order, those that cannot be read among them."""
    for piece in pieces_of(path):
        known = piece.table.to_pydict()
        cells = [known.get(name) or [None] * piece.table.num_rows for name in columns]
        good = (RawRow(number, list(row)) for number, *row in zip(piece.rows.to_pylist(), *cells, strict=True))
        bad = (RawRow(row.row, [str(value) for value in row.values], row.problem) for row in piece.unreadable)
        yield from merge(good, bad, key=lambda row: row.number)


def _parquet_rows(path: Path) -> Iterator[RawRow]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield RawRow(number, list(values))
    except (pa.ArrowException, OSError) as error:
        raise damaged(error) from None


_UNDERSTAND: Mapping[str, Callable[[Path], DataFile]] = {
    "csv": _understand_csv,
    "parquet": _understand_parquet,
    "excel": _understand_excel,
    "jsonl": _understand_json_lines,
}
