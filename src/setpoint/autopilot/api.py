"""Campaigns over HTTP. Each route parses, calls one service, and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path, Query, Router, Schema
from pydantic import Field

from setpoint.autopilot import advice, reading, reporting, services, sharing
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock

router = Router(tags=["campaigns"])
Id = Annotated[int, Path(ge=1, le=2**53)]
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
READ = require("campaigns:read")
WRITE = require("campaigns:write")


class CampaignIn(Schema):
    """A new campaign: its name and specification (see docs/reference/campaign.md)."""

    name: str
    spec: dict[str, Any]


class CampaignPatch(Schema):
    """Parts of a draft to replace."""

    name: str | None = None
    spec: dict[str, Any] | None = None


class CampaignOut(Schema):
    """A campaign and where it stands."""

    id: int
    name: str
    state: Literal["draft", "running", "paused", "ended"]
    outcome: str
    waiting_for: str
    round: int
    version: int
    spec: dict[str, Any]
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None
    last_error: str


class InterventionOut(Schema):
    """What a person told the campaign, the advice they had, and what was done."""

    id: int
    verb: str
    change: dict[str, Any]
    advice: list[dict[str, Any]]
    answer: dict[str, Any]
    actor: str
    at: datetime
    round: int


class Progress(Schema):
    """The control room in figures: goal, limits, what happens now and next."""

    campaign: CampaignOut
    goal: dict[str, Any]
    limits: list[dict[str, Any]]
    ledger: dict[str, int]
    rounds: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


class AdviceIn(Schema):
    """Something a person thinks of doing."""

    verb: Literal["pause", "resume", "cancel", "change", "approve"]
    change: dict[str, Any] = Field(default_factory=dict)


class ShareIn(Schema):
    """For how many days the address opens."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class SharedOut(Schema):
    """The address."""

    url: str


@router.get("", response={200: list[CampaignOut], **ERRORS}, auth=READ, summary="List campaigns")
def list_campaigns(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Campaigns by id, a page at a time: pass the last id as `after`."""
    return reading.list_campaigns(after=after, limit=limit)


@router.post("", response={201: CampaignOut, **ERRORS}, auth=WRITE, summary="Create a draft")
def create(request: HttpRequest, body: CampaignIn) -> Any:
    """A draft spends nothing; launch it when its forecast is right."""
    return 201, services.create_campaign(body.name, body.spec, actor=actor_of(request), now=clock.now())


@router.get("/{campaign_id}", response={200: CampaignOut, **ERRORS}, auth=READ, summary="One campaign")
def show(request: HttpRequest, campaign_id: Id) -> Any:
    """The campaign's specification and state."""
    return services.find_campaign(campaign_id)


@router.patch("/{campaign_id}", response={200: CampaignOut, **ERRORS}, auth=WRITE, summary="Edit a draft")
def edit(request: HttpRequest, campaign_id: Id, body: CampaignPatch) -> Any:
    """Drafts alone; a live campaign is changed by `change`."""
    return services.edit_draft(campaign_id, name=body.name, spec=body.spec, actor=actor_of(request), now=clock.now())


@router.get("/{campaign_id}/power", response={200: dict[str, Any], **ERRORS}, auth=READ, summary="What can be proven")
def power(request: HttpRequest, campaign_id: Id) -> Any:
    """Before launch: the smallest goal that this audience, budget and hold-out can prove."""
    return reading.power(campaign_id, now=clock.now())


@router.post("/{campaign_id}/launch", response={200: CampaignOut, **ERRORS}, auth=WRITE, summary="Launch")
def launch(request: HttpRequest, campaign_id: Id) -> Any:
    """Start the loop."""
    return services.launch(campaign_id, actor=actor_of(request), now=clock.now())


@router.post(
    "/{campaign_id}/advice", response={200: list[dict[str, Any]], **ERRORS}, auth=READ, summary="Ask for advice"
)
def counsel(request: HttpRequest, campaign_id: Id, body: AdviceIn) -> Any:
    """What the system thinks of an intervention, and its expected effect, without doing it."""
    return advice.advise(services.find_campaign(campaign_id), body.verb, body.change, now=clock.now())


@router.post(
    "/{campaign_id}/change", response={200: InterventionOut, **ERRORS}, auth=WRITE, summary="Change a live campaign"
)
def change(request: HttpRequest, campaign_id: Id, body: Body[dict[str, Any]]) -> Any:
    """Limits bind the very next claim, the rest the next plan."""
    return services.change(campaign_id, body, actor=actor_of(request), now=clock.now())


@router.get(
    "/{campaign_id}/interventions", response={200: list[InterventionOut], **ERRORS}, auth=READ, summary="Interventions"
)
def interventions(request: HttpRequest, campaign_id: Id) -> Any:
    """What people told this campaign, oldest first."""
    return services.find_campaign(campaign_id).interventions.all()[:1000]


@router.get("/{campaign_id}/progress", response={200: Progress, **ERRORS}, auth=READ, summary="Progress")
def progress(request: HttpRequest, campaign_id: Id) -> Any:
    """Goal, limits, ledger and rounds, as they stand now."""
    return reading.progress(campaign_id)


@router.get("/{campaign_id}/rounds/{number}", response={200: dict[str, Any], **ERRORS}, auth=READ, summary="One round")
def round_steps(request: HttpRequest, campaign_id: Id, number: Annotated[int, Path(ge=1, le=10_000)]) -> Any:
    """What each step of a round found, decided, did and measured."""
    return reading.round_steps(campaign_id, number)


@router.get("/{campaign_id}/decisions", response={200: list[dict[str, Any]], **ERRORS}, auth=READ, summary="Decisions")
def decisions(
    request: HttpRequest,
    campaign_id: Id,
    number: Annotated[int, Query(alias="round", ge=1, le=10_000)] = 1,
    customer_id: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Any:
    """Rows of the decision log: every option's probability, what was chosen, and why."""
    return reading.decisions(campaign_id, number, customer_id=customer_id, limit=limit)


@router.get("/{campaign_id}/report", response={200: Any, **ERRORS}, auth=READ, summary="Report")
def report(
    request: HttpRequest,
    campaign_id: Id,
    form: Annotated[Literal["json", "html", "pdf", "csv", "text"], Query(alias="format")] = "json",
    language: Literal["en", "zh"] = "en",
) -> HttpResponse:
    """The campaign's report, live or final, in five forms and two languages."""
    body, content_type = reporting.render(campaign_id, form, language, now=clock.now())
    return HttpResponse(body, content_type=content_type)


@router.post("/{campaign_id}/share", response={200: SharedOut, **ERRORS}, auth=READ, summary="Share the report")
def share(request: HttpRequest, campaign_id: Id, body: ShareIn) -> Any:
    """An address of the report that needs no key and expires."""
    return {"url": sharing.share_report(campaign_id, days=body.days, now=clock.now())}


@router.post(
    "/{campaign_id}/{verb}",
    response={200: InterventionOut, **ERRORS},
    auth=WRITE,
    summary="Pause, resume, cancel, approve",
)
def intervene(request: HttpRequest, campaign_id: Id, verb: Literal["pause", "resume", "cancel", "approve"]) -> Any:
    """Takes effect before the next claim; the answer says what could no longer be recalled."""
    return services.VERBS[verb](campaign_id, actor=actor_of(request), now=clock.now())
