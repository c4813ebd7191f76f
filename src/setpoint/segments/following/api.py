"""Followed segments over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from setpoint.customers.naming import shown_name
from setpoint.customers.services import views as customer_views
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock
from setpoint.segments.following import services
from setpoint.segments.following.schemas import ChangesOut, ChangesQuery, FollowedListOut, FollowedOut
from setpoint.segments.following.types import FollowedView
from setpoint.segments.schemas import Id

router = Router(tags=["segments"])
READ = require("segments:read")
WRITE = require("segments:write")
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}


@router.get(
    "/segments/following", auth=READ, response={200: FollowedListOut, **REFUSALS}, summary="List followed segments"
)
def list_followed(request: HttpRequest) -> dict[str, Any]:
    """Segments whose changes are told within moments of the event that made them."""
    return {"items": services.followed(), "most": services.MOST_FOLLOWED}


@router.get(
    "/segments/{segment_id}/following",
    auth=READ,
    response={200: FollowedOut, **REFUSALS},
    summary="How a segment is followed",
)
def get_followed(request: HttpRequest, segment_id: Id) -> FollowedView:
    """404 where it is not."""
    return services.find(segment_id)


@router.put(
    "/segments/{segment_id}/following", auth=WRITE, response={200: FollowedOut, **REFUSALS}, summary="Follow a segment"
)
def follow(request: HttpRequest, segment_id: Id) -> FollowedView:
    """From now on; doing it again changes nothing."""
    return services.follow(segment_id, now=clock.now(), actor=actor_of(request))


@router.delete(
    "/segments/{segment_id}/following",
    auth=WRITE,
    response={204: None, **REFUSALS},
    summary="Stop following a segment",
)
def unfollow(request: HttpRequest, segment_id: Id) -> tuple[int, None]:
    """Who came and went is forgotten."""
    services.unfollow(segment_id, now=clock.now(), actor=actor_of(request))
    return 204, None


@router.get(
    "/segments/{segment_id}/changes",
    auth=READ,
    response={200: ChangesOut, **REFUSALS},
    summary="Who came into a segment and who left",
)
def list_changes(request: HttpRequest, segment_id: Id, query: Query[ChangesQuery]) -> dict[str, Any]:
    """Newest first, with the event that caused each change."""
    found = services.changes(segment_id, before=query.before, limit=query.limit)
    people = customer_views([one.customer_id for one in found])
    names = {pk: shown_name(person) for pk, person in people.items()}
    items = [asdict(one) | {"customer_name": names.get(one.customer_id, "")} for one in found]
    return {"items": items, "next": found[-1].id if len(found) == query.limit else None}
