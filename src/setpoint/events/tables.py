"""Files as batches of columns: CSV, Parquet, Excel and JSON lines, told by their content, in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import fastexcel
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from setpoint.events.csvfile import CsvShape, RawRow, facts_of, read_rows, shape_of, unique_names
from setpoint.events.problems import Problem
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, SetpointError, TooLarge
from setpoint.kernel.outages import technical_of

ROWS_AT_ONCE = 20_000
_KNOWN = (str, int, float, bool, bytes, datetime, date, time, timedelta, Decimal)
LONGEST_LINE = 1_000_000
MOST_UNFOLDED = 2 * 1024**3
_GZIP = b"\x1f\x8b"
_UNWRITTEN, _FEW = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]"), 50
_BOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_PARQUET, _ZIP, _OLD_EXCEL = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read at all."""

    row: int
    problem: Problem
    values: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file: columns, each row's number (from 1 below the header), and rows that could not be read."""

    table: pa.Table
    rows: pa.Array
    unreadable: Sequence[Unreadable] = field(default_factory=tuple)

    @property
    def count(self) -> int:
        """Rows in all, readable or not."""
        return int(self.table.num_rows) + len(self.unreadable)


def pieces_of(path: Path, *, after: int = 0) -> Iterator[Piece]:
    """The rows of a file behind row `after`. Raises Invalid where the file as a whole cannot be read."""
    return _READERS[kind_of(path)](path, after)


def kind_of(path: Path) -> str:
    """What a file is by its content: "csv", "parquet", "excel" or "jsonl". Invalid when it is empty."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise Invalid(_("The file is empty."), remedy=_("Choose a file with a header and rows."), field="file")
    _refuse_no_table(start)
    if start.startswith(_PARQUET):
        return "parquet"
    if start.startswith((_ZIP, _OLD_EXCEL)):
        return "excel"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb"\[\s*[{\]]", text):
        raise Invalid(
            _("The file is one JSON list."), remedy=_("Write JSON lines: one object a line, no list."), field="file"
        )
    return "jsonl" if text.startswith(b"{") else "csv"


def _refuse_no_table(start: bytes) -> None:
    """Files that people take for a table: pages of a shop they were signed out of, archives, pictures, documents."""
    if re.match(rb"\s*<(!doctype|html|\?xml)", start, re.IGNORECASE):
        raise Invalid(
            _("This is a web page or XML, not a table."),
            remedy=_("Export the file again as CSV; perhaps you were signed out where you got it."),
            field="file",
        )
    if start.startswith(_GZIP):
        raise Invalid(_("The file is compressed."), remedy=_("Unpack it, and choose the file inside."), field="file")
    is_known = start.startswith((_PARQUET, _ZIP, _OLD_EXCEL))
    if not is_known and (start.startswith(b"%PDF") or len(_UNWRITTEN.findall(start)) > len(start) / _FEW):
        raise Invalid(_("The file is not text."), remedy=_("Save it as CSV, Excel or Parquet."), field="file")


def columns_of(path: Path) -> list[str]:
    """The names of a file's columns (of JSON lines: of its first rows)."""
    if kind_of(path) == "csv":
        return list(shape_of(path, facts_of(path).encoding).columns)
    first = next(pieces_of(path), None)
    return first.table.column_names if first else []


def table_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> pa.Table:
    """Rows as columns of text, numbers and booleans; lists and objects as JSON. Mixed columns become text."""
    names = list(dict.fromkeys([*columns, *(str(name) for row in rows for name in row)]))
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _csv(path: Path, after: int) -> Iterator[Piece]:
    shape = shape_of(path, facts_of(path).encoding)
    rows = (row for row in read_rows(path, shape) if row.number > after)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        yield _piece_of_raw(shape, chunk)


def _piece_of_raw(shape: CsvShape, chunk: Sequence[RawRow]) -> Piece:
    good = [row for row in chunk if row.problem is None]
    columns = list(zip(*(row.values for row in good), strict=True)) or [()] * len(shape.columns)
    table = pa.table({name: pa.array(values, pa.string()) for name, values in zip(shape.columns, columns, strict=True)})
    bad = tuple(Unreadable(row.number, row.problem, row.values) for row in chunk if row.problem)
    return Piece(table, pa.array([row.number for row in good], pa.int64()), bad)


def _parquet(path: Path, after: int) -> Iterator[Piece]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = unique_names(file.schema_arrow.names)
            for batch in file.iter_batches(ROWS_AT_ONCE):
                table = pa.Table.from_batches([batch]).rename_columns(list(names))
                yield from _behind(table, number, after)
                number += table.num_rows
    except (pa.ArrowException, OSError) as error:
        raise damaged(error) from None


def _excel(path: Path, after: int) -> Iterator[Piece]:
    """The first sheet; its first row names the columns."""
    try:
        _refuse_bomb(path)
        table = pa.table(fastexcel.read_excel(path).load_sheet(0, dtype_coercion="coerce").to_arrow())
    except SetpointError:
        raise
    except Exception as error:  # calamine's errors share no base that the library exports
        raise damaged(error) from None
    table = pa.table([_whole(column) for column in table.columns], names=[str(name) for name in table.column_names])
    table = table.rename_columns(list(unique_names(table.column_names)))
    for start in range(0, max(table.num_rows, 1), ROWS_AT_ONCE):
        yield from _behind(table.slice(start, ROWS_AT_ONCE), start, after)


def _whole(column: Any) -> Any:
    """Whole numbers as such: spreadsheets keep every number with decimals, also those of customers."""
    if not pa.types.is_floating(column.type):
        return column
    is_whole = pc.all(pc.equal(column, pc.round(column)), min_count=0).as_py()
    return column.cast(pa.int64(), safe=False) if is_whole and not pc.any(pc.is_inf(column)).as_py() else column


def _refuse_bomb(path: Path) -> None:
    """A workbook is a zip file, and a small one may unfold without end. TooLarge before it is unfolded; Invalid for an
    archive of something else."""
    if not is_zipfile(path):
        return
    with ZipFile(path) as book:
        unfolded = sum(part.file_size for part in book.infolist())
        is_book = any(name in _BOOKS for name in book.namelist())
    if unfolded > MOST_UNFOLDED:
        raise TooLarge(
            _("This workbook unfolds to more than %(limit)s GiB.") % {"limit": MOST_UNFOLDED // 1024**3},
            remedy=_("Save it as CSV, or split it."),
            field="file",
        )
    if not is_book:
        raise Invalid(
            _("This is a zip archive, not a table."), remedy=_("Unpack it, and choose the file inside."), field="file"
        )


def _behind(table: pa.Table, number: int, after: int) -> Iterator[Piece]:
    """The part of a table whose first row has the number `number + 1` that lies behind row `after`."""
    skipped = min(max(after - number, 0), table.num_rows)
    rest = table.slice(skipped)
    if rest.num_rows or not number:
        first = number + skipped + 1
        yield Piece(rest, pa.array(range(first, first + rest.num_rows), pa.int64()))


def _json_lines(path: Path, after: int) -> Iterator[Piece]:
    with path.open("rb") as file:
        lines = ((number, line) for number, line in enumerate(_lines(file), start=1) if number > after)
        while chunk := list(islice(lines, ROWS_AT_ONCE)):
            yield piece_of_json(chunk)


def piece_of_json(lines: Sequence[tuple[int, bytes]]) -> Piece:
    """Numbered lines of JSON objects; what is none is an unreadable row."""
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    bad: list[Unreadable] = []
    for number, line in lines:
        try:
            rows.append(msgspec.json.decode(line, type=dict[str, Any]))
            numbers.append(number)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            bad.append(Unreadable(number, Problem("bad_json"), [line[:500].decode("utf-8", "replace")]))
    return Piece(table_of(rows), pa.array(numbers, pa.int64()), tuple(bad))


def _lines(file: Iterable[bytes]) -> Iterator[bytes]:
    return (line.removeprefix(b"\xef\xbb\xbf") for line in file if line.strip())


def _column(values: Sequence[Any]) -> pa.Array:
    plain = [_plain(value) for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if value is None else _as_text(value) for value in plain], pa.string())


def _plain(value: Any) -> Any:
    """A value that a column can hold: lists and objects as JSON, what only one database knows as text."""
    if value is None or isinstance(value, _KNOWN):
        return value
    if isinstance(value, list | dict | tuple):
        return msgspec.json.encode(value, enc_hook=str).decode()
    return bytes(value) if isinstance(value, memoryview) else str(value)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def damaged(error: Exception) -> Invalid:
    """A file that cannot be read as what it says it is."""
    return Invalid(
        _("The file is damaged, or of another kind than its name says."),
        remedy=_("Write it again, or save it as CSV."),
        field="file",
        technical=technical_of(error),
    )


_READERS = {"csv": _csv, "parquet": _parquet, "excel": _excel, "jsonl": _json_lines}
