"""Runs: the worker sends what is due, batch by batch. A batch is computed anew from its place after a stop and carries
the same token, and what was sent of each row is written with the place: nothing is left out, nothing sent twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec
from django.conf import settings as django_settings
from django.db import transaction
from django.utils.translation import gettext_noop as _noop

from setpoint.customers.bulk import write_rows
from setpoint.destinations.feeding import Out, Piece, columns_of, pieces
from setpoint.destinations.models import Export, ExportRun, SentRow, UntakenRow
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.types import Batch, Column, Destination, OutRow, Refusal, folder_under
from setpoint.sources import runs
from setpoint.sources.secrets import held_secrets
from setpoint.sources.types import Context

State = ExportRun.State
_Place: TypeAlias = "tuple[int, str]"


def run_next(*, now: datetime, stop: runs.Stop = lambda: False) -> bool:
    """Run the oldest run that waits, or one whose worker died; queue what is due first. False when nothing was to do."""
    return runs.work_next(_LANE, now=now, stop=stop)


def destination_of(export: Export, *, now: datetime, sleep: Callable[[float], object] = time.sleep) -> Destination:
    """The destination, ready to be written to."""
    folder = folder_under(django_settings.SETPOINT_HOME, export.pk or 0)
    context = Context(export.pk or 0, folder, export.allow_private, now, sleep)
    told = export.settings | held_secrets(export, context=context_of(export))
    return DESTINATIONS.get(export.plugin)(told, context)


def context_of(export: Export) -> str:
    """What an export's secrets are bound to."""
    return f"export:{export.pk or 0}"


def _queue(export: Export, now: datetime) -> ExportRun:
    return ExportRun.objects.create(export=export, queued_at=now)


def _send(run: ExportRun, now: datetime, stop: runs.Stop) -> ExportRun.State:
    columns = columns_of(run.export)
    destination = destination_of(run.export, now=now, sleep=runs.rest(run, stop))
    try:
        for piece in pieces(run.export, columns, after=run.cursor, as_of=run.started_at or now):
            if stop() or runs.is_halted(run):
                return State.QUEUED
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


_SAFE = _noop("Nothing is lost and nothing is sent twice: the next run sends what this one did not.")
_LANE = runs.Lane(ExportRun, Export, "export", _send, runs.after_rest, _queue, _SAFE)
