"""Reports and their shared addresses over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import Field

from setpoint.autopilot import reporting, sharing
from setpoint.autopilot.models import Share
from setpoint.autopilot.report.told import ReportStory
from setpoint.autopilot.room import reports
from setpoint.autopilot.routes import ERRORS, READ, Id, router
from setpoint.governance.auth import actor_of
from setpoint.governance.documents import document_policy
from setpoint.kernel import clock


class ShareIn(Schema):
    """For how many days the address opens."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class ShareOut(Schema):
    """An address of the report, who made it, and until when it opens."""

    id: int
    url: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    is_open: bool


@router.get("/{int:campaign_id}/report", response={200: Any, **ERRORS}, auth=READ, summary="Report")
def report(
    request: HttpRequest,
    campaign_id: Id,
    form: Annotated[Literal["json", "html", "pdf", "csv", "text"], Query(alias="format")] = "json",
    language: Literal["en", "zh"] = "en",
    download: bool = False,
) -> HttpResponse:
    """The campaign's report, live or final, in five forms and two languages; as a file to keep with `download`."""
    body, content_type = reporting.render(campaign_id, form, language, now=clock.now())
    answer = HttpResponse(body, content_type=content_type)
    if form == "html":
        answer["Content-Security-Policy"] = document_policy(body)
    if download:
        answer["Content-Disposition"] = f'attachment; filename="campaign-{campaign_id}-{language}.{form}"'
    return answer


@router.get("/{int:campaign_id}/story", response={200: ReportStory, **ERRORS}, auth=READ, summary="Report, told")
def story(request: HttpRequest, campaign_id: Id, language: Literal["en", "zh"] = "en") -> ReportStory:
    """The report as sentences, figures and tables in one language, for a page to lay out."""
    return reports.story(campaign_id, language, now=clock.now())


@router.get("/{int:campaign_id}/shares", response={200: list[ShareOut], **ERRORS}, auth=READ, summary="List shares")
def list_shares(request: HttpRequest, campaign_id: Id) -> Any:
    """Addresses made of this report, newest first, closed ones included."""
    return [_shown(share) for share in sharing.list_shares(campaign_id)]


@router.post("/{int:campaign_id}/share", response={200: ShareOut, **ERRORS}, auth=READ, summary="Share the report")
def share(request: HttpRequest, campaign_id: Id, body: ShareIn) -> Any:
    """An address of the report that needs no account and expires."""
    return _shown(sharing.share_report(campaign_id, days=body.days, actor=actor_of(request), now=clock.now()))


@router.delete(
    "/{int:campaign_id}/shares/{share_id}",
    response={200: ShareOut, **ERRORS},
    auth=READ,
    summary="Close a shared address",
)
def revoke_share(request: HttpRequest, campaign_id: Id, share_id: Annotated[int, Path(ge=1, le=2**53)]) -> Any:
    """The address stops opening at once."""
    return _shown(sharing.revoke_share(campaign_id, share_id, actor=actor_of(request), now=clock.now()))


def _shown(share: Share) -> dict[str, Any]:
    is_open = share.revoked_at is None and share.expires_at >= clock.now()
    return {
        "id": share.pk,
        "url": sharing.address_of(share) if is_open else "",
        "created_by": share.created_by,
        "created_at": share.created_at,
        "expires_at": share.expires_at,
        "revoked_at": share.revoked_at,
        "is_open": is_open,
    }
