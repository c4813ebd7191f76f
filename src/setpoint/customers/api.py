"""One customer, consents and suppressions over HTTP. The list stands in segments, which knows who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Path, Query, Router, Schema
from pydantic import AwareDatetime, StringConstraints

from setpoint.customers import editing, services
from setpoint.customers.identity import names
from setpoint.customers.models import Consent, ConsentChange, Customer, Identity, Suppression
from setpoint.customers.people import people
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file
from setpoint.kernel import clock

router = Router(tags=["Customers"])
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**53, description="Show what comes after this id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most this many.")]
MOST_IDENTITIES = 200
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


class IdentityOut(Schema):
    """A name by which a customer is recognised; the newest of a kind is the current one."""

    kind: str
    value: str


class CustomerOut(Schema):
    """One customer: current identities by kind, and traits."""

    id: int
    identities: dict[str, str]
    traits: dict[str, Any]
    language: str
    timezone: str
    created_at: datetime


class CustomerDetailOut(CustomerOut):
    """One customer with what they agreed to. `suppressed`: channels on which an address of theirs must not be written
    to ("*": all). `active_at`: when they last did something. `version` is what a change has to name."""

    name: str
    all_identities: list[IdentityOut]
    consents: list[ConsentOut]
    suppressed: list[str]
    active_at: datetime | None
    updated_at: datetime
    version: int


class CustomerPatch(Schema):
    """What a person changes of a customer. A trait of null is removed; what is left out stays."""

    version: int | None = Field(default=None, description="The version that was seen; 409 when it was replaced since.")
    traits: dict[str, Any] = {}
    language: str | None = Field(default=None, max_length=50)
    timezone: str | None = Field(default=None, max_length=64)


class IdentityIn(Schema):
    """An identity to add or to remove. `version` is the customer's that was seen; 409 when replaced since."""

    kind: str = Field(max_length=16)
    value: str = Field(max_length=512)
    version: int | None = None


class SuppressionIn(Schema):
    """An address that must not be written to on a channel; channel "*" means on none."""

    channel: str = Field(max_length=50)
    address: str = Field(max_length=512)
    reason: str = Field(default="", max_length=200)


class SuppressionOut(SuppressionIn):
    """A suppressed address in its one spelling."""

    id: int
    at: datetime


class SuppressionQuery(Schema):
    """Which suppressions; `after` is the `next` of the page before."""

    q: Annotated[str, StringConstraints(max_length=512, pattern=r"^[^\x00]*$")] = ""
    channel: Annotated[str, StringConstraints(max_length=50)] | None = None
    sort: Literal["newest", "oldest"] = "oldest"
    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SuppressionPageOut(Schema):
    """A page of suppressions by id. `next` is the value of `after` for the next page, null at the end."""

    items: list[SuppressionOut]
    next: int | None = None


@router.put(
    "/customers",
    auth=require("customers:write"),
    response={200: CustomerDetailOut, 503: ErrorOut, **ERRORS},
    summary="Create or change a customer",
)
def put_customer(request: HttpRequest, payload: CustomerIn) -> dict[str, Any]:
    """Find the customer by any identity, or create one, and take over what is stated. Safe to repeat."""
    return _detail(editing.put_customer(_profile(payload), now=clock.now(), actor=actor_of(request)))


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


@router.patch(
    "/customers/{customer_id}",
    auth=require("customers:write"),
    response={200: CustomerDetailOut, 404: ErrorOut, 409: ErrorOut, **ERRORS},
    summary="Change a customer",
)
def change_customer(request: HttpRequest, customer_id: Id, payload: CustomerPatch) -> dict[str, Any]:
    """State traits, language or time zone of the customer with this id."""
    editing.edit_customer(customer_id, **payload.dict(), now=clock.now(), actor=actor_of(request))
    return _detail(customer_id)


@router.post(
    "/customers/{customer_id}/identities",
    auth=require("customers:write"),
    response={200: CustomerDetailOut, 404: ErrorOut, 409: ErrorOut, **ERRORS},
    summary="Add an identity",
)
def add_identity(request: HttpRequest, customer_id: Id, payload: IdentityIn) -> dict[str, Any]:
    """Note one more name by which this customer is recognised; 409 where it is another customer's."""
    names.add_identity(customer_id, **payload.dict(), now=clock.now(), actor=actor_of(request))
    return _detail(customer_id)


@router.post(
    "/customers/{customer_id}/identities/remove",
    auth=require("customers:write"),
    response={200: CustomerDetailOut, 404: ErrorOut, 409: ErrorOut, **ERRORS},
    summary="Remove an identity",
)
def remove_identity(request: HttpRequest, customer_id: Id, payload: IdentityIn) -> dict[str, Any]:
    """Take a name off this customer: a wrong address, a telephone that is somebody else's. The last one stays."""
    names.remove_identity(customer_id, **payload.dict(), now=clock.now(), actor=actor_of(request))
    return _detail(customer_id)


@router.post(
    "/customers/{customer_id}/consents",
    auth=require("customers:write"),
    response={200: list[ConsentOut], 404: ErrorOut, **ERRORS},
    summary="Record a consent",
)
def record_consent(request: HttpRequest, customer_id: Id, payload: ConsentStatementIn) -> list[Consent]:
    """Record what the customer says now, and return all they last said. Each change stays in the history."""
    said = ConsentRecord(payload.channel, payload.purpose, payload.state)
    editing.state_consent(customer_id, said, source=payload.source, now=clock.now(), actor=actor_of(request))
    return services.consents_of(customer_id)


@router.get(
    "/customers/{customer_id}/consents",
    auth=require("customers:read"),
    response={200: list[ConsentOut], 404: ErrorOut, **ERRORS},
    summary="Show the history of consents",
)
def list_consent_changes(request: HttpRequest, customer_id: Id) -> list[ConsentChange]:
    """Every change of what the customer allowed, oldest first."""
    services.view(customer_id)
    return services.consent_history(customer_id)


@router.get(
    "/suppressions",
    auth=require("customers:read"),
    response={200: SuppressionPageOut, **ERRORS},
    summary="List suppressions",
)
def list_suppressions(request: HttpRequest, asked: Query[SuppressionQuery]) -> dict[str, Any]:
    """Addresses that must not be written to, page by page; of one channel, or beginning with some letters."""
    newest = asked.sort == "newest"
    found = services.find_suppressions(channel=asked.channel, q=asked.q, after=asked.after, newest=newest)
    rows = list(found[: asked.limit])
    return {"items": rows, "next": rows[-1].pk if len(rows) == asked.limit else None}


@router.get("/suppressions/export", auth=require("customers:read"), summary="Export suppressions")
def export_suppressions(request: HttpRequest, asked: Query[SuppressionQuery]) -> StreamingHttpResponse:
    """All that match, as CSV."""
    header = ("channel", "address", "reason", "at")
    rows = services.find_suppressions(channel=asked.channel, q=asked.q).values_list(*header)
    return csv_file(request, "suppressions", header, rows.iterator(chunk_size=2_000), now=clock.now())


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
    reason: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
) -> tuple[int, None]:
    """Allow an address again, for a reason. The change is in the audit trail."""
    services.lift_suppression(channel, address, reason=reason, now=clock.now(), actor=actor_of(request))
    return 204, None


def _detail(customer_id: int) -> dict[str, Any]:
    seen = services.view(customer_id)
    (person,) = people([customer_id])
    shown: dict[str, Any] = CustomerOut.from_orm(seen).dict()
    version, updated_at = Customer.objects.values_list("revision", "updated_at").get(pk=customer_id)
    known = Identity.objects.filter(customer_id=customer_id).order_by("-pk")[:MOST_IDENTITIES]
    return {
        **shown,
        "name": person.name,
        "all_identities": list(known),
        "consents": services.consents_of(customer_id),
        "suppressed": list(person.suppressed),
        "active_at": person.active_at,
        "updated_at": updated_at,
        "version": version,
    }


def _profile(payload: CustomerIn) -> Profile:
    said = tuple(ConsentRecord(each.channel, each.purpose, each.state) for each in payload.consents)
    return Profile(payload.identities, payload.traits, said, payload.language, payload.timezone, payload.at)
