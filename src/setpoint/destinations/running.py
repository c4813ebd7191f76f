"""Runs: the worker sends what is due, batch by batch. A batch is computed anew from its place after a stop and carries
the same token, and what was sent of each row is written with the place: nothing is left out, nothing sent twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.customers.bulk import write_rows
from setpoint.customers.locks import exclusive
from setpoint.destinations.feeding import Out, Piece, columns_of, pieces
from setpoint.destinations.models import Export, ExportRun, SentRow, UntakenRow
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.types import Batch, Column, Destination, OutRow, Refusal, folder_under
from setpoint.kernel.errors import SetpointError
from setpoint.sources.secrets import held_secrets
from setpoint.sources.types import Context

State = ExportRun.State
OPEN = (State.QUEUED, State.RUNNING, State.CANCELLING)
LONGEST_REST = timedelta(days=1)
_log = logging.getLogger(__name__)
_Place: TypeAlias = "tuple[int, str]"


def run_next(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run the oldest run that waits, or one whose worker died; queue what is due first. False when nothing was to do."""
    _queue_due(now=now)
    waiting = ExportRun.objects.filter(state__in=OPEN).order_by("queued_at", "pk").values_list("pk", "export_id")
    return any(run_one(run_id, export_id, now=now, stop=stop) for run_id, export_id in list(waiting[:100]))


def run_one(run_id: int, export_id: int, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run a run to its end, until `stop()`, or until it is cancelled. False when another worker holds its export."""
    with exclusive(f"export-{export_id}") as mine:
        return mine and _run_held(run_id, now=now, stop=stop)


def destination_of(export: Export, *, now: datetime) -> Destination:
    """The destination, ready to be written to."""
    folder = folder_under(django_settings.SETPOINT_HOME, export.pk or 0)
    context = Context(export.pk or 0, folder, export.allow_private, now)
    told = export.settings | held_secrets(export, context=context_of(export))
    return DESTINATIONS.get(export.plugin)(told, context)


def context_of(export: Export) -> str:
    """What an export's secrets are bound to."""
    return f"export:{export.pk or 0}"


def next_run_at(export: Export, *, now: datetime) -> datetime | None:
    """When an active export runs next; None without a schedule or while it is paused."""
    if export.state != Export.State.ACTIVE or not export.schedule_minutes:
        return None
    rest = timedelta(minutes=export.schedule_minutes)
    later: timedelta = max(rest, min(rest * 2 ** min(export.faults, 10), LONGEST_REST))
    return now + later


def _queue_due(*, now: datetime) -> None:
    due = Export.objects.filter(state=Export.State.ACTIVE, next_run_at__lte=now)
    for export in due.exclude(runs__state__in=OPEN)[:100]:
        try:
            with transaction.atomic():
                ExportRun.objects.create(export=export, queued_at=now)
        except IntegrityError:
            continue  # another worker queued it in the same moment


def _run_held(run_id: int, *, now: datetime, stop: Callable[[], bool]) -> bool:
    with transaction.atomic():
        run = ExportRun.objects.select_for_update().select_related("export").filter(pk=run_id).first()
        if run is None or run.state not in OPEN:
            return False
        if run.state == State.CANCELLING:
            _end(run, State.CANCELLED, None, now=now)
            return True
        run.state, run.started_at = State.RUNNING, run.started_at or now
        run.save(update_fields=["state", "started_at"])
    state, failure = _attempt(run, now=now, stop=stop)
    with transaction.atomic():
        run = ExportRun.objects.select_for_update().get(pk=run_id)
        _end(run, State.CANCELLED if run.state == State.CANCELLING else state, failure, now=now)
    return True


def _attempt(
    run: ExportRun, *, now: datetime, stop: Callable[[], bool]
) -> tuple[ExportRun.State, dict[str, Any] | None]:
    try:
        return _send(run, now=now, stop=stop), None
    except SetpointError as error:
        return State.FAILED, error.to_dict()
    except Exception as error:
        # A destination is somebody else's code; whatever it raises is told to people and must not stop the lane.
        _log.exception("A run of the export %s failed.", run.export.name)
        cause = _("The destination failed: %(cause)s") % {"cause": f"{type(error).__name__}: {error}"[:300]}
        return State.FAILED, {"code": "destination_failed", "message": cause, "remedy": _("Test the destination.")}


def _send(run: ExportRun, *, now: datetime, stop: Callable[[], bool]) -> ExportRun.State:
    columns = columns_of(run.export)
    destination = destination_of(run.export, now=now)
    try:
        for piece in pieces(run.export, columns, after=run.cursor, as_of=run.started_at or now):
            if stop():
                return State.QUEUED
            if ExportRun.objects.filter(pk=run.pk, state=State.CANCELLING).exists():
                return State.CANCELLED
            _send_piece(run, destination, columns, piece, now=now)
        destination.finish(_token(run))
        return State.DONE
    finally:
        destination.close()


def _send_piece(
    run: ExportRun, destination: Destination, columns: Sequence[Column], piece: Piece, *, now: datetime
) -> None:
    """Write a piece, then note in one transaction what was sent and how far the run has come."""
    names = {column.source: column.name for column in columns}
    keys = [column.source for column in columns if column.is_key]
    before = _sent_before(run.export, piece)
    digests = {(out.customer_id, out.part): _digest(out.row, names) for out in piece.rows}
    whole = destination.takes_all
    offered = [out for out in piece.rows if whole or _is_news(out, before, digests)]
    gone = {place: key for place, (key, _digest_before) in before.items() if place not in digests}
    batch = Batch(
        f"{_token(run)}:{run.batches}",
        run.batches,
        columns,
        [{names[source]: value for source, value in out.row.items()} for out in offered],
        [] if whole else [{names[source]: value for source, value in key.items()} for key in gone.values()],
    )
    refused = destination.write(batch) if whole or batch.rows or batch.gone else []
    untaken = {refusal.place for refusal in refused}
    taken = [out for place, out in enumerate(offered) if place not in untaken]
    with transaction.atomic():
        _note_sent(run.export, taken, keys, digests, gone)
        _note_untaken(run, piece, offered, refused, now=now)
        _move_on(run, piece, written=len(taken), refused=len(refused), removed=len(gone))


def _is_news(out: Out, before: Mapping[_Place, tuple[Any, str]], digests: Mapping[_Place, str]) -> bool:
    place = (out.customer_id, out.part)
    return place not in before or before[place][1] != digests[place]


def _sent_before(export: Export, piece: Piece) -> dict[_Place, tuple[dict[str, Any], str]]:
    rows = SentRow.objects.filter(export=export, customer_id__gt=piece.after, customer_id__lte=piece.upto)
    return {
        (pk, part): (key, digest) for pk, part, key, digest in rows.values_list("customer_id", "part", "key", "digest")
    }


def _digest(row: OutRow, names: Mapping[str, str]) -> str:
    told = msgspec.json.encode([[names[source], value] for source, value in row.items()])
    return blake2b(told, digest_size=16).hexdigest()


def _note_sent(
    export: Export,
    taken: Sequence[Out],
    keys: Sequence[str],
    digests: Mapping[_Place, str],
    gone: Mapping[_Place, object],
) -> None:
    write_rows(
        SentRow,
        {
            "export_id": [export.pk] * len(taken),
            "customer_id": [out.customer_id for out in taken],
            "part": [out.part for out in taken],
            "key": [{name: out.row[name] for name in keys} for out in taken],
            "digest": [digests[out.customer_id, out.part] for out in taken],
        },
        unique=["export_id", "customer_id", "part"],
        update=["key", "digest"],
    )
    for customer_id, part in gone:
        SentRow.objects.filter(export=export, customer_id=customer_id, part=part).delete()


def _note_untaken(
    run: ExportRun, piece: Piece, offered: Sequence[Out], refused: Sequence[Refusal], *, now: datetime
) -> None:
    here = UntakenRow.objects.filter(export=run.export, customer_id__gt=piece.after, customer_id__lte=piece.upto)
    here.delete()
    UntakenRow.objects.bulk_create(
        UntakenRow(
            export=run.export,
            run=run,
            customer_id=offered[one.place].customer_id,
            part=offered[one.place].part,
            cause=one.cause[:500],
            remedy=one.remedy[:500],
            refused_at=now,
        )
        for one in refused
    )


def _move_on(run: ExportRun, piece: Piece, *, written: int, refused: int, removed: int) -> None:
    run.rows_read += len(piece.rows)
    run.rows_written += written
    run.rows_refused += refused
    run.rows_same += len(piece.rows) - written - refused
    run.rows_removed += removed
    run.cursor, run.batches = piece.upto, run.batches + 1
    counts = ("rows_read", "rows_written", "rows_refused", "rows_same", "rows_removed")
    run.save(update_fields=[*counts, "cursor", "batches"])


def _token(run: ExportRun) -> str:
    return f"export:{run.export_id}:{run.pk}"


def _end(run: ExportRun, state: ExportRun.State, failure: dict[str, Any] | None, *, now: datetime) -> None:
    """Write a run's end, count faults in a row, and set the next run: later and later while it keeps failing."""
    run.state, run.failure, run.finished_at = state, failure, None if state == State.QUEUED else now
    run.save(update_fields=["state", "failure", "finished_at"])
    export = Export.objects.select_for_update().get(pk=run.export_id)
    if state in (State.DONE, State.FAILED):
        export.faults = export.faults + 1 if state == State.FAILED else 0
    export.next_run_at = next_run_at(export, now=now)
    export.save(update_fields=["faults", "next_run_at"])
