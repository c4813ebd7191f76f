"""The company's settings, API keys and the audit trail over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, File, Path, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, JsonValue, StringConstraints

from setpoint.governance import services
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.documents import document_policy
from setpoint.governance.listing import csv_file
from setpoint.governance.me_api import router as me
from setpoint.governance.models import ApiKey, AuditEntry, Company
from setpoint.governance.people_api import ScopeOut
from setpoint.governance.people_api import router as people
from setpoint.governance.types import SCOPES
from setpoint.kernel import clock
from setpoint.kernel.errors import NotFound

router = Router(tags=["Governance"])
router.add_router("", people)
router.add_router("", me)
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**53, description="Show what is older than this entry.")]
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
    logo: bool = Field(description="Whether there is one, at /api/company/logo.")
    second_factor_required: bool
    version: int

    @staticmethod
    def resolve_logo(record: Company) -> bool:
        """The picture itself has an address of its own."""
        return bool(record.logo)


class CompanyIn(Schema):
    """Settings to change; what is left out stays, and a name that is no setting is refused."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, description="The version that was seen; refused when it was replaced.")
    name: str | None = None
    currency: str | None = None
    timezone: str | None = None
    language: str | None = None
    physical_address: str | None = None
    from_name: str | None = None
    brand_colour: str | None = None
    quiet_start: str | None = None
    quiet_end: str | None = None
    second_factor_required: bool | None = Field(
        default=None, description="Ask everybody for a second factor; who has none can then only set one up."
    )


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
    """Who did what to which record, from where, and its values before and after."""

    id: int
    actor: str
    verb: str
    subject: str
    before: JsonValue = None
    after: JsonValue = None
    at: datetime
    origin: str = Field(description="Address and program of the caller; empty for the system itself.")


class AuditPageOut(Schema):
    """A page of the audit trail, newest first. `next` is the value of `after` for the next page, null at the end."""

    items: list[AuditEntryOut]
    next: int | None = None
    total: int = Field(description="Counted up to 1000.")
    total_is_capped: bool


class AuditQuery(Schema):
    """Which entries to show."""

    actor: Subject | None = Field(default=None, description="Exactly as shown, such as `user:3 ann@example.com`.")
    verb: Subject | None = None
    subject: Subject | None = Field(default=None, description="Such as `campaign:5`, or `campaign:` for all of them.")
    since: datetime | None = None
    until: datetime | None = None

    def chosen(self) -> services.AuditFilter:
        """The same in the words of the service."""
        return services.AuditFilter(**self.dict())


class AuditChoicesOut(Schema):
    """Who and what stands in the latest entries."""

    actors: list[str]
    verbs: list[str]
    kinds: list[str] = Field(description="Kinds of records, such as `campaign`.")


ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 409: ErrorOut}
AUDIT = require("audit:read")
AUDIT_COLUMNS = ("id", "at", "actor", "origin", "verb", "subject", "before", "after")


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


@router.post(
    "/company/logo",
    auth=require("settings:write"),
    response={200: CompanyOut, 413: ErrorOut, **ERRORS},
    summary="Change the logo",
)
def change_logo(request: HttpRequest, logo: File[UploadedFile]) -> Company:
    """Show another logo: a PNG or SVG of at most 100 kB. An SVG is stripped of all that acts or loads."""
    return services.change_logo(logo.read(), now=clock.now(), actor=actor_of(request))


@router.get("/company/logo", auth=None, response={200: None, 404: ErrorOut}, summary="The logo")
def show_logo(request: HttpRequest) -> HttpResponse:
    """The picture. Open to everybody: it stands on the sign-in page and in mails."""
    record = services.company()
    if not record.logo:
        raise NotFound(_("The company has no logo."), remedy=_("Choose one in the company's settings."))
    kind, picture = services.unpacked_logo(record.logo)
    answer = HttpResponse(picture, content_type=kind)
    answer["Content-Security-Policy"] = document_policy(picture, sandbox=True)
    answer["Cache-Control"] = "public, max-age=300"
    return answer


@router.delete(
    "/company/logo", auth=require("settings:write"), response={200: CompanyOut, **ERRORS}, summary="Remove the logo"
)
def remove_logo(request: HttpRequest) -> Company:
    """Show no logo."""
    return services.change_logo(None, now=clock.now(), actor=actor_of(request))


@router.get(
    "/api-keys", auth=require("settings:read"), response={200: list[ApiKeyOut], **ERRORS}, summary="List API keys"
)
def list_api_keys(request: HttpRequest) -> list[ApiKey]:
    """All keys, oldest first, revoked ones included, without their secrets."""
    return services.list_api_keys()


@router.post(
    "/api-keys",
    auth=require("keys:write"),
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
    auth=require("keys:write"),
    response={200: ApiKeyOut, 404: ErrorOut, **ERRORS},
    summary="Revoke an API key",
)
def revoke_api_key(request: HttpRequest, key_id: Id) -> ApiKey:
    """End a key for ever. Every process stops taking it within five seconds."""
    return services.revoke_api_key(key_id, now=clock.now(), actor=actor_of(request))


@router.get("/scopes", auth=require("settings:read"), response={200: list[ScopeOut], **ERRORS}, summary="List scopes")
def list_scopes(request: HttpRequest) -> list[ScopeOut]:
    """Every scope that a key may hold, and what it allows."""
    return [ScopeOut(name=name, meaning=_(meaning)) for name, meaning in SCOPES.items()]


@router.get("/audit", auth=AUDIT, response={200: AuditPageOut, **ERRORS}, summary="Show the audit trail")
def list_audit(request: HttpRequest, where: Query[AuditQuery], after: After = 0, limit: Limit = 100) -> dict[str, Any]:
    """Changes that people and programs made, newest first."""
    entries = services.search_audit(where.chosen(), after=after, limit=limit)
    total = services.count_audit(where.chosen())
    return {
        "items": entries,
        "next": entries[-1].pk if len(entries) == limit else None,
        "total": min(total, 1000),
        "total_is_capped": total > 1000,
    }


@router.get("/audit/choices", auth=AUDIT, response={200: AuditChoicesOut, **ERRORS}, summary="What to filter by")
def audit_choices(request: HttpRequest) -> services.AuditChoices:
    """Who and what stands in the latest entries: the choices of the filters."""
    return services.audit_choices()


@router.get("/audit/export", auth=AUDIT, response={200: None, **ERRORS}, summary="Export the audit trail")
def export_audit(request: HttpRequest, where: Query[AuditQuery]) -> HttpResponseBase:
    """The entries chosen, newest first, as CSV; values before and after as JSON."""
    entries = services.every_entry(where.chosen())
    return csv_file(request, "audit", AUDIT_COLUMNS, (_audit_row(entry) for entry in entries), now=clock.now())


def _audit_row(entry: AuditEntry) -> list[object]:
    values = (
        json.dumps(value, ensure_ascii=False) if value is not None else "" for value in (entry.before, entry.after)
    )
    return [entry.pk, entry.at, entry.actor, entry.origin, entry.verb, entry.subject, *values]
