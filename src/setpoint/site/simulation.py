"""Simulated time over HTTP: exists only where SETPOINT_CLOCK=simulated, for demo, tests and rehearsals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from setpoint.governance.auth import ErrorOut, require
from setpoint.kernel import clock
from setpoint.kernel.errors import NotFound
from setpoint.site import worker

router = Router(tags=["simulation"])
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut}


class Moment(Schema):
    """Where simulated time stands, whether work is left at this moment, and when something is due next."""

    now: datetime
    idle: bool
    next_due: datetime | None


class MoveTo(Schema):
    """The moment to move to; never backwards."""

    now: datetime


def _clock() -> clock.FileClock:
    current = clock.current()
    if not isinstance(current, clock.FileClock):
        raise NotFound(_("Time is real here."), remedy=_("Start with SETPOINT_CLOCK=simulated to simulate."))
    return current


@router.get("", response={200: Moment, **ERRORS}, auth=require("simulation"), summary="Simulated time")
def show(request: HttpRequest, wait: Annotated[float, Query(ge=0, le=30)] = 0.0) -> Any:
    """Now, idle or not, and the next moment at which something is due. Waits up to `wait` seconds for idleness."""
    simulated = _clock()
    idle = worker.wait_until_idle(wait)
    return {"now": simulated.now(), "idle": idle, "next_due": worker.next_due()}


@router.post("", response={200: Moment, **ERRORS}, auth=require("simulation"), summary="Move simulated time")
def move(request: HttpRequest, body: MoveTo) -> Any:
    """Move time forward; the workers see it at once."""
    simulated = _clock()
    if body.now.tzinfo is None or not 1990 <= body.now.year <= 2200:
        raise NotFound(
            "Give a moment with its time zone, between 1990 and 2200.", remedy="For example 2026-03-02T09:00:00Z."
        )
    simulated.move_to(body.now)
    worker.wake()
    return show(request)
