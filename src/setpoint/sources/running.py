"""Runs: the worker pulls what is due, batch by batch; each batch lands with its cursor, so a killed run goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.customers.locks import exclusive
from setpoint.kernel.errors import SetpointError
from setpoint.sources.landing import Lander, MessageLander, State, locked
from setpoint.sources.models import Connection, RefusedRow, Run
from setpoint.sources.order_landing import OrderLander
from setpoint.sources.reading import table_of
from setpoint.sources.secrets import source_of
from setpoint.sources.types import Pulled

OPEN = (State.QUEUED, State.RUNNING, State.CANCELLING)
LONGEST_REST = timedelta(days=1)
REPLAY_AT_ONCE = 1_000
_log = logging.getLogger(__name__)


def run_next(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run the oldest run that waits, or one whose worker died; queue what is due first. False when nothing was to do."""
    queue_due(now=now)
    waiting = Run.objects.filter(state__in=OPEN).order_by("queued_at", "pk").values_list("pk", "connection_id")
    return any(run_one(run_id, connection_id, now=now, stop=stop) for run_id, connection_id in list(waiting[:100]))


def is_idle() -> bool:
    """Whether no run waits or works."""
    return not Run.objects.filter(state__in=OPEN).exists()


def queue_due(*, now: datetime) -> int:
    """Queue a run of each active connection whose time has come and that has none open."""
    due = Connection.objects.filter(state=Connection.State.ACTIVE, next_run_at__lte=now)
    count = 0
    for connection in due.exclude(runs__state__in=OPEN)[:100]:
        count += _queue_quietly(connection, now)
    return count


def _queue_quietly(connection: Connection, now: datetime) -> int:
    try:
        with transaction.atomic():
            Run.objects.create(connection=connection, cursor_from=connection.cursor, queued_at=now)
    except IntegrityError:
        return 0  # Another worker queued it in the same moment.
    return 1


def run_one(run_id: int, connection_id: int, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run a run to its end, until `stop()`, or until it is cancelled. False when another worker holds its connection."""
    with exclusive(f"source-{connection_id}") as mine:
        return mine and _run_held(run_id, now=now, stop=stop)


def _run_held(run_id: int, *, now: datetime, stop: Callable[[], bool]) -> bool:
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("connection").filter(pk=run_id).first()
        if run is None or run.state not in OPEN:
            return False
        if run.state == State.CANCELLING:
            _end(run, State.CANCELLED, now=now)
            return True
        run.state, run.started_at = State.RUNNING, run.started_at or now
        run.save(update_fields=["state", "started_at"])
    state, failure = _attempt(run, now=now, stop=stop)
    _finish(run, state, failure, now=now)
    return True


def _attempt(run: Run, *, now: datetime, stop: Callable[[], bool]) -> tuple[str, dict[str, Any] | None]:
    try:
        return _run_batches(run, now=now, stop=stop), None
    except SetpointError as error:
        return State.FAILED, error.to_dict()
    except Exception as error:
        # A source is somebody else's code; whatever it raises is told to people and must not stop the lane.
        _log.exception("A run of the connection %s failed.", run.connection.name)
        cause = _("The source failed: %(cause)s") % {"cause": f"{type(error).__name__}: {error}"[:300]}
        return State.FAILED, {"code": "source_failed", "message": cause, "remedy": _("Test the connection.")}


def _run_batches(run: Run, *, now: datetime, stop: Callable[[], bool]) -> str:
    connection = run.connection
    lander: Lander = (OrderLander if connection.target == "orders" else MessageLander)(connection, run, now=now)
    for pulled in _batches(connection, run, now):
        if stop():
            return State.QUEUED
        if not lander.land(pulled):
            return State.CANCELLED
    return State.DONE if lander.finish() else State.CANCELLED


def _batches(connection: Connection, run: Run, now: datetime) -> Iterator[Pulled]:
    if run.kind == "replay":
        yield from _refused_again(connection, run)
        return
    source = source_of(connection, now=now)
    try:
        yield from source.pull(connection.cursor)
    finally:
        source.close()


def _refused_again(connection: Connection, run: Run) -> Iterator[Pulled]:
    """The rows that were refused before this run; what lands now is taken off the list in the same transaction or,
    after a kill in between, comes again and is the same."""
    last = 0
    while rows := list(
        RefusedRow.objects.filter(connection=connection, pk__gt=last).exclude(run=run).order_by("pk")[:REPLAY_AT_ONCE]
    ):
        last = rows[-1].pk
        numbers = pa.array([row.row for row in rows], pa.int64())
        yield Pulled(table_of([row.content for row in rows]), connection.cursor, rows=numbers)
        RefusedRow.objects.filter(pk__in=[row.pk for row in rows]).exclude(run=run).delete()


def _finish(run: Run, state: str, failure: dict[str, Any] | None, *, now: datetime) -> None:
    with transaction.atomic():
        current = locked(run)
        if current.state == State.CANCELLING and state == State.QUEUED:
            state = State.CANCELLED
        current.failure = failure
        _end(current, state, now=now)


def _end(run: Run, state: str, *, now: datetime) -> None:
    """Write a run's end, count faults in a row, and set the next run: later and later while it keeps failing."""
    run.state, run.finished_at = state, None if state == State.QUEUED else now
    run.save(update_fields=["state", "finished_at", "failure"])
    connection = Connection.objects.select_for_update().get(pk=run.connection_id)
    if state in (State.DONE, State.FAILED):
        connection.faults = connection.faults + 1 if state == State.FAILED else 0
    connection.next_run_at = next_run_at(connection, now=now)
    connection.save(update_fields=["faults", "next_run_at"])


def next_run_at(connection: Connection, *, now: datetime) -> datetime | None:
    """When an active connection runs next; None without a schedule or while it is paused."""
    if connection.state != Connection.State.ACTIVE:
        return None
    if not connection.faults and connection.pk and connection.calls.filter(pk__gt=_last_call(connection)).exists():
        return now
    if not connection.schedule_minutes:
        return None
    rest = timedelta(minutes=connection.schedule_minutes)
    later: timedelta = max(rest, min(rest * 2 ** min(connection.faults, 10), LONGEST_REST))
    return now + later


def _last_call(connection: Connection) -> int:
    """The number of the last signed call that landed; of other sources there are no calls."""
    return int(connection.cursor) if connection.cursor.isdigit() else 0
