"""The demo company and its inbox over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock
from setpoint.site.company import services
from setpoint.site.company.models import DemoMail
from setpoint.site.company.types import DemoStatus

router = Router(tags=["demo company"])
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
Id = Annotated[int, Path(ge=1, le=2**53)]


class DemoMailOut(Schema):
    """One message of the demo inbox."""

    id: int
    customer_id: int
    address: str
    subject: str
    at: datetime


class DemoMailPage(Schema):
    """Messages, newest first; `next` continues below the last one."""

    items: list[DemoMailOut]
    next: int | None
    total: int


class DemoMailWhole(DemoMailOut):
    """One message with its text. Its picture is at /demo-inbox/{id}."""

    text: str
    has_html: bool

    @staticmethod
    def resolve_has_html(row: DemoMail) -> bool:
        """Whether it has more than text."""
        return bool(row.html)


@router.get("/demo-company", response={200: DemoStatus, **ERRORS}, auth=require("customers:read"))
def show_demo_company(request: HttpRequest) -> DemoStatus:
    """Whether there is a demo company, how far its making is, and what belongs to it."""
    return services.status()


@router.post("/demo-company", response={202: DemoStatus, **ERRORS}, auth=require("settings:write"))
def bring_demo_company(request: HttpRequest) -> tuple[int, DemoStatus]:
    """Make the demo company: 2,000 made-up customers, a finished campaign, another to launch. Takes half a minute."""
    return 202, services.bring(actor=actor_of(request), now=clock.now())


@router.delete("/demo-company", response={202: DemoStatus, **ERRORS}, auth=require("settings:write"))
def remove_demo_company(request: HttpRequest) -> tuple[int, DemoStatus]:
    """Remove the demo company and all that belongs to it, or end its making."""
    return 202, services.take_away(actor=actor_of(request), now=clock.now())


@router.get("/demo-inbox", response={200: DemoMailPage, **ERRORS}, auth=require("delivery:read"))
def list_demo_mails(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
) -> dict[str, Any]:
    """What the demo's customers received, newest first."""
    rows = services.mails(after=after, limit=limit, search=q.strip())
    return {"items": rows, "next": rows[-1].pk if len(rows) == limit else None, "total": services.mail_count()}


@router.get("/demo-inbox/{mail_id}", response={200: DemoMailWhole, **ERRORS}, auth=require("delivery:read"))
def show_demo_mail(request: HttpRequest, mail_id: Id) -> DemoMail:
    """One message."""
    return services.mail(mail_id)
