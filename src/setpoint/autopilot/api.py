"""Campaigns over HTTP: lists, the control room, decisions. Each route parses, calls one service, and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from ninja import Path, Query, Schema

from setpoint.autopilot import drafts_api, reading, records
from setpoint.autopilot.room import control, deciding, decision_pages, listing
from setpoint.autopilot.room.decision_types import DecisionPage, DecisionView
from setpoint.autopilot.room.list_types import CampaignPage, Comparison
from setpoint.autopilot.room.types import ControlRoom, State
from setpoint.autopilot.routes import ERRORS, READ, CampaignOut, Id, router
from setpoint.kernel import clock
from setpoint.kernel.spreadsheet import csv_pieces

After = Annotated[int, Query(ge=0, le=2**53, description="The id of the last one seen.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class CampaignFilter(Schema):
    """Which campaigns, in which order."""

    state: list[State] = []
    q: Text = ""
    sort: listing.Sort = "-id"
    waiting_for: Text = ""
    launched: bool = False

    def wanted(self) -> listing.Wanted:
        """As the listing takes it."""
        return listing.Wanted(tuple(self.state), self.q, self.sort, self.waiting_for, self.launched)


class StepOut(Schema):
    """One finished step of a round: what it returned, as the journal holds it."""

    name: str
    finished_at: datetime
    result: dict[str, Any]


@router.get("", response={200: CampaignPage, **ERRORS}, auth=READ, summary="List campaigns")
def list_campaigns(
    request: HttpRequest, filters: Query[CampaignFilter], after: After = 0, limit: Limit = 50
) -> CampaignPage:
    """Campaigns, a page at a time: pass `next` as `after`. `states` counts all that match the text, by state."""
    return listing.list_campaigns(filters.wanted(), after=after, limit=limit)


@router.get("/export", response={200: Any, **ERRORS}, auth=READ, summary="Export campaigns")
def export(request: HttpRequest, filters: Query[CampaignFilter]) -> HttpResponseBase:
    """The matching campaigns as CSV."""
    pieces = csv_pieces(listing.EXPORTED, listing.export_rows(filters.wanted()))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="campaigns.csv"'
    return answer


@router.get("/compare", response={200: Comparison, **ERRORS}, auth=READ, summary="Compare campaigns")
def compare(request: HttpRequest, id: Annotated[list[int], Query(min_length=1, max_length=20)]) -> Comparison:
    """2 to 6 campaigns side by side: cost per increment, lift, what is proven, spend."""
    return listing.compare([pk for pk in id if 0 < pk < 2**53], now=clock.now())


@router.get("/{int:campaign_id}", response={200: CampaignOut, **ERRORS}, auth=READ, summary="One campaign")
def show(request: HttpRequest, campaign_id: Id) -> Any:
    """The campaign's specification and state."""
    return records.find_campaign(campaign_id)


@router.get(
    "/{int:campaign_id}/power", response={200: reading.Power, **ERRORS}, auth=READ, summary="What can be proven"
)
def power(request: HttpRequest, campaign_id: Id) -> Any:
    """Before launch: the smallest goal that this audience, budget and hold-out can prove."""
    return reading.power(campaign_id, now=clock.now())


@router.get("/{int:campaign_id}/progress", response={200: ControlRoom, **ERRORS}, auth=READ, summary="Progress")
def progress(
    request: HttpRequest,
    campaign_id: Id,
    fresh: Annotated[bool, Query(description="Count the ledger now; slow on a large one.")] = False,
) -> ControlRoom:
    """The control room: goal with both numbers, limits, what happens now and next, rounds, actions, ledger."""
    return control.control_room(campaign_id, now=clock.now(), fresh=fresh)


@router.get(
    "/{int:campaign_id}/rounds/{number}", response={200: list[StepOut], **ERRORS}, auth=READ, summary="One round"
)
def round_steps(request: HttpRequest, campaign_id: Id, number: Annotated[int, Path(ge=1, le=10_000)]) -> Any:
    """What each step of a round found, decided, did and measured: the journal itself, for programs."""
    return reading.round_steps(campaign_id, number)


@router.get("/{int:campaign_id}/decisions", response={200: DecisionPage, **ERRORS}, auth=READ, summary="Decisions")
def decisions(
    request: HttpRequest,
    campaign_id: Id,
    number: Annotated[int, Query(alias="round", ge=1, le=10_000)] = 1,
    kind: deciding.Kind = "all",
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 12,
    sample: Annotated[bool, Query(description="Some of each kind, spread over the audience; false: all.")] = True,
) -> DecisionPage:
    """Decisions of one round by customer, each with its options, their probabilities, and the reason."""
    page = decision_pages.sampled if sample else deciding.decisions_of_round
    return page(campaign_id, number, kind=kind, after=after, limit=limit)


@router.get(
    "/{int:campaign_id}/decisions/{customer_id}",
    response={200: list[DecisionView], **ERRORS},
    auth=READ,
    summary="Decisions on one customer",
)
def decisions_on(request: HttpRequest, campaign_id: Id, customer_id: Annotated[int, Path(ge=1, le=2**53)]) -> Any:
    """What this campaign decided on one customer, round by round, newest first."""
    return deciding.decisions_on(customer_id, campaign_id=campaign_id)


from setpoint.autopilot import reports_api  # isort: split

from setpoint.autopilot import interventions_api

__all__ = ["drafts_api", "interventions_api", "reports_api", "router"]
"""Routes are tried in the order in which they are declared: the one that takes any verb comes last."""
