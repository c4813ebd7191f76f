"""Destinations over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router

from setpoint.destinations import services
from setpoint.destinations.models import Export, ExportRun
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.schemas import (
    DestinationKindOut,
    ExportChange,
    ExportDetail,
    ExportIn,
    ExportListQuery,
    ExportPage,
    ExportRunIn,
    ExportRunOut,
    ExportRunPage,
    ExportTestedOut,
    ExportTestIn,
    UntakenRowPage,
)
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import in_pieces, page_of
from setpoint.governance.services import record_audit
from setpoint.kernel import clock
from setpoint.sources.schemas import Id
from setpoint.sources.shaping import health_of, setting_out

router = Router(tags=["destinations"])
READ = require("customers:read")
WRITE = require("imports:write")
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut, 503: ErrorOut}
After = Annotated[int, Query(ge=0, le=10**9)]
PIECE = 256 * 1024
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/destinations/kinds", auth=READ, response={200: list[DestinationKindOut], **REFUSALS}, summary="Kinds")
def list_destinations(request: HttpRequest) -> list[dict[str, Any]]:
    """Where exports can go, and what each must be told."""
    return [
        {"name": name, "takes_all": plugin.takes_all, "settings": [setting_out(one) for one in plugin.settings]}
        for name, plugin in DESTINATIONS.items()
    ]


@router.get("/exports", auth=READ, response={200: ExportPage, **REFUSALS}, summary="List exports")
def list_exports(request: HttpRequest, query: Query[ExportListQuery]) -> dict[str, Any]:
    """Exports that match, each with its health and last run."""
    page = page_of(services.list_exports(q=query.q), after=query.after, limit=query.limit)
    last = services.last_runs([one.pk for one in page["items"]])
    return page | {"items": [_out(one, last.get(one.pk)) for one in page["items"]]}


@router.post("/exports", auth=WRITE, response={201: ExportDetail, **REFUSALS}, summary="Set up an export")
def create_export(request: HttpRequest, body: ExportIn) -> tuple[int, dict[str, Any]]:
    """Set up an export. Nothing is sent before it runs."""
    made = services.create_export(body.plugin, _draft(body), actor=actor_of(request), now=clock.now())
    return 201, _detail(made)


@router.post("/exports/test", auth=WRITE, response={200: ExportTestedOut, **REFUSALS}, summary="Test an export")
def probe_export(request: HttpRequest, body: ExportTestIn) -> Any:
    """Connect with these settings and show rows as they would be sent. No rows are written."""
    plugin = services.get_export(body.export_id).plugin if body.export_id else body.plugin
    return services.try_export(plugin, _draft(body), now=clock.now(), export_id=body.export_id)


@router.get("/exports/{export_id}", auth=READ, response={200: ExportDetail, **REFUSALS}, summary="See an export")
def get_export(request: HttpRequest, export_id: Id) -> dict[str, Any]:
    """One export, whole; of its secrets only which are set."""
    return _detail(services.get_export(export_id))


@router.patch("/exports/{export_id}", auth=WRITE, response={200: ExportDetail, **REFUSALS}, summary="Change an export")
def change_export(request: HttpRequest, export_id: Id, body: ExportChange) -> dict[str, Any]:
    """Change what is named. A secret that is not given stays, unless the address changes."""
    changed = services.change_export(
        export_id, _draft(body), actor=actor_of(request), now=clock.now(), seen=body.version
    )
    return _detail(changed)


@router.delete("/exports/{export_id}", auth=WRITE, response={204: None, **REFUSALS}, summary="Delete an export")
def delete_export(request: HttpRequest, export_id: Id) -> tuple[int, None]:
    """Forget the export with its runs. What it has written stays where it is."""
    services.delete_export(export_id, actor=actor_of(request), now=clock.now())
    return 204, None


@router.post("/exports/{export_id}/pause", auth=WRITE, response={200: ExportDetail, **REFUSALS}, summary="Pause")
def pause_export(request: HttpRequest, export_id: Id) -> dict[str, Any]:
    """Let it rest until somebody resumes it."""
    return _detail(services.set_paused(export_id, True, actor=actor_of(request), now=clock.now()))


@router.post("/exports/{export_id}/resume", auth=WRITE, response={200: ExportDetail, **REFUSALS}, summary="Resume")
def resume_export(request: HttpRequest, export_id: Id) -> dict[str, Any]:
    """Let it run by its schedule again."""
    return _detail(services.set_paused(export_id, False, actor=actor_of(request), now=clock.now()))


@router.post("/exports/{export_id}/run", auth=WRITE, response={201: ExportRunOut, **REFUSALS}, summary="Run now")
def start_export(request: HttpRequest, export_id: Id, body: ExportRunIn) -> tuple[int, ExportRun]:
    """Queue a run of what has changed, or of everything."""
    return 201, services.start_run(export_id, actor=actor_of(request), now=clock.now(), anew=body.anew)


@router.post("/exports/runs/{run_id}/cancel", auth=WRITE, response={200: ExportRunOut, **REFUSALS}, summary="Stop")
def cancel_export_run(request: HttpRequest, run_id: Id) -> ExportRun:
    """Stop a run before its next batch. What was written stays."""
    return services.cancel_run(run_id, actor=actor_of(request), now=clock.now())


@router.get("/exports/{export_id}/runs", auth=READ, response={200: ExportRunPage, **REFUSALS}, summary="History")
def list_export_runs(request: HttpRequest, export_id: Id, after: After = 0, limit: Limit = 20) -> dict[str, Any]:
    """An export's runs, newest first."""
    return page_of(services.list_runs(export_id), after=after, limit=limit)


@router.get("/exports/{export_id}/refused", auth=READ, response={200: UntakenRowPage, **REFUSALS}, summary="Refused")
def list_untaken(request: HttpRequest, export_id: Id, after: After = 0, limit: Limit = 50) -> dict[str, Any]:
    """Rows that the destination refused when they were last offered; the next run offers them again."""
    return page_of(services.list_untaken(export_id), after=after, limit=limit)


@router.get("/exports/{export_id}/file", auth=WRITE, summary="Download the file of an export")
def download_file(request: HttpRequest, export_id: Id) -> StreamingHttpResponse:
    """The file that the last finished run has written; the audit trail says who took it away."""
    path = services.file_of(export_id, now=clock.now())
    record_audit(actor_of(request), "exported", f"export:{export_id}", after={"file": path.name}, now=clock.now())
    answer = StreamingHttpResponse(in_pieces(request, _read(path)), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, path.name) or ""
    answer["Cache-Control"] = "no-store, private"
    return answer


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _draft(body: ExportIn | ExportChange | ExportTestIn) -> services.Draft:
    return services.Draft(**body.dict(exclude={"version", "plugin", "export_id"}))


def _out(export: Export, last: ExportRun | None) -> dict[str, Any]:
    names = ("id", "name", "plugin", "what", "of", "schedule_minutes", "next_run_at", "faults", "version")
    return {name: getattr(export, name) for name in names} | {"health": health_of(export, last), "last_run": last}


def _detail(export: Export) -> dict[str, Any]:
    return _out(export, services.last_runs([export.pk]).get(export.pk)) | {
        "settings": export.settings,
        "secrets_set": services.secrets_set(export),
        "columns": export.columns,
        "allow_private": export.allow_private,
        "refused": export.untaken.count(),
        "created_at": export.created_at,
    }
