"""The list of customers and what is done with many of them, over HTTP: filtered by trees and kept segments too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import AwareDatetime, Field

from setpoint.customers import jobs
from setpoint.customers.api import router as customers
from setpoint.customers.finding import find
from setpoint.customers.models import Job
from setpoint.customers.people import Person, people
from setpoint.customers.services import find_customer, trait_names
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.failures import ToldFailure
from setpoint.governance.listing import csv_file
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid
from setpoint.segments.choosing import chosen_by, sought_by

router = Router(tags=["Customers"])
READ, WRITE = require("customers:read"), require("customers:write")
JobId = Annotated[int, Path(ge=1, le=2**53)]
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
_LONGEST_TREE = 20_000
_ROWS_AT_ONCE = 1_000
_MOST_IDS = 10_000


class CustomerFilter(Schema):
    """Who is listed: all that is given has to hold."""

    q: str = Field("", max_length=200, description="Begins an identity, or is part of a name.")
    tree: str = Field("", max_length=_LONGEST_TREE, description="A segment tree, as JSON.")
    segment_id: int | None = Field(None, ge=1, le=2**53, description="Members of this segment.")
    tag: str = Field("", max_length=100, description="Have this tag now.")
    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None
    active_from: AwareDatetime | None = Field(None, description="Last did something at or after this.")
    active_to: AwareDatetime | None = None

    def selection(self) -> dict[str, Any]:
        """The filter in the form that is kept with a job."""
        return {**self.dict(), "tree": _tree(self.tree)}


class CustomerQuery(CustomerFilter):
    """A page of the list."""

    identity: str | None = Field(None, max_length=600, description="kind:value, such as email:ann@x.org; alone.")
    sort: str = Field("id", max_length=210, description="id, created, active or trait:NAME; -created for the reverse.")
    after: str = Field("", max_length=1000, description="`next` of the page before.")
    before: str = Field("", max_length=1000, description="`previous` of the page behind.")
    limit: int = Field(100, ge=1, le=500)
    traits: str | None = Field(None, max_length=5000, description="Names of traits, by commas; all where left out.")


class SaidOut(Schema):
    """What a customer last said for a channel and a purpose."""

    channel: str
    purpose: str
    state: Literal["granted", "denied"]


class PersonOut(Schema):
    """A customer in the list. `suppressed`: channels on which an address of theirs must not be written to."""

    id: int
    name: str
    identities: dict[str, str]
    traits: dict[str, Any]
    language: str
    timezone: str
    created_at: datetime
    active_at: datetime | None
    consents: list[SaidOut]
    suppressed: list[str]


class CustomerPageOut(Schema):
    """A page of customers. `next` and `previous` go on either way, null at an end; `capped`: the word matches more
    identities than were looked at, so that there may be more than `total`."""

    items: list[PersonOut]
    next: str | None
    previous: str | None
    total: int
    capped: bool


class SelectionIn(Schema):
    """Customers by `ids`, or all who match a filter but for those in `without`."""

    ids: list[Annotated[int, Field(ge=1, le=2**53)]] | None = Field(None, max_length=_MOST_IDS)
    filter: CustomerFilter | None = None
    without: list[Annotated[int, Field(ge=1, le=2**53)]] = Field([], max_length=_MOST_IDS)

    def selection(self) -> dict[str, Any]:
        """The selection as it is kept."""
        if (self.ids is None) == (self.filter is None):
            raise Invalid(_("Nobody is chosen."), remedy=_("Give ids or a filter, one of the two."), field="ids")
        if self.ids is not None:
            return {"ids": self.ids}
        told = self.filter.selection() if self.filter else {}
        moments = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
        return {**told, **moments, "without": self.without}


class JobIn(Schema):
    """What to do: set_trait {name, value}, tag {name, weight} (0 takes it away), consent {channel, purpose, state,
    source} or suppress {channel, reason}."""

    verb: Literal["set_trait", "tag", "consent", "suppress"]
    arguments: dict[str, Any]
    selection: SelectionIn


class JobOut(Schema):
    """An action on many customers, and how far it has come."""

    id: int
    verb: Literal["set_trait", "tag", "consent", "suppress"]
    arguments: dict[str, Any]
    actor: str
    state: Literal["queued", "running", "cancelling", "cancelled", "done", "failed"]
    total: int
    done: int
    changed: int
    failure: ToldFailure | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


# An address belongs to one router, and that of customers holds the PUT of this one.
@customers.get("/customers", auth=READ, response={200: CustomerPageOut, **REFUSALS}, summary="List or find customers")
def list_customers(request: HttpRequest, query: Query[CustomerQuery]) -> dict[str, Any]:
    """Customers who match, in the order asked for, page by page both ways; or the one with an identity."""
    names = None if query.traits is None else [name for name in query.traits.split(",") if name]
    if query.identity is not None:
        ids = _with_identity(query.identity)
        return {"items": people(ids, traits=names), "next": None, "previous": None, "total": len(ids), "capped": False}
    sought = sought_by(query.selection(), clock.now())
    found = find(sought, sort=query.sort, after=query.after, before=query.before, limit=query.limit)
    told = {"next": found.next, "previous": found.previous, "total": found.total, "capped": found.capped}
    return {"items": people(found.ids, traits=names), **told}


@router.get("/customers/export", auth=READ, summary="Export customers")
def export_customers(
    request: HttpRequest,
    query: Query[CustomerFilter],
    traits: Annotated[str | None, Query(max_length=5000, description="Names of traits, by commas.")] = None,
    ids: Annotated[str, Query(max_length=100_000, description="Only these ids, by commas.")] = "",
) -> StreamingHttpResponse:
    """All customers who match, as CSV, by id."""
    now = clock.now()
    names = sorted(trait_names()) if traits is None else [name for name in traits.split(",") if name]
    wanted = [int(part) for part in ids.split(",") if part.isdecimal()][:_MOST_IDS]
    chosen = chosen_by({"ids": wanted} if ids else query.selection(), now).tolist()
    header = ("id", "name", "user_id", "email", "phone", "language", "timezone", "created_at", "active_at", *names)
    return csv_file(request, "customers", header, _lines(chosen, names), now=now)


@router.post("/customers/jobs", auth=WRITE, response={202: JobOut, **REFUSALS}, summary="Act on many customers")
def start_job(request: HttpRequest, body: JobIn) -> tuple[int, Job]:
    """Queue an action on a selection of customers. It is worked off in the background and can be cancelled."""
    selection = body.selection.selection()
    if "ids" not in selection:
        sought_by(selection, clock.now())  # so that what cannot be is refused now, not later
    job = jobs.start_job(body.verb, body.arguments, selection, actor=actor_of(request), now=clock.now())
    return 202, job


@router.get("/customers/jobs", auth=READ, response={200: list[JobOut], **REFUSALS}, summary="List jobs")
def list_jobs(request: HttpRequest) -> list[Job]:
    """The newest actions on many customers."""
    return jobs.list_jobs()


@router.get("/customers/jobs/{job_id}", auth=READ, response={200: JobOut, **REFUSALS}, summary="Show a job")
def get_job(request: HttpRequest, job_id: JobId) -> Job:
    """One action on many customers, and how far it has come."""
    return jobs.get_job(job_id)


@router.post("/customers/jobs/{job_id}/cancel", auth=WRITE, response={200: JobOut, **REFUSALS}, summary="Cancel a job")
def cancel_job(request: HttpRequest, job_id: JobId) -> Job:
    """Stop before the next piece. What was done stays done."""
    return jobs.cancel_job(job_id, actor=actor_of(request), now=clock.now())


def _lines(ids: Sequence[int], traits: Sequence[str]) -> Iterator[Sequence[object]]:
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        for one in people(ids[first : first + _ROWS_AT_ONCE], traits=traits):
            yield _line(one, traits)


def _line(one: Person, traits: Sequence[str]) -> Sequence[object]:
    names = [one.identities.get(kind) for kind in ("user_id", "email", "phone")]
    told = [_cell(one.traits.get(name)) for name in traits]
    return (one.id, one.name, *names, one.language, one.timezone, one.created_at, one.active_at, *told)


def _cell(value: Any) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def _with_identity(identity: str) -> list[int]:
    kind, colon, value = identity.partition(":")
    if not colon:
        raise Invalid(_("An identity is written kind:value."), remedy=_("Write email:ann@x.org."), field="identity")
    customer_id = find_customer(kind, value)
    return [] if customer_id is None else [customer_id]


def _tree(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        raise Invalid(
            _("The filter is not a tree in JSON."), remedy=_("See the reference of segments."), field="tree"
        ) from None
