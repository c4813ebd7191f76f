"""Runs of connections: batch by batch; each batch lands with its cursor, so a killed run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

import pyarrow as pa
from django.utils.translation import gettext_noop as _noop

from setpoint.events.tables import table_of
from setpoint.sources import runs
from setpoint.sources.landing import Lander, MessageLander, State
from setpoint.sources.models import Connection, RefusedRow, Run
from setpoint.sources.order_landing import OrderLander
from setpoint.sources.problems import BROKEN
from setpoint.sources.secrets import source_of
from setpoint.sources.types import Pulled

REPLAY_AT_ONCE = 1_000


def run_next(*, now: datetime, stop: runs.Stop = lambda: False) -> bool:
    """Run the oldest run that waits, or one whose worker died; queue what is due first. False when nothing was to do."""
    return runs.work_next(_LANE, now=now, stop=stop)


def next_run_at(connection: Connection, now: datetime) -> datetime | None:
    """When an active connection runs next; at once where signed calls wait for it."""
    waits = connection.state == Connection.State.ACTIVE and not connection.faults and connection.pk
    if waits and connection.calls.filter(pk__gt=_last_call(connection)).exists():
        return now
    return runs.after_rest(connection, now)


def _last_call(connection: Connection) -> int:
    """The number of the last signed call that landed; of other sources there are no calls."""
    return int(connection.cursor) if connection.cursor.isdigit() else 0


def _queue(connection: Connection, now: datetime) -> Run:
    return Run.objects.create(connection=connection, cursor_from=connection.cursor, queued_at=now)


def _work(run: Run, now: datetime, stop: runs.Stop) -> str:
    connection = run.connection
    lander: Lander = (OrderLander if connection.target == "orders" else MessageLander)(connection, run, now=now)
    for pulled in _batches(connection, run, now, stop):
        if stop() or runs.is_halted(run):
            return State.QUEUED
        if not lander.land(pulled):
            return State.CANCELLED
    if not lander.finish():
        return State.CANCELLED
    if run.kind == "pull" and not run.cursor_from:
        # All rows were read: what was refused before and is not now has been mended where it comes from.
        connection.refused.exclude(run=run).delete()
    return State.DONE


def _batches(connection: Connection, run: Run, now: datetime, stop: runs.Stop) -> Iterator[Pulled]:
    if run.kind == "replay":
        yield from _refused_again(connection, run)
        return
    source = source_of(connection, now=now, sleep=runs.rest(run, stop))
    try:
        yield from source.pull(connection.cursor)
    finally:
        source.close()


def _refused_again(connection: Connection, run: Run) -> Iterator[Pulled]:
    """The rows that were refused before this run, but for those that are broken where they come from; what lands now
    is taken off the list in the same transaction or, after a kill in between, comes again and is the same."""
    last = 0
    earlier = RefusedRow.objects.filter(connection=connection).exclude(run=run).exclude(code__in=BROKEN)
    while rows := list(earlier.filter(pk__gt=last).order_by("pk")[:REPLAY_AT_ONCE]):
        last = rows[-1].pk
        for file, found in groupby(rows, key=lambda row: str(row.details.get("file", ""))):
            again = list(found)
            numbers = pa.array([row.row for row in again], pa.int64())
            yield Pulled(table_of([row.content for row in again]), connection.cursor, rows=numbers, file=file)
        RefusedRow.objects.filter(pk__in=[row.pk for row in rows]).exclude(run=run).delete()


_SAFE = _noop("Nothing is lost: rows that landed stay, and the next run goes on behind them.")
_LANE = runs.Lane(Run, Connection, "source", _work, next_run_at, _queue, _SAFE)
