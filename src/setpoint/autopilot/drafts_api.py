"""Drafts of campaigns over HTTP. Imported before the other routes of campaigns, whose last one takes any verb."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import StringConstraints

from setpoint.autopilot import preview, services
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.presets import Preset, presets
from setpoint.autopilot.problems import problems_of
from setpoint.autopilot.routes import ERRORS, READ, WRITE, CampaignOut, Id, router
from setpoint.autopilot.types import DraftStep, ProblemKind
from setpoint.governance.auth import actor_of
from setpoint.kernel import clock
from setpoint.segments.running import answering

presets_router = Router(tags=["campaigns"])


class DraftIn(Schema):
    """A new campaign: its name and specification (see docs/reference/campaign.md), finished or not."""

    name: str
    spec: dict[str, Any]


class DraftPatch(Schema):
    """Parts of a draft to replace, and the version of it that was seen."""

    version: int
    name: str | None = None
    spec: dict[str, Any] | None = None


class LaunchIn(Schema):
    """The version of the draft that was seen; without one, whatever it is now."""

    version: int | None = None


class ProblemOut(Schema):
    """Something missing, wrong, or worth a warning, with the field and the step of the wizard it belongs to."""

    step: DraftStep
    field: str
    kind: ProblemKind
    message: str
    remedy: str


class DraftOut(CampaignOut):
    """A draft with all that keeps it from being launched."""

    problems: list[ProblemOut]


class QuestionIn(Schema):
    """A later question with the same `ticket` ends this one, where it is still being answered."""

    ticket: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w-]*$")] = ""


def _shown(campaign: Campaign) -> DraftOut:
    problems = problems_of(campaign.name, campaign.spec, now=clock.now())
    return DraftOut.model_validate({"problems": problems, **CampaignOut.from_orm(campaign).dict()})


@router.post("", response={201: DraftOut, **ERRORS}, auth=WRITE, summary="Create a draft")
def create(request: HttpRequest, body: DraftIn) -> Any:
    """A draft spends nothing and may be unfinished; launch it when its forecast is right."""
    return 201, _shown(services.create_campaign(body.name, body.spec, actor=actor_of(request), now=clock.now()))


@presets_router.get("", response={200: list[Preset], **ERRORS}, auth=READ, summary="Presets of campaigns")
def list_presets(request: HttpRequest) -> Any:
    """Where to start from, by kind of business, in the reader's language."""
    return presets()


@router.get(
    "/{int:campaign_id}/draft", response={200: DraftOut, **ERRORS}, auth=READ, summary="A draft with its problems"
)
def show_draft(request: HttpRequest, campaign_id: Id) -> Any:
    """What was typed so far, and what is missing or wrong, in the reader's language."""
    return _shown(services.find_campaign(campaign_id))


@router.patch("/{int:campaign_id}", response={200: DraftOut, **ERRORS}, auth=WRITE, summary="Edit a draft")
def edit(request: HttpRequest, campaign_id: Id, body: DraftPatch) -> Any:
    """Merges what is given. 409, with who changed what, when the draft is newer than the version seen."""
    given = body.dict(exclude_unset=True)
    return _shown(services.edit_draft(campaign_id, **given, actor=actor_of(request), now=clock.now()))


@router.delete("/{int:campaign_id}", response={204: None, **ERRORS}, auth=WRITE, summary="Delete a draft")
def delete(request: HttpRequest, campaign_id: Id, version: int | None = None) -> Any:
    """Drafts alone: what was launched once stays."""
    services.delete_draft(campaign_id, actor=actor_of(request), now=clock.now(), version=version)
    return 204, None


@router.post(
    "/{int:campaign_id}/duplicate", response={201: DraftOut, **ERRORS}, auth=WRITE, summary="Duplicate as a draft"
)
def duplicate(request: HttpRequest, campaign_id: Id) -> Any:
    """A new draft like this campaign, whatever state that is in."""
    return 201, _shown(services.duplicate(campaign_id, actor=actor_of(request), now=clock.now()))


@router.post("/{int:campaign_id}/launch", response={200: CampaignOut, **ERRORS}, auth=WRITE, summary="Launch")
def launch(request: HttpRequest, campaign_id: Id, body: LaunchIn | None = None) -> Any:
    """Start the loop. Refused until nothing is missing or wrong."""
    version = body.version if body else None
    return services.launch(campaign_id, actor=actor_of(request), now=clock.now(), version=version)


@router.post(
    "/{int:campaign_id}/audience",
    response={200: preview.AudienceView, **ERRORS},
    auth=READ,
    summary="Count the audience",
)
def count_audience(request: HttpRequest, campaign_id: Id, body: QuestionIn) -> Any:
    """How many a draft is for, and how many of them may be written to on each channel."""
    with answering(body.ticket):
        return preview.audience(services.find_campaign(campaign_id), now=clock.now())


@router.post(
    "/{int:campaign_id}/overlaps",
    response={200: preview.OverlapsView, **ERRORS},
    auth=READ,
    summary="Overlap with live campaigns",
)
def find_overlaps(request: HttpRequest, campaign_id: Id, body: QuestionIn) -> Any:
    """Live campaigns that write to some of the same people: measurements disturb each other."""
    with answering(body.ticket):
        return preview.overlapping(services.find_campaign(campaign_id), now=clock.now())


@router.post(
    "/{int:campaign_id}/forecast", response={200: preview.ForecastView, **ERRORS}, auth=READ, summary="Forecast a draft"
)
def forecast(request: HttpRequest, campaign_id: Id, body: QuestionIn) -> Any:
    """Chances, cost, messages and time as ranges; what is lacking while the draft is not whole."""
    with answering(body.ticket):
        return preview.forecasting(services.find_campaign(campaign_id), now=clock.now())


@router.post(
    "/{int:campaign_id}/plausibility",
    response={200: preview.PlausibilityView, **ERRORS},
    auth=READ,
    summary="Judge a draft's goal",
)
def plausibility(request: HttpRequest, campaign_id: Id, body: QuestionIn) -> Any:
    """What can be proven with this audience, budget and hold-out, and what would have to change."""
    with answering(body.ticket):
        return preview.judging(services.find_campaign(campaign_id), now=clock.now())
