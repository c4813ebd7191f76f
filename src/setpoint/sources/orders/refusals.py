"""The refused lines of an import of orders, as they were, with what is wrong, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.events.tables import Piece, columns_of, pieces_of
from setpoint.events.types import RowProblem
from setpoint.events.uploads import folder
from setpoint.kernel.spreadsheet import cell
from setpoint.sources.orders.columns import OrderMapping, column_behind
from setpoint.sources.orders.grouping import Book
from setpoint.sources.problems import shown


class _Anything(dict[str, str]):
    """Stands in for the details of many rows at once."""

    def __missing__(self, key: str) -> str:
        return "…"


def told_of_many(code: str) -> RowProblem:
    """Cause and remedy of a code, without the details of any one row."""
    return shown(0, "", code, _Anything())


def keep_refused(path: Path, book: Book, mapping: OrderMapping) -> Path:
    """Write the refused lines with number, field, cause and remedy for spreadsheets, under SETPOINT_HOME/imports."""
    kept = folder() / f"refused-{path.stem[:60]}.csv"
    columns, why = columns_of(path), cache(told_of_many)
    with kept.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([*map(cell, columns), "line", "field", "cause", "remedy"])
        for values, row, code in _refused_lines(path, book, len(columns)):
            field = column_behind(code, mapping.of)
            writer.writerow([*map(cell, values), row, cell(field), why(code).cause, why(code).remedy])
    return kept


def _refused_lines(path: Path, book: Book, width: int) -> Iterator[tuple[Sequence[Any], int, str]]:
    refused = book.refused()
    due = next(refused, None)
    for piece in pieces_of(path):
        last = _last_row(piece)
        found: dict[int, str] = {}
        while due is not None and due[0] <= last:
            found[due[0]] = due[1]
            due = next(refused, None)
        yield from _picked(piece, found, width)


def _last_row(piece: Piece) -> int:
    numbers = [row.row for row in piece.unreadable]
    return max([*numbers, pc.max(piece.rows).as_py() or 0])


def _picked(piece: Piece, found: dict[int, str], width: int) -> Iterator[tuple[Sequence[Any], int, str]]:
    mask = pc.is_in(piece.rows, pa.array(list(found), pa.int64()))
    columns = [column.to_pylist() for column in piece.table.filter(mask).columns]
    rows = zip(*columns, piece.rows.filter(mask).to_pylist(), strict=True)
    told = [(values, number) for *values, number in rows]
    told += [(_wide(row.values, width), row.row) for row in piece.unreadable if row.row in found]
    for values, number in sorted(told, key=lambda pair: pair[1]):
        yield values, number, found[number]


def _wide(values: Sequence[Any], width: int) -> list[Any]:
    return [*values, *[""] * (width - len(values))][:width]
