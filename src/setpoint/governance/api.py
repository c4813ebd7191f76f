"""The company's settings, API keys and the audit trail over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema
from pydantic import ConfigDict, StringConstraints

from setpoint.governance import services
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.models import ApiKey, AuditEntry, Company
from setpoint.kernel import clock

router = Router(tags=["Governance"])
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**53, description="Show what comes after this id.")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most this many.")]
Subject = Annotated[str, StringConstraints(max_length=250, pattern=r"^[^\x00]*$")]


class CompanyOut(Schema):
    """The company that this installation works for."""

    name: str
    currency: str = Field(description="ISO 4217, such as EUR.")
    timezone: str = Field(description="IANA name, such as Europe/Paris.")
    language: str = Field(description="en or zh-hans.")
    physical_address: str = Field(description="Printed below every marketing mail; the law asks for it.")
    from_name: str
    brand_colour: str = Field(description="#RRGGBB.")
    quiet_start: str = Field(description="HH:MM in the customer's time, or empty.")
    quiet_end: str = Field(description="HH:MM in the customer's time, or empty.")


class CompanyIn(Schema):
    """Settings to change; what is left out stays, and a name that is no setting is refused."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    currency: str | None = None
    timezone: str | None = None
    language: str | None = None
    physical_address: str | None = None
    from_name: str | None = None
    brand_colour: str | None = None
    quiet_start: str | None = None
    quiet_end: str | None = None


class ApiKeyIn(Schema):
    """A key to make. Keys of kind "write" send events and hold the scope events:write alone."""

    name: str = Field(max_length=200, description="Who will use the key.")
    scopes: list[str] = Field(default=[], max_length=100)
    kind: Literal["api", "write"] = "api"


class ApiKeyOut(Schema):
    """A key without its secret."""

    id: int
    name: str
    kind: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None = None


class NewApiKeyOut(ApiKeyOut):
    """A key just made. `key` is shown this once and cannot be read again."""

    key: str


class AuditEntryOut(Schema):
    """Who did what to which record, and its values before and after."""

    id: int
    actor: str
    verb: str
    subject: str
    before: Any = None
    after: Any = None
    at: datetime


class AuditPageOut(Schema):
    """A page of the audit trail, oldest first. `next` is the value of `after` for the next page, null at the end."""

    items: list[AuditEntryOut]
    next: int | None = None


ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}


@router.get("/company", auth=require("settings:read"), response={200: CompanyOut, **ERRORS}, summary="Show the company")
def get_company(request: HttpRequest) -> Company:
    """Name, currency, time zone, language and the other settings of the company."""
    return services.company()


@router.patch(
    "/company",
    auth=require("settings:write"),
    response={200: CompanyOut, **ERRORS},
    summary="Change the company",
)
def change_company(request: HttpRequest, payload: CompanyIn) -> Company:
    """Change some settings. The change is in the audit trail."""
    changes = payload.dict(exclude_none=True)
    return services.update_company(now=clock.now(), actor=actor_of(request), **changes)


@router.get(
    "/api-keys", auth=require("settings:read"), response={200: list[ApiKeyOut], **ERRORS}, summary="List API keys"
)
def list_api_keys(request: HttpRequest) -> list[ApiKey]:
    """All keys, oldest first, revoked ones included, without their secrets."""
    return services.list_api_keys()


@router.post(
    "/api-keys",
    auth=require("settings:write"),
    response={201: NewApiKeyOut, **ERRORS},
    summary="Create an API key",
)
def create_api_key(request: HttpRequest, payload: ApiKeyIn) -> tuple[int, dict[str, Any]]:
    """Make a key. Its text is in this answer and nowhere else; we keep only its hash."""
    text, key = services.create_api_key(
        payload.name, payload.scopes, kind=payload.kind, now=clock.now(), actor=actor_of(request)
    )
    return 201, {**ApiKeyOut.from_orm(key).dict(), "key": text}


@router.delete(
    "/api-keys/{key_id}",
    auth=require("settings:write"),
    response={200: ApiKeyOut, 404: ErrorOut, **ERRORS},
    summary="Revoke an API key",
)
def revoke_api_key(request: HttpRequest, key_id: Id) -> ApiKey:
    """End a key for ever. Every process stops taking it within five seconds."""
    return services.revoke_api_key(key_id, now=clock.now(), actor=actor_of(request))


@router.get(
    "/audit", auth=require("settings:read"), response={200: AuditPageOut, **ERRORS}, summary="Show the audit trail"
)
def list_audit(
    request: HttpRequest, after: After = 0, limit: Limit = 100, subject: Subject | None = None
) -> dict[str, list[AuditEntry] | int | None]:
    """Changes that people and programs made, oldest first; of one subject such as "company" where it is given."""
    entries = services.list_audit(subject=subject, after=after, limit=limit)
    return {"items": entries, "next": entries[-1].pk if len(entries) == limit else None}
