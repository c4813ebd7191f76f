"""What the first lines of a source of orders would become, and how dates, numbers and money are read; nothing lands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from setpoint.events.messages import EPOCH
from setpoint.events.tables import Piece
from setpoint.governance.services import company
from setpoint.sources.orders.columns import OrderMapping, check_order_mapping
from setpoint.sources.orders.grouping import Book, Judged, identities_of
from setpoint.sources.orders.importing import staging
from setpoint.sources.orders.lines import settled, stage
from setpoint.sources.orders.refusals import told_of_many

SHOWN = 20
Becomes = Literal["sold", "charge", "returned", "refused"]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line as it was understood. `cause` and `remedy` where it is refused."""

    row: int
    becomes: Becomes
    order: str
    product: str
    quantity: float | None
    price: float | None
    amount: float | None
    at: datetime | None
    customer: str
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class OrderLook:
    """How the lines are read, what becomes of them, and the first of them with the first of
    each thing that is wrong."""

    dates: str
    decimals: str
    currency: str
    timezone: str
    read: int
    counts: Mapping[Becomes, int]
    lines: list[OrderLine]


def look_at_orders(table: pa.Table, mapping: Mapping[str, Any]) -> OrderLook:
    """What these lines would become under a mapping. Raises Invalid for a mapping that cannot be."""
    checked = settled(check_order_mapping(mapping, table.column_names), table)
    with staging() as place:
        staged = Path(place) / "lines.parquet"
        stage([Piece(table, pa.array(range(1, table.num_rows + 1), pa.int64()))], checked, staged)
        with Book(staged, checked) as book:
            return _look(book, checked, book.first(SHOWN))


def _look(book: Book, mapping: OrderMapping, lines: list[Judged]) -> OrderLook:
    tally = book.tally()
    counts: dict[Becomes, int] = {
        "sold": tally.sold,
        "charge": tally.charges,
        "returned": tally.returned,
        "refused": sum(tally.refused.values()),
    }
    return OrderLook(
        dates=book.dates if mapping.dates == "auto" else mapping.dates,
        decimals=mapping.decimals,
        currency=mapping.currency or company().currency,
        timezone=mapping.timezone,
        read=tally.lines,
        counts=counts,
        lines=[_line(one) for one in lines],
    )


def _line(one: Judged) -> OrderLine:
    why = told_of_many(one.problem) if one.problem else None
    return OrderLine(
        row=one.row,
        becomes="refused" if one.problem else "returned" if one.is_return else "charge" if one.charge else "sold",
        order=one.order_id or "",
        product=one.name or one.sku or "",
        quantity=one.quantity,
        price=one.price,
        amount=one.amount,
        at=None if one.ts is None else EPOCH + timedelta(microseconds=one.ts),
        customer=" · ".join(identities_of(one.who).values()) if one.who else "",
        cause=why.cause if why else "",
        remedy=why.remedy if why else "",
    )
