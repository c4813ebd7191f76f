"""Order lines read and typed, batch by batch, into a file of columns that is sorted into orders afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from setpoint.customers.normal import normalise_identity
from setpoint.events.tables import Piece, Unreadable
from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.parsing import as_text, decimals_of, map_unique, moments, numbers
from setpoint.sources.orders.columns import KEYS, OrderMapping

_READINGS: Mapping[str, tuple[str, str]] = {"auto": ("dmy", "mdy")}
LINES = pa.schema(
    [
        ("row", pa.int64()),
        ("number", pa.int64()),
        ("file", pa.string()),
        ("problem", pa.string()),
        ("order_id", pa.string()),
        ("who", pa.string()),
        ("sku", pa.string()),
        ("name", pa.string()),
        ("quantity", pa.float64()),
        ("price", pa.float64()),
        ("amount", pa.float64()),
        ("ts", pa.timestamp("us")),
        ("ts_mdy", pa.timestamp("us")),
        ("currency", pa.string()),
        ("traits", pa.string()),
        ("order_extra", pa.string()),
        ("line_extra", pa.string()),
    ]
)


def stage(pieces: Iterable[Piece], mapping: OrderMapping, path: Path) -> int:
    """Write all lines, typed and with their own problems, to a Parquet file; returns how many there are."""
    count = 0
    with pq.ParquetWriter(path, LINES, compression="zstd") as writer:
        for piece in pieces:
            mapping = settled(mapping, piece.table)
            if piece.table.num_rows:
                writer.write_table(typed(piece.table, piece.rows, mapping))
            if piece.unreadable:
                writer.write_table(_unreadable(piece.unreadable))
            count += piece.count
    return count


def settled(mapping: OrderMapping, table: pa.Table) -> OrderMapping:
    """The mapping with what separates decimals, as the first lines of a file show it where nobody has said it."""
    asked = [table[mapping.of[each]] for each in ("quantity", "price", "total") if each in mapping.of]
    if mapping.decimals != "auto" or not table.num_rows:
        return mapping
    return replace(mapping, decimals=decimals_of(asked))


def typed(
    table: pa.Table, numbers: pa.Array, mapping: OrderMapping, *, behind: int | None = None, file: str = ""
) -> pa.Table:
    """Lines as the columns of LINES; `problem` says what is wrong with a line taken by itself.

    `row` tells the lines of all files apart: it counts on from `behind` where there are several, else it is the line's
    own number.
    """
    size = table.num_rows
    times = [_times(table, mapping, order) for order in _READINGS.get(mapping.dates, (mapping.dates, mapping.dates))]
    quantity, price, amount = _worth(table, mapping)
    columns: dict[str, Any] = {
        "row": numbers if behind is None else pa.array(range(behind + 1, behind + 1 + size), pa.int64()),
        "number": numbers,
        "file": pa.array([file] * size, pa.string()),
        "order_id": _text(table, mapping, "order"),
        "who": _who(table, mapping),
        "sku": _text(table, mapping, "sku"),
        "name": _text(table, mapping, "product"),
        "quantity": quantity,
        "price": price,
        "amount": amount,
        "ts": times[0],
        "ts_mdy": times[1],
        "currency": pc.utf8_upper(_text(table, mapping, "currency")),
        "traits": _packed(table, mapping.traits),
        "order_extra": _packed(table, mapping.order_properties),
        "line_extra": _packed(table, mapping.product_properties),
    }
    columns["problem"] = _problems(columns, size)
    return pa.table({name: columns[name] for name in LINES.names}, schema=LINES)


def _times(table: pa.Table, mapping: OrderMapping, order: str) -> pa.Array:
    return moments(table[mapping.of["timestamp"]], zone=mapping.timezone, order=order)


def _text(table: pa.Table, mapping: OrderMapping, meaning: str) -> pa.Array:
    column = mapping.of.get(meaning)
    return as_text(table[column]) if column else pa.nulls(table.num_rows, pa.string())


def _number(table: pa.Table, mapping: OrderMapping, meaning: str) -> pa.Array | None:
    column = mapping.of.get(meaning)
    return numbers(table[column], mapping.decimals) if column else None


def _worth(table: pa.Table, mapping: OrderMapping) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Quantity, price and amount of each line; one of price and amount may follow from the other."""
    quantity = _number(table, mapping, "quantity")
    if quantity is None:
        quantity = pa.array([1.0] * table.num_rows, pa.float64())
    price, total = _number(table, mapping, "price"), _number(table, mapping, "total")
    if price is None:
        safe = pc.if_else(pc.equal(quantity, 0.0), pa.scalar(None, pa.float64()), quantity)
        price = pc.abs(pc.divide(total, safe))
    return quantity, price, total if total is not None else pc.multiply(quantity, price)


def _who(table: pa.Table, mapping: OrderMapping) -> pa.Array:
    """The customer's identities as one JSON text; null where none can be read."""
    kinds = [kind for kind in KEYS if kind in mapping.of]
    spelled = [map_unique(as_text(table[mapping.of[kind]]), _spelling(kind), pa.string()) for kind in kinds]
    return _joined(kinds, spelled)


def _spelling(kind: str) -> Any:
    def spell(text: str) -> str | None:
        try:
            return normalise_identity(kind, text)
        except Invalid:
            return None

    return spell


def _packed(table: pa.Table, pairs: Sequence[tuple[str, str]]) -> pa.Array:
    if not pairs:
        return pa.nulls(table.num_rows, pa.string())
    return _joined([name for name, _column in pairs], [as_text(table[column]) for _name, column in pairs])


def _joined(names: Sequence[str], columns: Sequence[pa.Array]) -> pa.Array:
    """Columns of text as one column of JSON objects; empty cells are left out, and a row of nothing is null."""
    parts = [map_unique(column, _member(name), pa.string()) for name, column in zip(names, columns, strict=True)]
    inner = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), "")
    whole = pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(inner, 0, -1), "}", "")
    return pc.if_else(pc.equal(inner, ""), pa.scalar(None, pa.string()), whole)


def _member(name: str) -> Any:
    start = msgspec.json.encode(name).decode()
    return lambda text: f"{start}:{msgspec.json.encode(text).decode()},"


def _problems(columns: dict[str, Any], size: int) -> pa.Array:
    """The first thing wrong with each line; null where nothing is."""
    told = pa.nulls(size, pa.string())
    checks = (
        ("negative_price", pc.less(columns["price"], 0.0)),
        ("bad_price", pc.is_null(columns["price"])),
        ("zero_quantity", pc.equal(columns["quantity"], 0.0)),
        ("bad_quantity", pc.is_null(columns["quantity"])),
        ("no_time", pc.and_(pc.is_null(columns["ts"]), pc.is_null(columns["ts_mdy"]))),
        ("no_product", pc.and_(pc.is_null(columns["sku"]), pc.is_null(columns["name"]))),
        ("no_order", pc.is_null(columns["order_id"])),
    )
    for code, found in checks:
        told = pc.if_else(pc.fill_null(found, False), pa.scalar(code), told)
    return told


def _unreadable(rows: Sequence[Unreadable]) -> pa.Table:
    columns = {name: pa.nulls(len(rows), LINES.field(name).type) for name in LINES.names}
    columns["row"] = columns["number"] = pa.array([row.row for row in rows], pa.int64())
    columns["problem"] = pa.array([row.problem.code for row in rows], pa.string())
    return pa.table(columns, schema=LINES)
