"""Running imports: the good rows land, the bad ones can be downloaded.

A chunk is one transaction: its customers or events, its problems and the job's progress. So a run that is killed is
taken up behind its last chunk. A repeated import of customers says nothing new of them; of events it lands once, by
message ids made of file, mapping and row number (for the 30 days that message ids are kept).
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

import msgspec
from django.db import transaction
from django.utils.translation import gettext_noop as _noop

from setpoint.customers.locks import exclusive
from setpoint.events import inbox, landing
from setpoint.events.csvfile import RawRow
from setpoint.events.importing import State, create_import, get_import, locked_job, problems, target_of
from setpoint.events.landing import Bad, Good
from setpoint.events.mapping import GUARDED, REASONS, RowReader, check_mapping
from setpoint.events.models import ImportJob, ImportProblem
from setpoint.events.problems import BadRow
from setpoint.events.telling import outcome_lines, understood_lines
from setpoint.events.types import Target
from setpoint.events.uploads import file_of, problem_path
from setpoint.governance.failures import kept
from setpoint.governance.failures import worded as _
from setpoint.governance.services import notify, record_audit
from setpoint.governance.types import NoticeKind
from setpoint.kernel import clock
from setpoint.kernel.errors import SetpointError

CHUNK = 5_000
MOST_PROBLEMS_KEPT = 10_000
_SAFE = _noop("Nothing is lost: rows that landed stay; import the file again, and no row lands twice.")
OUTCOMES = ("rows_created", "rows_changed", "rows_same")


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


def import_file(
    path: Path,
    *,
    target: str,
    now: datetime,
    mapping: Mapping[str, Any] | None = None,
    report: Callable[[str], Any] = lambda line: None,
) -> dict[str, Any]:
    """Import one file in the foreground. `report` is told of how the file was understood, of progress, of the first bad
    rows, and of what became of all rows, a line each.

    Returns id, state, rows_read, rows_good, rows_created, rows_changed, rows_same, rows_bad, and the first 100 problems as dictionaries. Raises
    Invalid where nothing can be imported.
    """
    job = create_import(path.name, path, target=cast(Target, target), mapping=mapping, now=now, start=True)

    for line in understood_lines(job):
        report(line)

    def progress() -> bool:
        seen = get_import(job.pk)
        if seen.rows_read:
            report(
                _("%(read)s of about %(total)s rows") % {"read": f"{seen.rows_read:,}", "total": f"{seen.rows_total:,}"}
            )
        return False

    run_import(job.pk, now=now, stop=progress)
    job = get_import(job.pk)
    bad = [asdict(problem) for problem in problems(job.pk)]
    for line in outcome_lines(job, bad):
        report(line)
    figures = ("state", "rows_read", "rows_good", *OUTCOMES, "rows_bad", "failure")
    return {"id": job.pk, **{name: getattr(job, name) for name in figures}, "problems": bad}


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
        job.failure = kept(error, safe=_SAFE)
        state = State.FAILED
    _finish(job, state, now=now)
    return True


def _run_chunks(job: ImportJob, *, now: datetime, stop: Callable[[], bool]) -> ImportJob.State:
    reader = _Chunks(job, now=now)
    rows = (row for row in file_of(job).rows() if row.number > job.rows_read)
    while chunk := list(islice(rows, CHUNK)):
        if stop():
            return State.QUEUED
        if not reader.land(chunk):
            return State.CANCELLED
    return State.DONE


class _Chunks:
    """Lands one chunk after the other."""

    def __init__(self, job: ImportJob, *, now: datetime) -> None:
        mapping = check_mapping(job.mapping, job.columns, target_of(job))
        self._job = job
        self._now = now
        self._reader = RowReader(mapping, job.columns, target_of(job), at=job.created_at)
        plan = msgspec.json.encode([job.digest, job.target, mapping], order="sorted")
        self._prefix = hashlib.sha256(plan).hexdigest()[:32]

    def land(self, chunk: Sequence[RawRow]) -> bool:
        """One transaction: rows, problems, progress. False, and nothing lands, when the job is being cancelled."""
        good, bad = self._sorted_out(chunk)
        with transaction.atomic():
            current = locked_job(self._job.pk)
            if current.state != State.RUNNING:
                return False
            outcomes = self._landed(good, bad)
            written = _append_problems(current, bad)
            self._record(current, chunk, outcomes, bad, written)
        self._job = current
        return True

    def _landed(self, good: Sequence[Good], bad: list[Bad]) -> Counter[str]:
        """How many rows were created, changed or same; what proves to be bad only now joins the bad."""
        if target_of(self._job) == "events":
            new = inbox.insert([row for _raw, row in good])
            return Counter(created=new, same=len(good) - new)
        outcomes, refused = landing.land(good, now=self._now, source=f"import {self._job.pk}: {self._job.name}"[:100])
        bad += refused
        bad.sort(key=lambda one: one[0].number)
        return outcomes

    def _record(
        self, job: ImportJob, chunk: Sequence[RawRow], outcomes: Counter[str], bad: Sequence[Bad], written: int
    ) -> None:
        room = max(MOST_PROBLEMS_KEPT - job.rows_bad, 0)
        ImportProblem.objects.bulk_create(
            ImportProblem(job=job, row=row.number, field=why.field, code=why.code, details=dict(why.details))
            for row, why in bad[:room]
        )
        job.rows_read = chunk[-1].number
        job.rows_good += len(chunk) - len(bad)
        job.rows_bad += len(bad)
        job.rows_created += outcomes["created"]
        job.rows_changed += outcomes["changed"]
        job.rows_same += outcomes["same"]
        job.rows_total = max(job.rows_total, job.rows_read)
        job.problem_bytes = written
        job.save()

    def _sorted_out(self, chunk: Sequence[RawRow]) -> tuple[list[Good], list[Bad]]:
        good: list[Good] = []
        bad: list[Bad] = []
        for row in chunk:
            try:
                if row.problem:
                    bad.append((row, row.problem))
                else:
                    message_id = f"import-{self._prefix}-{row.number}"
                    good.append((row, self._reader.row(row.values, message_id=message_id, received=self._now)))
            except BadRow as error:
                bad.append((row, error.problem))
        return good, bad


def _own(job: ImportJob) -> list[str]:
    """The file's columns without the reasons that an earlier import wrote behind them."""
    columns = list(job.columns)
    return columns[: -len(REASONS)] if tuple(columns[-len(REASONS) :]) == REASONS else columns


def _append_problems(job: ImportJob, bad: Sequence[Bad]) -> int:
    """Add rows to the file of problems behind its last durable byte; returns where it ends now."""
    if not bad:
        return job.problem_bytes
    text = io.StringIO()
    writer = csv.writer(text)
    if not job.problem_bytes:
        writer.writerow([*_own(job), *REASONS])
    width = len(_own(job))
    for row, problem in bad:
        why = problem.shown(row.number)
        values = [_safe_cell(value) for value in row.values[:width]]
        writer.writerow([*values, *[""] * (width - len(values)), row.number, why.field, why.cause, why.remedy])
    with problem_path(job).open("ab") as file:
        file.truncate(job.problem_bytes)
        file.seek(0, os.SEEK_END)
        file.write((b"" if job.problem_bytes else b"\xef\xbb\xbf") + text.getvalue().encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _finish(job: ImportJob, state: ImportJob.State, *, now: datetime) -> None:
    """Write the end of a run; a cancellation that came while it ended wins over "queued again"."""
    with transaction.atomic():
        current = locked_job(job.pk)
        if current.state == State.CANCELLING and state == State.QUEUED:
            state = State.CANCELLED
        current.state, current.failure = state, job.failure if state == State.FAILED else None
        current.finished_at = None if state == State.QUEUED else clock.now()
        if state == State.DONE:
            current.rows_total = current.rows_read
        current.save(update_fields=["state", "failure", "finished_at", "rows_total"])
        told = {
            "state": current.state,
            **{name: getattr(current, name) for name in ("rows_read", *OUTCOMES, "rows_bad")},
        }
        record_audit(current.actor, "ended", f"import:{current.pk}", after=told, now=now)
        _tell(current, now=now)


def _tell(job: ImportJob, *, now: datetime) -> None:
    """Notice of an import that landed or failed; one that goes on later, or was cancelled by hand, is no news."""
    if job.state in (State.DONE, State.FAILED):
        kind: NoticeKind = "import_finished" if job.state == State.DONE else "import_failed"
        told = {"name": job.name, "target": job.target, "good": job.rows_good, "bad": job.rows_bad}
        notify(kind, f"import:{job.pk}", told, now=now)


def _safe_cell(value: Any) -> str:
    """A cell that spreadsheet programs do not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in GUARDED else text
