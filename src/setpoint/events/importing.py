"""Import jobs: create, preview, start, cancel, resume, and what became of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.events.files import understand
from setpoint.events.mapping import check_mapping, suggest
from setpoint.events.models import ImportJob
from setpoint.events.previewing import preview
from setpoint.events.problems import shown
from setpoint.events.types import Preview, RowProblem, Target
from setpoint.events.uploads import Upload, folder, keep, problem_path
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

State = ImportJob.State


@needs("imports:write")
def create_import(
    name: str,
    source: Path | BinaryIO | Upload,
    *,
    target: Target,
    now: datetime,
    mapping: Mapping[str, Any] | None = None,
    start: bool = False,
    actor: str = "system",
) -> ImportJob:
    """Keep a file under SETPOINT_HOME/imports and look through it once: kind, encoding, columns, a suggested mapping.

    Nothing lands before `start_import`, unless `start` queues it at once. Raises Invalid for an empty or unreadable
    file or a mapping that does not fit.
    """
    if target not in ("customers", "events"):
        raise Invalid(_("An import is of customers or events."), remedy=_("Choose one of the two."), field="target")
    path = folder() / uuid4().hex
    try:
        keep(source, path)
        file = understand(path)
        chosen = dict(mapping) if mapping else suggest(file.columns, target)
        if mapping or start:
            check_mapping(chosen, file.columns, target)
    except SetpointError:
        path.unlink(missing_ok=True)
        raise
    with transaction.atomic():
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
            actor=actor,
            created_at=now,
        )
        told = {"name": job.name, "target": target, "size": file.size, "digest": file.digest}
        record_audit(actor, "uploaded", f"import:{job.pk}", after=told, now=now)
        return start_import(job.pk, now=now, actor=actor) if start else job


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
    return preview(get_import(job_id), mapping)


@needs("imports:write")
def start_import(
    job_id: int, *, now: datetime, mapping: Mapping[str, Any] | None = None, actor: str = "system"
) -> ImportJob:
    """Queue a job that was just created, with this mapping or the one it has. Raises Invalid where it does not fit."""
    with transaction.atomic():
        job = locked_job(job_id)
        _require(job, State.CREATED, _("Only an import that has not run yet can be started."))
        job.mapping = check_mapping(mapping if mapping is not None else job.mapping, job.columns, target_of(job))
        record_audit(actor, "started", f"import:{job.pk}", after={"mapping": job.mapping}, now=now)
        return _queued(job, now)


@needs("imports:write")
def resume_import(job_id: int, *, now: datetime, actor: str = "system") -> ImportJob:
    """Queue a cancelled or failed job again; it goes on behind its last chunk."""
    with transaction.atomic():
        job = locked_job(job_id)
        _require(job, (State.CANCELLED, State.FAILED), _("Only a cancelled or failed import can be resumed."))
        record_audit(actor, "resumed", f"import:{job.pk}", after={"rows_read": job.rows_read}, now=now)
        return _queued(job, now)


@needs("imports:write")
def cancel_import(job_id: int, *, now: datetime, actor: str = "system") -> ImportJob:
    """Stop a job: at once when it waits, before the next chunk when it runs. Rows that landed stay."""
    with transaction.atomic():
        job = locked_job(job_id)
        if job.state in (State.CREATED, State.QUEUED):
            job.state, job.finished_at = State.CANCELLED, now
        elif job.state == State.RUNNING:
            job.state = State.CANCELLING
        job.save(update_fields=["state", "finished_at"])
        record_audit(actor, "cancelled", f"import:{job.pk}", after={"rows_read": job.rows_read}, now=now)
        return job


def problems(job_id: int, *, limit: int = 100, offset: int = 0) -> list[RowProblem]:
    """Rows that did not land, in the order of the file; of the first 10,000 each with field, cause and remedy."""
    rows = get_import(job_id).problems.order_by("row", "pk")[offset : offset + limit]
    return [shown(problem.row, problem.field, problem.code, problem.details) for problem in rows]


def problems_path(job_id: int) -> Path:
    """A CSV of all rows that did not land: the row as it was, with its number and what is wrong. NotFound when none."""
    job = get_import(job_id)
    path = problem_path(job)
    if not job.rows_bad or not path.exists():
        raise NotFound(_("This import has no bad rows."), remedy=_("See its figures for what landed."))
    return path


def locked_job(job_id: int) -> ImportJob:
    """The job, locked until the transaction ends; NotFound when there is none."""
    job = ImportJob.objects.select_for_update().filter(pk=job_id).first()
    return job or get_import(job_id)


def _require(job: ImportJob, states: str | tuple[str, ...], message: str) -> None:
    if job.state not in (states if isinstance(states, tuple) else (states,)):
        raise Conflict(message, remedy=_("This one is in the state %(state)s.") % {"state": job.state})


def _queued(job: ImportJob, now: datetime) -> ImportJob:
    job.state, job.queued_at, job.finished_at, job.failure = State.QUEUED, now, None, None
    job.save(update_fields=["state", "queued_at", "finished_at", "failure", "mapping"])
    return job


def target_of(job: ImportJob) -> Target:
    """What a job's rows become."""
    return cast(Target, job.target)


def _clean(name: str) -> str:
    return "".join(character for character in name if character.isprintable()).strip()[:200]
