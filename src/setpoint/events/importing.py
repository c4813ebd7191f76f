"""Imports of files: create, preview, run in chunks, cancel, resume; the good rows land, the bad ones can be downloaded.

A chunk is one transaction: its messages, its problems and the job's progress. So a run that is killed is taken up behind
its last chunk, and message ids made of file, mapping and row number let a repeated import land once (for the 30 days
that message ids are kept).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from uuid import uuid4

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.events import inbox
from setpoint.events.csvfile import RawRow
from setpoint.events.files import DataFile, understand
from setpoint.events.locks import exclusive
from setpoint.events.mapping import RowReader, check_mapping, suggest
from setpoint.events.messages import Row
from setpoint.events.models import ImportJob, ImportProblem
from setpoint.events.problems import BadRow, Problem, shown
from setpoint.events.types import FileKind, Preview, RowProblem, Target
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

CHUNK = 5_000
PREVIEW_ROWS = 20
MOST_PROBLEMS_KEPT = 10_000
MOST_BYTES = 2 * 1024**3
_PIECE = 1 << 20
State = ImportJob.State


class Upload(Protocol):
    """A file that is being uploaded (Django's UploadedFile is one)."""

    def chunks(self) -> Iterator[bytes]:
        """The content, piece by piece."""
        ...


def create_import(
    name: str,
    source: Path | BinaryIO | Upload,
    *,
    target: Target,
    now: datetime,
    mapping: Mapping[str, Any] | None = None,
    start: bool = False,
) -> ImportJob:
    """Keep a file under SETPOINT_HOME/imports and look through it once: kind, encoding, columns, a suggested mapping.

    Nothing lands before `start_import`, unless `start` queues it at once. Raises Invalid for an empty or unreadable file or a mapping that does not fit.
    """
    if target not in ("customers", "events"):
        raise Invalid(_("An import is of customers or events."), remedy=_("Choose one of the two."), field="target")
    folder = _folder()
    path = folder / uuid4().hex
    try:
        _keep(source, path)
        file = understand(path)
        chosen = dict(mapping) if mapping else suggest(file.columns, target)
        if mapping or start:
            check_mapping(chosen, file.columns, target)
    except SetpointError:
        path.unlink(missing_ok=True)
        raise
    job = ImportJob.objects.create(
        name=_clean(name) or "import",
        target=target,
        kind=file.kind,
        file=path.name,
        size=file.size,
        digest=file.digest,
        encoding=file.encoding,
        delimiter=file.delimiter,
        columns=list(file.columns),
        mapping=chosen,
        warnings=list(file.warnings),
        rows_total=file.rows_estimate,
        created_at=now,
    )
    return start_import(job.pk, now=now) if start else job


def get_import(job_id: int) -> ImportJob:
    """The job of this id; NotFound when there is none."""
    job = ImportJob.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFound(_("There is no import with this id."), remedy=_("List the imports to see their ids."))
    return job


def list_imports(*, limit: int = 50, offset: int = 0) -> list[ImportJob]:
    """Jobs, newest first."""
    return list(ImportJob.objects.order_by("-pk")[offset : offset + limit])


def preview_import(job_id: int, *, mapping: Mapping[str, Any] | None = None) -> Preview:
    """The first 20 rows, how they were understood, and what is wrong with them under a mapping (default: the job's)."""
    job = get_import(job_id)
    chosen = dict(mapping) if mapping is not None else job.mapping
    rows = list(islice(_file(job).rows(), PREVIEW_ROWS))
    columns = tuple(job.columns)
    return Preview(
        kind=cast(FileKind, job.kind),
        encoding=job.encoding,
        delimiter=job.delimiter,
        columns=columns,
        rows=tuple(
            {name: _shown_cell(value) for name, value in zip(columns, row.values, strict=False)} for row in rows
        ),
        mapping=chosen,
        warnings=tuple(_(warning) for warning in job.warnings),
        problems=tuple(_preview_problems(job, chosen, rows)),
    )


def start_import(job_id: int, *, now: datetime, mapping: Mapping[str, Any] | None = None) -> ImportJob:
    """Queue a job that was just created, with this mapping or the one it has. Raises Invalid where it does not fit."""
    with transaction.atomic():
        job = _locked(job_id)
        _require(job, State.CREATED, _("Only an import that has not run yet can be started."))
        job.mapping = check_mapping(mapping if mapping is not None else job.mapping, job.columns, _target(job))
        return _queued(job, now)


def resume_import(job_id: int, *, now: datetime) -> ImportJob:
    """Queue a cancelled or failed job again; it goes on behind its last chunk."""
    with transaction.atomic():
        job = _locked(job_id)
        _require(job, (State.CANCELLED, State.FAILED), _("Only a cancelled or failed import can be resumed."))
        return _queued(job, now)


def cancel_import(job_id: int, *, now: datetime) -> ImportJob:
    """Stop a job: at once when it waits, before the next chunk when it runs. Rows that landed stay."""
    with transaction.atomic():
        job = _locked(job_id)
        if job.state in (State.CREATED, State.QUEUED):
            job.state, job.finished_at = State.CANCELLED, now
        elif job.state == State.RUNNING:
            job.state = State.CANCELLING
        job.save(update_fields=["state", "finished_at"])
        return job


def run_next_import(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run the oldest queued job, or one whose worker died. False when there is none that another does not hold."""
    waiting = ImportJob.objects.filter(state__in=[State.QUEUED, State.RUNNING, State.CANCELLING])
    ids = list(waiting.order_by("queued_at", "pk").values_list("pk", flat=True))
    return any(run_import(job_id, now=now, stop=stop) for job_id in ids)


def run_import(job_id: int, *, now: datetime, stop: Callable[[], bool] = lambda: False) -> bool:
    """Run a queued job to its end, until `stop()`, or until it is cancelled. False when another worker holds it.

    A job stopped by `stop` stays queued. What goes wrong with the file ends in the state failed, with cause and remedy.
    """
    with exclusive(f"import-{job_id}") as mine:
        return mine and _run_held(job_id, now=now, stop=stop)


def problems(job_id: int, *, limit: int = 100, offset: int = 0) -> list[RowProblem]:
    """Rows that did not land, in the order of the file; of the first 10,000 each with field, cause and remedy."""
    rows = get_import(job_id).problems.order_by("row", "pk")[offset : offset + limit]
    return [shown(problem.row, problem.field, problem.code, problem.details) for problem in rows]


def problems_path(job_id: int) -> Path:
    """A CSV of all rows that did not land: the row as it was, with its number and what is wrong. NotFound when none."""
    job = get_import(job_id)
    path = _problem_path(job)
    if not job.rows_bad or not path.exists():
        raise NotFound(_("This import has no bad rows."), remedy=_("See its figures for what landed."))
    return path


def _run_held(job_id: int, *, now: datetime, stop: Callable[[], bool]) -> bool:
    job = get_import(job_id)
    if job.state == State.CANCELLING:
        _finish(job, State.CANCELLED, now=now)
        return True
    if job.state not in (State.QUEUED, State.RUNNING):
        return False
    job.state, job.started_at = State.RUNNING, job.started_at or now
    job.save(update_fields=["state", "started_at"])
    try:
        state = _run_chunks(job, now=now, stop=stop)
    except (SetpointError, OSError) as error:
        job.failure = _failure(error)
        state = State.FAILED
    _finish(job, state, now=now)
    return True


def _run_chunks(job: ImportJob, *, now: datetime, stop: Callable[[], bool]) -> ImportJob.State:
    reader = _Chunks(job, now=now)
    rows = (row for row in _file(job).rows() if row.number > job.rows_read)
    while chunk := list(islice(rows, CHUNK)):
        if stop():
            return State.QUEUED
        if not reader.land(chunk):
            return State.CANCELLED
    return State.DONE


class _Chunks:
    """Lands one chunk after the other."""

    def __init__(self, job: ImportJob, *, now: datetime) -> None:
        mapping = check_mapping(job.mapping, job.columns, _target(job))
        self._job = job
        self._now = now
        self._reader = RowReader(mapping, job.columns, _target(job), at=job.created_at)
        plan = msgspec.json.encode([job.digest, job.target, mapping], order="sorted")
        self._prefix = hashlib.sha256(plan).hexdigest()[:32]

    def land(self, chunk: Sequence[RawRow]) -> bool:
        """One transaction: messages, problems, progress. False, and nothing lands, when the job is being cancelled."""
        good, bad = self._sorted_out(chunk)
        written = _append_problems(self._job, bad)
        with transaction.atomic():
            current = _locked(self._job.pk)
            if current.state != State.RUNNING:
                return False
            self._record(current, chunk, inbox.insert(good), bad, written)
        self._job = current
        return True

    def _record(
        self, job: ImportJob, chunk: Sequence[RawRow], new: int, bad: Sequence[tuple[RawRow, Problem]], written: int
    ) -> None:
        room = max(MOST_PROBLEMS_KEPT - job.rows_bad, 0)
        ImportProblem.objects.bulk_create(
            ImportProblem(job=job, row=row.number, field=why.field, code=why.code, details=dict(why.details))
            for row, why in bad[:room]
        )
        job.rows_read = chunk[-1].number
        job.rows_good += len(chunk) - len(bad)
        job.rows_bad += len(bad)
        job.rows_new += new
        job.rows_total = max(job.rows_total, job.rows_read)
        job.problem_bytes = written
        job.save()

    def _sorted_out(self, chunk: Sequence[RawRow]) -> tuple[list[Row], list[tuple[RawRow, Problem]]]:
        good: list[Row] = []
        bad: list[tuple[RawRow, Problem]] = []
        for row in chunk:
            try:
                if row.problem:
                    bad.append((row, row.problem))
                else:
                    message_id = f"import-{self._prefix}-{row.number}"
                    good.append(self._reader.row(row.values, message_id=message_id, received=self._now))
            except BadRow as error:
                bad.append((row, error.problem))
        return good, bad


def _append_problems(job: ImportJob, bad: Sequence[tuple[RawRow, Problem]]) -> int:
    """Add rows to the file of problems behind its last durable byte; returns where it ends now."""
    if not bad:
        return job.problem_bytes
    text = io.StringIO()
    writer = csv.writer(text)
    if not job.problem_bytes:
        writer.writerow([*job.columns, "row", "error_field", "error", "remedy"])
    width = len(job.columns)
    for row, problem in bad:
        why = problem.shown(row.number)
        values = [_safe_cell(value) for value in row.values[:width]]
        writer.writerow([*values, *[""] * (width - len(values)), row.number, why.field, why.cause, why.remedy])
    with _problem_path(job).open("ab") as file:
        file.truncate(job.problem_bytes)
        file.seek(0, os.SEEK_END)
        file.write((b"" if job.problem_bytes else b"\xef\xbb\xbf") + text.getvalue().encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _finish(job: ImportJob, state: ImportJob.State, *, now: datetime) -> None:
    """Write the end of a run; a cancellation that came while it ended wins over "queued again"."""
    with transaction.atomic():
        current = _locked(job.pk)
        if current.state == State.CANCELLING and state == State.QUEUED:
            state = State.CANCELLED
        current.state, current.failure = state, job.failure if state == State.FAILED else None
        current.finished_at = None if state == State.QUEUED else now
        if state == State.DONE:
            current.rows_total = current.rows_read
        current.save(update_fields=["state", "failure", "finished_at", "rows_total"])


def _failure(error: SetpointError | OSError) -> dict[str, Any]:
    if isinstance(error, SetpointError):
        return error.to_dict()
    cause = _("The file cannot be read: %(cause)s.") % {"cause": error.strerror or error}
    return {"code": "unreadable", "message": cause, "remedy": _("Upload it again.")}


def _preview_problems(job: ImportJob, mapping: Mapping[str, Any], rows: Iterable[RawRow]) -> Iterator[RowProblem]:
    try:
        checked = check_mapping(mapping, job.columns, _target(job))
    except Invalid as error:
        yield RowProblem(0, error.field or "", error.message, error.remedy)
        return
    reader = RowReader(checked, job.columns, _target(job), at=job.created_at)
    for row in rows:
        try:
            if row.problem:
                yield row.problem.shown(row.number)
            else:
                reader.row(row.values, message_id="preview", received=job.created_at)
        except BadRow as error:
            yield error.problem.shown(row.number)


def _locked(job_id: int) -> ImportJob:
    job = ImportJob.objects.select_for_update().filter(pk=job_id).first()
    return job or get_import(job_id)


def _require(job: ImportJob, states: str | tuple[str, ...], message: str) -> None:
    if job.state not in (states if isinstance(states, tuple) else (states,)):
        raise Conflict(message, remedy=_("This one is in the state %(state)s.") % {"state": job.state})


def _queued(job: ImportJob, now: datetime) -> ImportJob:
    job.state, job.queued_at, job.finished_at, job.failure = State.QUEUED, now, None, None
    job.save(update_fields=["state", "queued_at", "finished_at", "failure", "mapping"])
    return job


def _target(job: ImportJob) -> Target:
    return cast(Target, job.target)


def _file(job: ImportJob) -> DataFile:
    return DataFile(
        path=_folder() / job.file,
        kind=cast(FileKind, job.kind),
        digest=job.digest,
        size=job.size,
        columns=tuple(job.columns),
        rows_estimate=job.rows_total,
        encoding=job.encoding,
        delimiter=job.delimiter,
    )


def _folder() -> Path:
    folder = Path(settings.SETPOINT_HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _problem_path(job: ImportJob) -> Path:
    return _folder() / f"{job.file}.problems.csv"


def _keep(source: Path | BinaryIO | Upload, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        for piece in _pieces(source):
            size += len(piece)
            if size > MOST_BYTES:
                raise Invalid(
                    _("The file is larger than %(limit)s bytes.") % {"limit": MOST_BYTES},
                    remedy=_("Split it into several files."),
                    field="file",
                )
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _pieces(source: Path | BinaryIO | Upload) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _pieces(file)
    elif hasattr(source, "chunks"):
        yield from source.chunks()
    else:
        while piece := source.read(_PIECE):
            yield piece


def _clean(name: str) -> str:
    return "".join(character for character in name if character.isprintable()).strip()[:200]


def _shown_cell(value: Any) -> Any:
    shown_value = value if value is None or isinstance(value, bool | int | float) else str(value)
    return shown_value[:500].replace("\0", "\ufffd") if isinstance(shown_value, str) else shown_value


def _safe_cell(value: Any) -> str:
    """A cell that spreadsheet programs do not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=@\t\r" and text else text
