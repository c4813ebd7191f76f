"""Customers, consents and suppressions over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema
from pydantic import AwareDatetime

from setpoint.customers import services
from setpoint.customers.models import Consent, Suppression
from setpoint.customers.types import ConsentRecord, CustomerView, Profile
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid

router = Router(tags=["Customers"])
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**53, description="Show what comes after this id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most this many.")]
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}


class ConsentIn(Schema):
    """What a customer says for a channel ("email") and a purpose ("marketing")."""

    channel: str = Field(max_length=50)
    purpose: str = Field(default="marketing", max_length=50)
    state: Literal["granted", "denied"]


class ConsentStatementIn(ConsentIn):
    """A consent statement and where it was made."""

    source: str = Field(default="api", max_length=100, description="Where the customer said so.")


class ConsentOut(Schema):
    """What a customer last said for a channel and a purpose."""

    channel: str
    purpose: str
    state: str
    source: str
    at: datetime


class CustomerIn(Schema):
    """What is known of one person. Found by any identity; a trait of null is removed; what is left out stays."""

    identities: dict[str, str] = Field(description="By kind: user_id, email, phone, anonymous_id, device, ...")
    traits: dict[str, Any] = {}
    consents: list[ConsentIn] = Field(default=[], max_length=100)
    language: str | None = Field(default=None, max_length=50)
    timezone: str | None = Field(default=None, max_length=64)
    at: AwareDatetime | None = Field(default=None, description="When this was stated; an older statement never wins.")


class CustomerOut(Schema):
    """One customer: current identities by kind, and traits."""

    id: int
    identities: dict[str, str]
    traits: dict[str, Any]
    language: str
    timezone: str
    created_at: datetime


class CustomerDetailOut(CustomerOut):
    """One customer with what they agreed to."""

    consents: list[ConsentOut]


class CustomerPageOut(Schema):
    """A page of customers by id. `next` is the value of `after` for the next page, null at the end."""

    items: list[CustomerOut]
    next: int | None = None


class SuppressionIn(Schema):
    """An address that must not be written to on a channel; channel "*" means on none."""

    channel: str = Field(max_length=50)
    address: str = Field(max_length=512)
    reason: str = Field(default="", max_length=200)


class SuppressionOut(SuppressionIn):
    """A suppressed address in its one spelling."""

    id: int
    at: datetime


class SuppressionPageOut(Schema):
    """A page of suppressions by id. `next` is the value of `after` for the next page, null at the end."""

    items: list[SuppressionOut]
    next: int | None = None


@router.get(
    "/customers",
    auth=require("customers:read"),
    response={200: CustomerPageOut, **ERRORS},
    summary="List or find customers",
)
def list_customers(
    request: HttpRequest,
    after: After = 0,
    limit: Limit = 100,
    identity: Annotated[str | None, Query(max_length=600, description="kind:value, such as email:ann@x.org.")] = None,
) -> dict[str, Any]:
    """Customers by id, page by page; or the one with an identity, in any spelling."""
    if identity is not None:
        return {"items": _found(identity), "next": None}
    items = services.list_customers(after=after, limit=limit)
    return {"items": items, "next": items[-1].id if len(items) == limit else None}


@router.put(
    "/customers",
    auth=require("customers:write"),
    response={200: CustomerDetailOut, 503: ErrorOut, **ERRORS},
    summary="Create or change a customer",
)
def put_customer(request: HttpRequest, payload: CustomerIn) -> dict[str, Any]:
    """Find the customer by any identity, or create one, and take over what is stated. Safe to repeat."""
    (customer_id,) = services.upsert_customers([_profile(payload)], now=clock.now(), source=actor_of(request))
    return _detail(customer_id)


@router.get(
    "/customers/traits",
    auth=require("customers:read"),
    response={200: dict[str, Literal["number", "text", "boolean"]], **ERRORS},
    summary="List traits",
)
def list_traits(request: HttpRequest) -> Mapping[str, str]:
    """The name of every trait that some customer has or had, with its type."""
    return services.trait_names()


@router.get(
    "/customers/{customer_id}",
    auth=require("customers:read"),
    response={200: CustomerDetailOut, 404: ErrorOut, **ERRORS},
    summary="Show a customer",
)
def get_customer(request: HttpRequest, customer_id: Id) -> dict[str, Any]:
    """Identities, traits, language, time zone and consents of one customer."""
    return _detail(customer_id)


@router.post(
    "/customers/{customer_id}/consents",
    auth=require("customers:write"),
    response={200: list[ConsentOut], 404: ErrorOut, **ERRORS},
    summary="Record a consent",
)
def record_consent(request: HttpRequest, customer_id: Id, payload: ConsentStatementIn) -> list[Consent]:
    """Record what the customer says now, and return all they last said. Each change stays in the history."""
    services.record_consent(
        [customer_id], payload.channel, payload.purpose, payload.state, source=payload.source, now=clock.now()
    )
    return services.consents_of(customer_id)


@router.get(
    "/suppressions",
    auth=require("customers:read"),
    response={200: SuppressionPageOut, **ERRORS},
    summary="List suppressions",
)
def list_suppressions(
    request: HttpRequest,
    after: After = 0,
    limit: Limit = 100,
    channel: Annotated[str | None, Query(max_length=50)] = None,
) -> dict[str, Any]:
    """Addresses that must not be written to, page by page; of one channel where it is given."""
    rows = services.list_suppressions(channel=channel, after=after, limit=limit)
    return {"items": rows, "next": rows[-1].pk if len(rows) == limit else None}


@router.post(
    "/suppressions",
    auth=require("customers:write"),
    response={200: SuppressionOut, **ERRORS},
    summary="Suppress an address",
)
def suppress(request: HttpRequest, payload: SuppressionIn) -> Suppression:
    """Never write to this address again, whatever was agreed to. Safe to repeat."""
    return services.suppress(payload.channel, payload.address, payload.reason, now=clock.now(), actor=actor_of(request))


@router.delete(
    "/suppressions",
    auth=require("customers:write"),
    response={204: None, 404: ErrorOut, **ERRORS},
    summary="Lift a suppression",
)
def lift_suppression(
    request: HttpRequest,
    channel: Annotated[str, Query(max_length=50)],
    address: Annotated[str, Query(max_length=512)],
) -> tuple[int, None]:
    """Allow an address again. The change is in the audit trail."""
    services.lift_suppression(channel, address, now=clock.now(), actor=actor_of(request))
    return 204, None


def _found(identity: str) -> list[CustomerView]:
    kind, colon, value = identity.partition(":")
    if not colon:
        raise Invalid(_("An identity is written kind:value."), remedy=_("Write email:ann@x.org."), field="identity")
    customer_id = services.find_customer(kind, value)
    return [] if customer_id is None else [services.view(customer_id)]


def _detail(customer_id: int) -> dict[str, Any]:
    seen = services.view(customer_id)
    shown: dict[str, Any] = CustomerOut.from_orm(seen).dict()
    return {**shown, "consents": services.consents_of(customer_id)}


def _profile(payload: CustomerIn) -> Profile:
    said = tuple(ConsentRecord(each.channel, each.purpose, each.state) for each in payload.consents)
    return Profile(payload.identities, payload.traits, said, payload.language, payload.timezone, payload.at)
