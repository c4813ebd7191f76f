"""What the shell of the pages asks: search over all records, and the first steps."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from setpoint.governance.auth import ErrorOut, require
from setpoint.governance.types import Acting
from setpoint.site.first_steps import FirstSteps, first_steps
from setpoint.site.search import Hit, search

router = Router(tags=["shell"])
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}


class Hits(Schema):
    """What fits, kind by kind."""

    items: list[Hit]


@router.get("/search", response={200: Hits, **ERRORS}, auth=require("customers:read"), summary="Find any record")
def search_records(
    request: HttpRequest, q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = ""
) -> dict[str, list[Hit]]:
    """Customers by the beginning of an identity; campaigns, segments, templates, offers and channels by their name.
    Only what the caller may read."""
    who: Acting = request.auth  # type: ignore[attr-defined]
    return {"items": search(q, who.scopes)}


@router.get("/setup", response={200: FirstSteps, **ERRORS}, auth=require("customers:read"), summary="First steps")
def show_first_steps(request: HttpRequest) -> FirstSteps:
    """What the company needs before its first campaign, and what of it is done."""
    who: Acting = request.auth  # type: ignore[attr-defined]
    return first_steps(who.user_id)
