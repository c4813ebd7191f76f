"""Delivery over HTTP: deliveries and the ledger; channels stand beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Path, Query, Router, Schema
from pydantic import StringConstraints

from setpoint.content.models import Offer, Variant
from setpoint.customers.naming import shown_name
from setpoint.customers.services import views as customer_views
from setpoint.delivery import services
from setpoint.delivery.channels_api import BigId
from setpoint.delivery.channels_api import router as channels
from setpoint.delivery.models import Delivery
from setpoint.delivery.types import State
from setpoint.governance.auth import ErrorOut, require
from setpoint.governance.listing import csv_file
from setpoint.kernel import clock

router = Router(tags=["delivery"])
router.add_router("", channels)
READ = require("delivery:read")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
_MOST_EXPORTED = 1_000_000

Source = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00/]+$")]
Channel = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]


class DeliveryOut(Schema):
    """One row of the ledger, with the names of what it refers to. Money in micros; `words` says the reason."""

    id: int
    source: str
    round: int
    customer_id: int
    customer_name: str
    slot: str
    channel: str
    variant_id: int
    variant_name: str
    template_id: int | None
    offer_id: int | None
    offer_name: str
    state: State
    reason: str
    words: str
    due_at: datetime
    handed_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    machine_at: datetime | None
    complained_at: datetime | None
    unsubscribed_at: datetime | None
    attempts: int
    cost_money: int
    offer_state: str
    offer_cost: int


class DeliveryPage(Schema):
    """Rows; `next` continues after the last one. `total` is counted on the first page only, up to 10,000."""

    items: list[DeliveryOut]
    next: int | None
    total: int | None
    total_is_capped: bool


class DeliveryFilter(Schema):
    """Which rows, newest or oldest first. `after` is the `next` of the page before."""

    source: Source | None = None
    round: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    customer_id: BigId | None = None
    state: State | None = None
    channel: Channel | None = None
    variant_id: BigId | None = None
    offer_id: BigId | None = None
    sort: Literal["newest", "oldest"] = "oldest"
    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class BudgetOut(Schema):
    """One limit and how much of it is bound."""

    scope: str
    resource: str
    limit: int
    reserved: int
    committed: int
    left: int


class WarningOut(Schema):
    """A limit that came near or was reached."""

    scope: str
    resource: str
    level: str
    limit: int
    used: int
    at: datetime


class LedgerOut(Schema):
    """A stream's ledger: deliveries by state, limits, warnings, and micros spent by channel."""

    source: str
    states: dict[str, int]
    budgets: list[BudgetOut]
    warnings: list[WarningOut]
    costs_by_channel: dict[str, int]


@router.get("/deliveries", auth=READ, response={200: DeliveryPage, **ERRORS}, summary="List deliveries")
def list_deliveries(request: HttpRequest, filters: Query[DeliveryFilter]) -> DeliveryPage:
    """Rows of the ledger, filtered."""
    query = _query(filters)
    rows = list(services.find_deliveries(query, after=filters.after)[: filters.limit])
    total, is_capped = (None, False) if filters.after else services.count_deliveries(query)
    following = rows[-1].id if len(rows) == filters.limit else None
    return DeliveryPage(items=_shown(rows), next=following, total=total, total_is_capped=is_capped)


@router.get("/deliveries/export", auth=READ, summary="Export deliveries")
def export_deliveries(request: HttpRequest, filters: Query[DeliveryFilter]) -> StreamingHttpResponse:
    """All rows that match, as CSV, at most a million. Money in micros."""
    header = (
        "id", "source", "round", "customer_id", "channel", "slot", "variant_id", "offer_id", "state", "words", "due_at",
        "handed_at", "delivered_at", "opened_at", "clicked_at", "complained_at", "unsubscribed_at", "cost_money",
        "offer_state", "offer_cost",
    )  # fmt: skip
    return csv_file(request, "deliveries", header, _lines(_query(filters), header), now=clock.now())


@router.get("/deliveries/sources", auth=READ, response={200: list[str], **ERRORS}, summary="List the ledger's sources")
def list_sources(request: HttpRequest) -> list[str]:
    """Whose deliveries the ledger holds, such as "campaign:12", newest first."""
    return services.sources()


@router.get("/deliveries/{delivery_id}", auth=READ, response={200: DeliveryOut, **ERRORS}, summary="Get a delivery")
def get_delivery(request: HttpRequest, delivery_id: Annotated[int, Path(ge=1, le=2**53)]) -> DeliveryOut:
    """One row of the ledger."""
    return _shown([services.get_delivery(delivery_id)])[0]


@router.get("/ledger/{source}", auth=READ, response={200: LedgerOut, **ERRORS}, summary="A stream's ledger")
def get_ledger(
    request: HttpRequest, source: Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00/]+$")]
) -> Any:
    """Deliveries by state, limits, warnings and costs of one stream, such as "campaign:12"."""
    return {
        "source": source,
        "states": services.ledger(source),
        "budgets": services.budgets(source),
        "warnings": services.warnings(source),
        "costs_by_channel": services.costs_by_channel(source),
    }


def _query(filters: DeliveryFilter) -> services.DeliveryQuery:
    given = filters.dict(exclude={"after", "limit", "sort"})
    return services.DeliveryQuery(**given, newest=filters.sort == "newest")


def _lines(query: services.DeliveryQuery, header: Sequence[str]) -> Iterator[list[object]]:
    rows = services.find_deliveries(query)[:_MOST_EXPORTED]
    for row in rows.iterator(chunk_size=2_000):
        more = {"source": row.stream.source, "words": services.reason_words(row.state, row.reason)}
        yield [more[name] if name in more else getattr(row, name) for name in header]


def _shown(rows: Sequence[Delivery]) -> list[DeliveryOut]:
    """Rows with the names of what they refer to, read once for all."""
    people = customer_views(list({row.customer_id for row in rows}))
    variants = Variant.objects.in_bulk({row.variant_id for row in rows})
    offers = Offer.objects.in_bulk({row.offer_id for row in rows if row.offer_id})
    return [
        DeliveryOut(
            **{name: getattr(row, name) for name in _OWN},
            source=row.stream.source,
            customer_name=shown_name(people[row.customer_id]) if row.customer_id in people else f"#{row.customer_id}",
            variant_name=variants[row.variant_id].name if row.variant_id in variants else "",
            template_id=variants[row.variant_id].template_id if row.variant_id in variants else None,
            offer_name=offers[row.offer_id].name if row.offer_id in offers else "",
            words=services.reason_words(row.state, row.reason),
        )
        for row in rows
    ]


_NAMED = {"source", "customer_name", "variant_name", "template_id", "offer_name", "words"}
_OWN = [name for name in DeliveryOut.model_fields if name not in _NAMED]
