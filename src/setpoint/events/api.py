"""Imports of files and the recent events of one customer, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from setpoint.events import services
from setpoint.events.models import ImportJob
from setpoint.events.types import Preview, RowProblem
from setpoint.governance.auth import ErrorOut, require
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid

router = Router(tags=["events"])
JobId = Annotated[int, Path(ge=1, le=2**53, description="The import's id.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most rows to return.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Rows to leave out first.")]
_LONGEST_MAPPING = 500_000
_ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}


class MappingIn(Schema):
    """What the columns mean; without a mapping the import keeps the one it has."""

    mapping: dict[str, Any] | None = Field(
        None,
        description='{"columns": {"E-mail": "email", "Age": "trait:age", "OK": "consent:email", "Note": "ignore"}, '
        '"consents": {"email": "granted"}, "event": "Order Completed"}',
    )


class ImportOut(Schema):
    """One import: the file as it was understood, and how far it has come."""

    id: int
    name: str
    target: Literal["customers", "events"]
    kind: Literal["csv", "parquet"]
    size: int
    encoding: str
    delimiter: str
    columns: list[str]
    mapping: dict[str, Any]
    warnings: list[str]
    state: Literal["created", "queued", "running", "cancelling", "cancelled", "done", "failed"]
    rows_total: int
    rows_read: int
    rows_good: int
    rows_new: int
    rows_bad: int
    failure: ErrorOut | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_warnings(job: ImportJob) -> list[str]:
        """Warnings in the reader's language."""
        return [_(warning) for warning in job.warnings]


class ProblemOut(Schema):
    """Why one row does not land. `row` counts from 1 below the header."""

    row: int
    field: str
    cause: str
    remedy: str


class PreviewOut(Schema):
    """The first 20 rows, how they were understood, and what is wrong with them."""

    kind: Literal["csv", "parquet"]
    encoding: str
    delimiter: str
    columns: list[str]
    rows: list[dict[str, Any]]
    mapping: dict[str, Any]
    warnings: list[str]
    problems: list[ProblemOut]


class EventOut(Schema):
    """One event of a customer."""

    message_id: str
    type: str
    event: str
    ts: datetime
    received_at: datetime
    value: float | None
    properties: dict[str, Any]


@router.post("/imports", auth=require("imports:write"), response={201: ImportOut, **_ERRORS, 413: ErrorOut})
def create_import(
    request: HttpRequest,
    file: File[UploadedFile],
    target: Form[Literal["customers", "events"]],
    name: Annotated[str, Form(max_length=200)] = "",
    mapping: Annotated[str, Form(max_length=_LONGEST_MAPPING, description="The mapping, as JSON.")] = "",
    run: Annotated[bool, Form(description="Queue the import at once.")] = False,
) -> tuple[int, ImportJob]:
    """Upload a CSV or Parquet file. It is looked through and given a suggested mapping; nothing lands before `run`."""
    now = clock.now()
    job = services.create_import(
        name or file.name or "", file, target=target, mapping=_parsed(mapping), now=now, start=run
    )
    return 201, job


@router.get("/imports", auth=require("imports:write"), response={200: list[ImportOut], 401: ErrorOut, 403: ErrorOut})
def list_imports(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> list[ImportJob]:
    """All imports, newest first."""
    return services.list_imports(limit=limit, offset=offset)


@router.get("/imports/{job_id}", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def get_import(request: HttpRequest, job_id: JobId) -> ImportJob:
    """One import and how far it has come."""
    return services.get_import(job_id)


@router.post("/imports/{job_id}/preview", auth=require("imports:write"), response={200: PreviewOut, **_ERRORS})
def preview_import(request: HttpRequest, job_id: JobId, given: MappingIn) -> Preview:
    """The first 20 rows under a mapping, with their problems. Changes nothing."""
    return services.preview_import(job_id, mapping=given.mapping)


@router.post("/imports/{job_id}/run", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def run_import(request: HttpRequest, job_id: JobId, given: MappingIn) -> ImportJob:
    """Queue the import, with this mapping or the one it has."""
    return services.start_import(job_id, mapping=given.mapping, now=clock.now())


@router.post("/imports/{job_id}/cancel", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def cancel_import(request: HttpRequest, job_id: JobId) -> ImportJob:
    """Stop the import before its next chunk. Rows that landed stay."""
    return services.cancel_import(job_id, now=clock.now())


@router.post("/imports/{job_id}/resume", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def resume_import(request: HttpRequest, job_id: JobId) -> ImportJob:
    """Go on with a cancelled or failed import, behind the last rows that landed."""
    return services.resume_import(job_id, now=clock.now())


@router.get("/imports/{job_id}/problems", auth=require("imports:write"), response={200: list[ProblemOut], **_ERRORS})
def list_problems(request: HttpRequest, job_id: JobId, limit: Limit = 100, offset: Offset = 0) -> list[RowProblem]:
    """Rows that did not land: row, field, cause and remedy (the first 10,000)."""
    return services.problems(job_id, limit=limit, offset=offset)


@router.get(
    "/imports/{job_id}/problems.csv",
    auth=require("imports:write"),
    response={200: None, **_ERRORS},
    openapi_extra={"responses": {200: {"description": "CSV", "content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def download_problems(request: HttpRequest, job_id: JobId) -> FileResponse:
    """All rows that did not land, as CSV: the row as it was, and what is wrong with it."""
    file = services.problems_path(job_id).open("rb")
    return FileResponse(file, as_attachment=True, filename=f"problems-{job_id}.csv", content_type="text/csv")


@router.get("/events/recent", auth=require("customers:read"), response={200: list[EventOut], **_ERRORS})
def recent_events(
    request: HttpRequest,
    customer_id: Annotated[int, Query(ge=1, le=2**53)],
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """The newest events of one customer that are in the lake."""
    return services.recent_events(customer_id, limit=limit)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(
            _("The mapping is not a JSON object: %(cause)s.") % {"cause": error},
            remedy=_('Send {"columns": {"E-mail": "email"}}.'),
            field="mapping",
        ) from None
