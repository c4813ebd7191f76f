"""Imports of files and the recent events of one customer, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from setpoint.customers.naming import shown_name
from setpoint.customers.services import views
from setpoint.events import services
from setpoint.events.arrivals import Health
from setpoint.events.history import EventSum, PastPage
from setpoint.events.models import ImportJob
from setpoint.events.types import Becoming, FileKind, Preview, RowProblem
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.failures import ToldFailure
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid

router = Router(tags=["events"])
JobId = Annotated[int, Path(ge=1, le=2**53, description="The import's id.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most rows to return.")]
CustomerId = Annotated[int, Path(ge=1, le=2**53)]
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
    """One import: the file as it was understood, and how far it has come. rows_read = rows_created + rows_changed +
    rows_same + rows_bad; of events, `same` are those that were taken before."""

    id: int
    name: str
    target: Literal["customers", "events"]
    kind: FileKind
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
    rows_created: int
    rows_changed: int
    rows_same: int
    rows_bad: int
    failure: ToldFailure | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_warnings(job: ImportJob) -> list[str]:
        """Warnings in the reader's language."""
        return [_(warning) for warning in job.warnings]


class RowProblemOut(Schema):
    """Why one row does not land. `row` counts from 1 below the header."""

    row: int
    field: str
    cause: str
    remedy: str


class TopicOut(Schema):
    """What a row says of a channel and a purpose."""

    channel: str
    purpose: str
    state: Literal["granted", "denied"]


class BecomingOut(Schema):
    """What a row would become. `is_known`: a customer has one of these identities. `values`: traits or properties."""

    row: int
    identities: dict[str, str]
    is_known: bool
    values: dict[str, Any]
    consents: list[TopicOut]
    event: str
    at: datetime | None

    @staticmethod
    def resolve_consents(one: Becoming) -> list[dict[str, str]]:
        """Each statement by its parts."""
        return [dict(zip(("channel", "purpose", "state"), said, strict=True)) for said in one.consents]


class ImportPreviewOut(Schema):
    """The first 20 rows, how they were understood, what they would become, and what is wrong with the others."""

    kind: FileKind
    encoding: str
    delimiter: str
    columns: list[str]
    rows: list[dict[str, Any]]
    mapping: dict[str, Any]
    warnings: list[str]
    problems: list[RowProblemOut]
    becomes: list[BecomingOut]


class EventOut(Schema):
    """One event of a customer."""

    message_id: str
    type: str
    event: str
    ts: datetime
    received_at: datetime
    value: float | None
    properties: dict[str, Any]


class MomentOut(Schema):
    """Something of a customer's past: an event, or a change of consent (`name` is channel/purpose, `type` what was said,
    `values` its source). `is_machine`: the classifier's word on an open or a click."""

    kind: Literal["event", "consent"]
    key: str
    at: datetime
    name: str
    type: str
    value: float | None
    values: dict[str, Any]
    is_machine: bool | None


class PastOut(Schema):
    """A page of a customer's past, newest first. `next` is the value of `before` for older ones, null at the end."""

    items: list[MomentOut]
    next: str | None


class PastQuery(Schema):
    """What of a past is looked at; `before` is the `next` of the page before."""

    before: str = Field("", max_length=300, description="`next` of the page before.")
    kind: Literal["", "event", "consent"] = Field("", description="Only these; both where empty.")
    event: str = Field("", max_length=255, description="Only events of this name.")
    who: Literal["", "human", "machine"] = Field("", description="Without what machines did, or that alone.")
    channel: str = Field("", max_length=50, description="Only what has to do with this channel.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(50, ge=1, le=500)


class EventSumOut(Schema):
    """How often a customer did something, what it was worth, and when first and last."""

    event: str
    count: int
    value: float | None
    first_at: datetime
    last_at: datetime


class ArrivalOut(EventOut):
    """An event that came in. `is_machine`: the classifier's word on an open or a click."""

    customer_id: int
    customer_name: str
    is_machine: bool | None


class RefusalOut(Schema):
    """A reason for which requests were refused in the last day."""

    code: str
    field: str
    message: str
    count: int
    last_at: datetime


class HealthOut(Schema):
    """Whether events come in. `waiting` is counted up to 10,000."""

    accepted_hour: int
    accepted_day: int
    waiting: int
    last_at: datetime | None
    refused_day: int
    refused: list[RefusalOut]


@router.post("/imports", auth=require("imports:write"), response={201: ImportOut, **_ERRORS, 413: ErrorOut})
def create_import(
    request: HttpRequest,
    file: File[UploadedFile],
    target: Form[Literal["customers", "events"]],
    name: Annotated[str, Form(max_length=200)] = "",
    mapping: Annotated[str, Form(max_length=_LONGEST_MAPPING, description="The mapping, as JSON.")] = "",
    run: Annotated[bool, Form(description="Queue the import at once.")] = False,
) -> tuple[int, ImportJob]:
    """Upload a CSV, Excel, JSON lines or Parquet file. It is looked through and given a suggested mapping; nothing lands before `run`."""
    now = clock.now()
    job = services.create_import(
        name or file.name or "",
        file,
        target=target,
        mapping=_parsed(mapping),
        now=now,
        start=run,
        actor=actor_of(request),
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


@router.post("/imports/{job_id}/preview", auth=require("imports:write"), response={200: ImportPreviewOut, **_ERRORS})
def preview_import(request: HttpRequest, job_id: JobId, given: MappingIn) -> Preview:
    """The first 20 rows under a mapping, with their problems. Changes nothing."""
    return services.preview_import(job_id, mapping=given.mapping)


@router.post("/imports/{job_id}/run", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def run_import(request: HttpRequest, job_id: JobId, given: MappingIn) -> ImportJob:
    """Queue the import, with this mapping or the one it has."""
    return services.start_import(job_id, mapping=given.mapping, now=clock.now(), actor=actor_of(request))


@router.post("/imports/{job_id}/cancel", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def cancel_import(request: HttpRequest, job_id: JobId) -> ImportJob:
    """Stop the import before its next chunk. Rows that landed stay."""
    return services.cancel_import(job_id, now=clock.now(), actor=actor_of(request))


@router.post("/imports/{job_id}/resume", auth=require("imports:write"), response={200: ImportOut, **_ERRORS})
def resume_import(request: HttpRequest, job_id: JobId) -> ImportJob:
    """Go on with a cancelled or failed import, behind the last rows that landed."""
    return services.resume_import(job_id, now=clock.now(), actor=actor_of(request))


@router.get("/imports/{job_id}/problems", auth=require("imports:write"), response={200: list[RowProblemOut], **_ERRORS})
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


@router.get(
    "/customers/{customer_id}/past",
    auth=require("customers:read"),
    response={200: PastOut, **_ERRORS},
    tags=["Customers"],
    summary="Show a customer's past",
)
def show_past(
    request: HttpRequest,
    customer_id: CustomerId,
    asked: Query[PastQuery],
) -> PastPage:
    """Events and changes of consent, newest first."""
    look = services.Looked(**asked.dict(exclude={"before", "kind", "limit"}), kinds=[asked.kind] if asked.kind else [])
    return services.past(customer_id, now=clock.now(), before=asked.before, look=look, limit=asked.limit)


@router.get(
    "/customers/{customer_id}/sums",
    auth=require("customers:read"),
    response={200: list[EventSumOut], **_ERRORS},
    tags=["Customers"],
    summary="Sum up a customer's events",
)
def show_sums(request: HttpRequest, customer_id: CustomerId) -> list[EventSum]:
    """Every kind of event of a customer: how often, worth what, first and last."""
    return services.sums(customer_id)


@router.get("/events/arrivals", auth=require("customers:read"), response={200: list[ArrivalOut], **_ERRORS})
def list_arrivals(
    request: HttpRequest,
    event: Annotated[str, Query(max_length=255, description="Only events of this name.")] = "",
    customer_id: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Limit = 100,
) -> list[dict[str, Any]]:
    """The newest events of all customers as they came in, newest first."""
    rows = services.arrivals(now=clock.now(), event=event, customer_id=customer_id, limit=limit)
    people = views(sorted({row.customer_id for row in rows}))
    named = {pk: shown_name(person) for pk, person in people.items()}
    return [asdict(row) | {"customer_name": named.get(row.customer_id, f"#{row.customer_id}")} for row in rows]


@router.get("/events/health", auth=require("customers:read"), response={200: HealthOut, **_ERRORS})
def show_health(request: HttpRequest) -> Health:
    """How many events were taken in the last hour and day, and what was refused and why."""
    return services.health(now=clock.now())


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(
            _("The mapping is not a JSON object: %(cause)s.") % {"cause": error},
            remedy=_('Send {"columns": {"E-mail": "email"}}.'),
            field="mapping",
        ) from None
