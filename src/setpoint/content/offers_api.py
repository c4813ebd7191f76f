"""Offers over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from setpoint.content import services
from setpoint.content.models import Offer
from setpoint.content.schemas import Id, ListQuery, OfferChange, OfferIn, OfferOut, OfferPage
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file, page_of
from setpoint.kernel import clock

router = Router(tags=["content"])
READ, WRITE = require("content:read"), require("content:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
_COLUMNS = ("id", "name", "kind", "value", "cap", "code_prefix", "valid_days", "min_order", "used_at", "archived_at")


@router.get("/offers", auth=READ, response={200: OfferPage, **ERRORS}, summary="List offers")
def list_offers(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """Offers and what each binds."""
    return page_of(_offers(query), after=query.after, limit=query.limit)


@router.get("/offers/export", auth=READ, summary="Export offers")
def export_offers(request: HttpRequest, query: Query[ListQuery]) -> StreamingHttpResponse:
    """All offers that match, as CSV. Money in micros, percent in basis points."""
    rows = ([getattr(offer, name) for name in _COLUMNS] for offer in _offers(query))
    return csv_file(request, "offers", _COLUMNS, rows, now=clock.now())


@router.post("/offers", auth=WRITE, response={201: OfferOut, **ERRORS}, summary="Create an offer")
def create_offer(request: HttpRequest, given: OfferIn) -> tuple[int, Offer]:
    """Make an offer. A percentage needs a cap, because without one its cost has no bound."""
    return 201, services.create_offer(now=clock.now(), actor=actor_of(request), **given.dict())


@router.get("/offers/{offer_id}", auth=READ, response={200: OfferOut, **ERRORS}, summary="Get an offer")
def get_offer(request: HttpRequest, offer_id: Id) -> Offer:
    """One offer."""
    return services.get_offer(offer_id)


@router.patch("/offers/{offer_id}", auth=WRITE, response={200: OfferOut, **ERRORS}, summary="Change an offer")
def update_offer(request: HttpRequest, offer_id: Id, given: OfferChange) -> Offer:
    """Change an offer that no message has carried yet; of a used one, the name alone. What is not given stays."""
    changes = given.dict(exclude_none=True)
    seen = changes.pop("version", None)
    return services.update_offer(offer_id, seen=seen, now=clock.now(), actor=actor_of(request), **changes)


@router.post("/offers/{offer_id}/archive", auth=WRITE, response={200: OfferOut, **ERRORS}, summary="Archive an offer")
def archive_offer(request: HttpRequest, offer_id: Id) -> Offer:
    """Put an offer away. Codes already sent stay good until they expire."""
    return services.archive_offer(offer_id, archived=True, now=clock.now(), actor=actor_of(request))


@router.post("/offers/{offer_id}/restore", auth=WRITE, response={200: OfferOut, **ERRORS}, summary="Restore an offer")
def restore_offer(request: HttpRequest, offer_id: Id) -> Offer:
    """Bring an archived offer back."""
    return services.archive_offer(offer_id, archived=False, now=clock.now(), actor=actor_of(request))


@router.post(
    "/offers/{offer_id}/duplicate", auth=WRITE, response={201: OfferOut, **ERRORS}, summary="Duplicate an offer"
)
def duplicate_offer(request: HttpRequest, offer_id: Id) -> tuple[int, Offer]:
    """A copy whose terms can be changed."""
    return 201, services.duplicate_offer(offer_id, now=clock.now(), actor=actor_of(request))


def _offers(query: ListQuery) -> Any:
    return services.find_offers(services.OfferQuery(query.q, query.archived, query.sort))
