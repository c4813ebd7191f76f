"""Runs of order lines: all lines of a run are gathered, then sorted into orders, so that an order is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from setpoint.events.problems import Problem
from setpoint.sources.cleaning.applying import Cleaned, clean
from setpoint.sources.cleaning.parsing import Decimals
from setpoint.sources.landing import (
    Refused,
    Sorted,
    State,
    broken_rows,
    locked,
    record,
    refused_by,
    row_numbers,
    rows_of,
    rules_for,
)
from setpoint.sources.models import Connection, Run
from setpoint.sources.orders.columns import OrderMapping, check_order_mapping, column_behind
from setpoint.sources.orders.grouping import Book
from setpoint.sources.orders.importing import land_book, staging
from setpoint.sources.orders.landing import Outcome
from setpoint.sources.orders.lines import LINES, settled, typed
from setpoint.sources.types import Pulled

_OF_ORDERS = frozenset({"no_customer_of_order", "repeated", "two_times", "other_order"})


class OrderLander:
    """The run's figures and cursor are written once, at its end; a killed run is read again, and lands nothing twice."""

    def __init__(self, connection: Connection, run: Run, *, now: datetime) -> None:
        self._connection, self._run, self._now = connection, run, now
        self._rules = rules_for(connection)
        self._place = staging()
        self._staged = Path(self._place.name) / "lines.parquet"
        self._writer = pq.ParquetWriter(self._staged, LINES, compression="zstd")
        self._count, self._cursor = 0, connection.cursor
        self._decimals: Decimals | None = None
        self._told: list[Refused] = []

    def land(self, pulled: Pulled) -> bool:
        """Gather the lines; False when the run is being cancelled."""
        if Run.objects.filter(pk=self._run.pk).exclude(state=State.RUNNING).exists():
            return False
        self._cursor = pulled.cursor
        if pulled.table.num_rows:
            self._gather(pulled)
        self._told += broken_rows(pulled)
        return True

    def finish(self) -> bool:
        """Sort the lines into orders, land them, and account for every line in one transaction with the cursor."""
        self._writer.close()
        mapping = check_order_mapping(self._connection.mapping, list(self._connection.mapping["columns"]))
        told: dict[int, str] = {}
        with Book(self._staged, mapping) as book:
            for _count in land_book(book, Outcome(), currency=mapping.currency, now=self._now, told=told.update):
                if Run.objects.filter(pk=self._run.pk).exclude(state=State.RUNNING).exists():
                    break
            refused = [*self._told, *self._refused(book, mapping)]
        self._place.cleanup()
        return self._record(told, refused)

    def _gather(self, pulled: Pulled) -> None:
        """Stage a batch. What is wrong with a line by itself is noted now, while the line is there as it came."""
        cleaned = clean(pulled.table, self._rules)
        mapping = check_order_mapping(self._connection.mapping, cleaned.table.column_names)
        self._decimals = self._decimals or settled(mapping, cleaned.table).decimals
        numbers = pa.array(row_numbers(pulled, self._count), pa.int64())
        mapping = replace(mapping, decimals=self._decimals)
        lines = typed(cleaned.table, numbers, mapping, behind=self._count, file=pulled.file)
        self._count += len(numbers)
        by_rule = pc.not_equal(cleaned.refused_by, 0)
        self._tell(pulled, cleaned, lines, mapping)
        self._writer.write_table(lines.filter(pc.invert(by_rule)))

    def _tell(self, pulled: Pulled, cleaned: Cleaned, lines: pa.Table, mapping: OrderMapping) -> None:
        wrong = pc.or_(pc.not_equal(cleaned.refused_by, 0), pc.is_valid(lines["problem"].combine_chunks()))
        rules, codes = cleaned.refused_by.filter(wrong).to_pylist(), lines["problem"].filter(wrong).to_pylist()
        rows, numbers = rows_of(pulled.table.filter(wrong)), lines["number"].filter(wrong).to_pylist()
        for row, number, rule, code in zip(rows, numbers, rules, codes, strict=True):
            problem = refused_by(self._rules[rule - 1]) if rule else Problem(code, column_behind(code, mapping.of))
            self._told.append(Refused(number, row, problem, pulled.file))

    def _refused(self, book: Book, mapping: OrderMapping) -> Iterator[Refused]:
        """Lines that cannot be part of an order, as they were understood."""
        for file, number, code, told in book.refused_lines():
            if code in _OF_ORDERS:
                yield Refused(number, told, Problem(code, column_behind(code, mapping.of)), file)

    def _record(self, told: dict[int, str], refused: list[Refused]) -> bool:
        batch = Sorted(refused=refused)
        for what in told.values():
            setattr(batch.counts, what, getattr(batch.counts, what) + 1)
        batch.counts.refused = len(refused)
        with transaction.atomic():
            run = locked(self._run)
            whole = run.state == State.RUNNING
            record(self._connection, run, batch, now=self._now, cursor=self._cursor if whole else None)
        return whole
