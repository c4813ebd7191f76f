"""A file of rows, CSV or Parquet, told by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from setpoint.events import csvfile
from setpoint.events.csvfile import CsvShape, RawRow
from setpoint.events.types import FileKind
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.kernel.outages import technical_of

_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 5_000
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file as it was understood. `rows_estimate`: lines below the header, exact for Parquet."""

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
        """The rows, in constant memory. Raises Invalid where a Parquet file is damaged."""
        if self.kind == "parquet":
            return _parquet_rows(self.path)
        return csvfile.read_rows(self.path, CsvShape(self.encoding, self.delimiter, self.columns))


def understand(path: Path) -> DataFile:
    """Look through a file once. Raises Invalid when it is empty or cannot be read as CSV or Parquet."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise Invalid(_("The file is empty."), remedy=_("Choose a file with a header and rows."), field="file")
    if start in _SPREADSHEETS:
        raise Invalid(
            _("This is a spreadsheet program's own file (Excel or the like), not text."),
            remedy=_("Save it there as CSV UTF-8 and choose that file."),
            field="file",
        )
    return _understand_parquet(path) if start == _MAGIC else _understand_csv(path)


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
        raise _damaged(error) from None
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    warnings = () if rows else (csvfile.HEADER_ONLY,)
    return DataFile(path, "parquet", digest, path.stat().st_size, columns, rows, warnings=warnings)


def _parquet_rows(path: Path) -> Iterator[RawRow]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield RawRow(number, list(values))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> Invalid:
    return Invalid(
        _("The file is damaged, or of another kind than its name says."),
        remedy=_("Write it again, or save it as CSV."),
        field="file",
        technical=technical_of(error),
    )
