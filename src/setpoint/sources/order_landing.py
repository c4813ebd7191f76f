"""Runs of order lines: all lines of a run are gathered, then sorted into orders, so that an order is whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from setpoint.events.problems import Problem
from setpoint.events.uploads import folder
from setpoint.sources.cleaning.applying import clean
from setpoint.sources.landing import Refused, Sorted, State, locked, record, rows_of, rules_for
from setpoint.sources.models import Connection, Run
from setpoint.sources.orders.columns import check_order_mapping
from setpoint.sources.orders.grouping import Book
from setpoint.sources.orders.importing import land_book
from setpoint.sources.orders.landing import Outcome
from setpoint.sources.orders.lines import LINES, typed
from setpoint.sources.types import Pulled


class OrderLander:
    """The run's figures and cursor are written once, at its end; a killed run is read again, and lands nothing twice."""

    def __init__(self, connection: Connection, run: Run, *, now: datetime) -> None:
        self._connection, self._run, self._now = connection, run, now
        self._rules = rules_for(connection)
        self._place = TemporaryDirectory(prefix="orders-", dir=folder())
        self._staged = Path(self._place.name) / "lines.parquet"
        self._writer = pq.ParquetWriter(self._staged, LINES, compression="zstd")
        self._number, self._cursor = 0, connection.cursor
        self._refused_early: list[Refused] = []

    def land(self, pulled: Pulled) -> bool:
        """Gather the lines; False when the run is being cancelled."""
        if Run.objects.filter(pk=self._run.pk).exclude(state=State.RUNNING).exists():
            return False
        self._cursor = pulled.cursor
        if pulled.table.num_rows:
            self._gather(pulled.table)
        for bad in pulled.unreadable:
            self._number += 1
            self._refused_early.append(
                Refused(self._number, {"row": bad.row, "text": str(list(bad.values))[:500]}, bad.problem)
            )
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
            refused = [*self._refused_early, *self._refused(book)]
        self._place.cleanup()
        return self._record(told, refused)

    def _gather(self, table: pa.Table) -> None:
        numbers = pa.array(range(self._number + 1, self._number + 1 + table.num_rows), pa.int64())
        self._number += table.num_rows
        cleaned = clean(table, self._rules)
        mapping = check_order_mapping(self._connection.mapping, cleaned.table.column_names)
        by_rule = pc.not_equal(cleaned.refused_by, 0)
        for row, number, rule in self._ruled_out(table.filter(by_rule), numbers.filter(by_rule), cleaned.refused_by):
            self._refused_early.append(Refused(number, row, Problem("rule", rule["column"], {"rule": rule["kind"]})))
        alive = pc.invert(by_rule)
        self._writer.write_table(typed(cleaned.table.filter(alive), numbers.filter(alive), mapping))

    def _ruled_out(self, table: pa.Table, numbers: pa.Array, by: pa.Array) -> Iterator[tuple[dict[str, Any], int, Any]]:
        places = [each for each in by.to_pylist() if each]
        for row, number, place in zip(rows_of(table), numbers.to_pylist(), places, strict=True):
            yield row, number, self._rules[place - 1]

    def _refused(self, book: Book) -> Iterator[Refused]:
        """Refused lines as they were understood."""
        for row, code, told in book.refused_lines():
            yield Refused(row, told, Problem(code))

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
