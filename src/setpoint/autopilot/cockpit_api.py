"""What is read across campaigns, over HTTP: the cockpit, experiments, decisions on one customer."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from setpoint.autopilot.api import After, Limit, Text
from setpoint.autopilot.room import cockpit, deciding, experimenting
from setpoint.autopilot.room.cockpit_types import Cockpit
from setpoint.autopilot.room.decision_types import DecisionView
from setpoint.autopilot.room.list_types import ExperimentPage
from setpoint.autopilot.room.types import State
from setpoint.autopilot.routes import ERRORS, READ
from setpoint.kernel import clock

router = Router(tags=["campaigns"])


class ExperimentFilter(Schema):
    """Which experiments."""

    state: list[State] = []
    q: Text = ""


@router.get("/cockpit", response={200: Cockpit, **ERRORS}, auth=READ, summary="The cockpit")
def show_cockpit(request: HttpRequest) -> Cockpit:
    """Campaigns with progress and limits, today's sends and revenue, alarms, advice, and what happened since yesterday."""
    return cockpit.cockpit(now=clock.now())


@router.get("/experiments", response={200: ExperimentPage, **ERRORS}, auth=READ, summary="List experiments")
def list_experiments(
    request: HttpRequest,
    filters: Query[ExperimentFilter],
    after: After = 0,
    limit: Limit = 50,
) -> ExperimentPage:
    """The experiment inside each launched campaign: hold-out, ratio check, intervals, and whether it can be trusted."""
    return experimenting.list_experiments(states=tuple(filters.state), q=filters.q, after=after, limit=limit)


@router.get("/decisions", response={200: list[DecisionView], **ERRORS}, auth=READ, summary="Decisions on a customer")
def decisions_on(
    request: HttpRequest,
    customer_id: Annotated[int, Query(ge=1, le=2**53)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    """What all campaigns decided on one customer, newest first, each with its reason."""
    return deciding.decisions_on(customer_id, limit=limit)
