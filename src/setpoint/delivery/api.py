"""Delivery over HTTP: channels, deliveries, the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema
from pydantic import StringConstraints

from setpoint.delivery import services
from setpoint.delivery.links import base_url, hook_token
from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.delivery.types import State
from setpoint.governance.auth import ErrorOut, require
from setpoint.kernel import clock

router = Router(tags=["delivery"])
READ, WRITE = require("delivery:read"), require("delivery:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}

Name = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
ChannelName = Annotated[str, Path(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
Source = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00/]+$")]
Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
Micros = Annotated[int, Field(ge=0, le=10**15)]
BigId = Annotated[int, Field(ge=1, le=2**53)]
Setting = Text | bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | float


class ChannelIn(Schema):
    """How a channel is spoken: a plug-in, its settings, and what a message costs (micros, seconds of people's time)."""

    plugin: Name
    settings: dict[str, Setting]
    cost_per_message: Micros = 0
    seconds_per_message: Annotated[int, Field(ge=0, le=86_400)] = 0
    max_per_second: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 0.0
    enabled: bool = True


class ChannelOut(Schema):
    """A channel without its settings, which are secret. `hook_url` is where its provider reports back."""

    name: str
    plugin: str
    cost_per_message: int
    seconds_per_message: int
    max_per_second: float
    enabled: bool
    hook_url: str

    @staticmethod
    def resolve_hook_url(account: ChannelAccount) -> str:
        """The address with its token."""
        return f"{base_url()}/hooks/{account.name}?token={hook_token(account.name)}"


class HealthOut(Schema):
    """Whether a channel is well. A resting channel tries again at `paused_until`."""

    name: str
    state: Literal["ready", "resting", "disabled"]
    faults: int
    paused_until: datetime | None
    pause_reason: str


class TestIn(Schema):
    """Where a test message goes."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class TestOut(Schema):
    """The provider's answer."""

    status: str
    detail: str
    provider_id: str


class DeliveryOut(Schema):
    """One row of the ledger. Money in micros."""

    id: int
    source: str
    round: int
    customer_id: int
    slot: str
    channel: str
    variant_id: int
    offer_id: int | None
    state: State
    reason: str
    due_at: datetime
    handed_at: datetime | None
    delivered_at: datetime | None
    attempts: int
    cost_money: int
    offer_state: str
    offer_cost: int

    @staticmethod
    def resolve_source(row: Delivery) -> str:
        """The stream it belongs to."""
        return row.stream.source


class DeliveryPage(Schema):
    """Rows by id; `next` continues after the last one."""

    items: list[DeliveryOut]
    next: int | None


class DeliveryFilter(Schema):
    """Which rows. `after` is the `next` of the page before."""

    source: Source | None = None
    round: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    customer_id: BigId | None = None
    state: State | None = None
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


@router.get("/channels", auth=READ, response={200: list[ChannelOut], **ERRORS}, summary="List channels")
def list_channels(request: HttpRequest) -> Any:
    """All channels by name."""
    return services.list_channels()


@router.put("/channels/{name}", auth=WRITE, response={200: ChannelOut, **ERRORS}, summary="Set up a channel")
def put_channel(request: HttpRequest, name: ChannelName, body: ChannelIn) -> Any:
    """Make or replace a channel. Settings the plug-in cannot use are refused by the name of the field."""
    given = body.dict()
    return services.set_channel(name, given.pop("plugin"), given.pop("settings"), **given)


@router.delete("/channels/{name}", auth=WRITE, response={204: None, **ERRORS}, summary="Remove a channel")
def delete_channel(request: HttpRequest, name: ChannelName) -> Any:
    """Forget a channel and its settings; refused while deliveries wait for it."""
    services.remove_channel(name)
    return 204, None


@router.post("/channels/{name}/test", auth=WRITE, response={200: TestOut, **ERRORS}, summary="Send a test message")
def test_channel(request: HttpRequest, name: ChannelName, body: TestIn) -> Any:
    """Hand one test message to the provider and tell its answer."""
    return services.send_test(name, body.address, now=clock.now())


@router.get("/channels/{name}/health", auth=READ, response={200: HealthOut, **ERRORS}, summary="A channel's health")
def channel_health(request: HttpRequest, name: ChannelName) -> Any:
    """Whether the channel is ready, rests after its provider's faults, or is disabled."""
    return services.channel_health(name, now=clock.now())


@router.get("/deliveries", auth=READ, response={200: DeliveryPage, **ERRORS}, summary="List deliveries")
def list_deliveries(request: HttpRequest, filters: Query[DeliveryFilter]) -> Any:
    """Rows of the ledger by id, filtered."""
    given = filters.dict(exclude_none=True)
    after, limit = given.pop("after"), given.pop("limit")
    rows = services.list_deliveries(after=after, limit=limit, **given)
    return {"items": rows, "next": rows[-1].id if len(rows) == limit else None}


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
