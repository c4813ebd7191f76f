"""Sources, cleaning and data quality over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import File, Query, Router
from ninja.files import UploadedFile

from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file, page_of
from setpoint.kernel import clock
from setpoint.sources import services
from setpoint.sources.cleaning.rules import KINDS
from setpoint.sources.models import Connection, Run
from setpoint.sources.plugins.registry import SOURCES
from setpoint.sources.schemas import (
    CleaningPreviewIn,
    CleaningPreviewOut,
    CleaningRulesIn,
    CleaningRulesOut,
    ConnectionChange,
    ConnectionDetail,
    ConnectionFileOut,
    ConnectionFoundOut,
    ConnectionIn,
    ConnectionListQuery,
    ConnectionPage,
    ConnectionTestIn,
    DataQualityOut,
    Id,
    OrderPreviewIn,
    OrderPreviewOut,
    RefusedRowPage,
    RuleKindOut,
    SourceKindOut,
    SourceRunIn,
    SourceRunOut,
    SourceRunPage,
)
from setpoint.sources.secrets import secrets_of
from setpoint.sources.shaping import connection_out, draft_of, refused_out, setting_out

router = Router(tags=["sources"])
READ = require("customers:read")
WRITE = require("imports:write")
REFUSALS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut, 503: ErrorOut}
After = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/sources/kinds", auth=READ, response={200: list[SourceKindOut], **REFUSALS}, summary="Kinds of sources")
def list_plugins(request: HttpRequest) -> list[dict[str, Any]]:
    """What connections can be made to, and what each must be told."""
    return [
        {"name": name, "settings": [setting_out(one) for one in plugin.settings]} for name, plugin in SOURCES.items()
    ]


@router.get("/connections", auth=READ, response={200: ConnectionPage, **REFUSALS}, summary="List connections")
def list_connections(request: HttpRequest, query: Query[ConnectionListQuery]) -> dict[str, Any]:
    """Connections that match, each with its health and last run."""
    page = page_of(services.list_connections(q=query.q, sort=query.sort), after=query.after, limit=query.limit)
    last = services.last_runs([one.pk for one in page["items"]])
    return page | {"items": [connection_out(one, last.get(one.pk)) for one in page["items"]]}


@router.get("/connections/export", auth=READ, summary="Export connections")
def export_connections(request: HttpRequest, query: Query[ConnectionListQuery]) -> StreamingHttpResponse:
    """Connections that match, as CSV."""
    header = ("id", "name", "source", "target", "state", "schedule_minutes", "next_run_at", "faults")
    rows = (
        (one.pk, one.name, one.plugin, one.target, one.state, one.schedule_minutes, one.next_run_at, one.faults)
        for one in services.list_connections(q=query.q, sort=query.sort)
    )
    return csv_file(request, "connections", header, rows, now=clock.now())


@router.post("/connections", auth=WRITE, response={201: ConnectionDetail, **REFUSALS}, summary="Set up a connection")
def create_connection(request: HttpRequest, body: ConnectionIn) -> tuple[int, dict[str, Any]]:
    """Set up a connection. Nothing is read before it runs."""
    made = services.create_connection(body.plugin, draft_of(body), actor=actor_of(request), now=clock.now())
    return 201, _detail(made)


@router.post("/connections/test", auth=WRITE, response={200: ConnectionFoundOut, **REFUSALS}, summary="Test settings")
def probe_connection(request: HttpRequest, body: ConnectionTestIn) -> Any:
    """Connect with these settings and look at some rows. Changes nothing."""
    plugin = services.get_connection(body.connection_id).plugin if body.connection_id else body.plugin
    return services.probe_connection(plugin, draft_of(body), now=clock.now(), connection_id=body.connection_id)


@router.post(
    "/connections/preview", auth=WRITE, response={200: OrderPreviewOut, **REFUSALS}, summary="Look at order lines"
)
def preview_orders(request: HttpRequest, body: OrderPreviewIn) -> Any:
    """How the first order lines are read under this mapping, and what they would become. Changes nothing."""
    plugin = services.get_connection(body.connection_id).plugin if body.connection_id else body.plugin
    return services.preview_orders(plugin, draft_of(body), now=clock.now(), connection_id=body.connection_id)


@router.get("/connections/{connection_id}", auth=READ, response={200: ConnectionDetail, **REFUSALS}, summary="See one")
def get_connection(request: HttpRequest, connection_id: Id) -> dict[str, Any]:
    """One connection, whole; of its secrets only which are set."""
    return _detail(services.get_connection(connection_id))


@router.patch(
    "/connections/{connection_id}", auth=WRITE, response={200: ConnectionDetail, **REFUSALS}, summary="Change"
)
def change_connection(request: HttpRequest, connection_id: Id, body: ConnectionChange) -> dict[str, Any]:
    """Change what is named. A secret that is not given stays, unless the address changes."""
    changed = services.change_connection(
        connection_id, draft_of(body), actor=actor_of(request), now=clock.now(), seen=body.version
    )
    return _detail(changed)


@router.delete("/connections/{connection_id}", auth=WRITE, response={204: None, **REFUSALS}, summary="Delete")
def delete_connection(request: HttpRequest, connection_id: Id) -> tuple[int, None]:
    """Forget the connection with its runs and refused rows. What it brought stays."""
    services.delete_connection(connection_id, actor=actor_of(request), now=clock.now())
    return 204, None


@router.post("/connections/{connection_id}/pause", auth=WRITE, response={200: ConnectionDetail, **REFUSALS})
def pause_connection(request: HttpRequest, connection_id: Id) -> dict[str, Any]:
    """Let it rest until somebody resumes it."""
    return _detail(services.set_paused(connection_id, True, actor=actor_of(request), now=clock.now()))


@router.post("/connections/{connection_id}/resume", auth=WRITE, response={200: ConnectionDetail, **REFUSALS})
def resume_connection(request: HttpRequest, connection_id: Id) -> dict[str, Any]:
    """Let it run by its schedule again."""
    return _detail(services.set_paused(connection_id, False, actor=actor_of(request), now=clock.now()))


@router.post(
    "/connections/{connection_id}/run", auth=WRITE, response={201: SourceRunOut, **REFUSALS}, summary="Run now"
)
def start_run(request: HttpRequest, connection_id: Id, body: SourceRunIn) -> tuple[int, Run]:
    """Queue a run of what is new, of everything, or of the refused rows."""
    run = services.start_run(
        connection_id, actor=actor_of(request), now=clock.now(), replay=body.replay, anew=body.anew
    )
    return 201, run


@router.post(
    "/connections/runs/{run_id}/cancel", auth=WRITE, response={200: SourceRunOut, **REFUSALS}, summary="Stop a run"
)
def cancel_run(request: HttpRequest, run_id: Id) -> Run:
    """Stop a run before its next batch. Rows that landed stay."""
    return services.cancel_run(run_id, actor=actor_of(request), now=clock.now())


@router.get(
    "/connections/{connection_id}/runs", auth=READ, response={200: SourceRunPage, **REFUSALS}, summary="History"
)
def list_runs(request: HttpRequest, connection_id: Id, after: After = 0, limit: Limit = 20) -> dict[str, Any]:
    """A connection's runs, newest first."""
    return page_of(services.list_runs(connection_id), after=after, limit=limit)


@router.get("/connections/{connection_id}/runs/export", auth=READ, summary="Export the history")
def export_runs(request: HttpRequest, connection_id: Id) -> StreamingHttpResponse:
    """A connection's runs as CSV."""
    header = ("id", "kind", "state", "queued_at", "finished_at", "read", "created", "changed", "same", "refused")
    rows = services.list_runs(connection_id).values_list(
        "pk", "kind", "state", "queued_at", "finished_at", *(f"rows_{name}" for name in header[5:])
    )
    return csv_file(request, f"runs-{connection_id}", header, rows.iterator(), now=clock.now())


@router.get(
    "/connections/{connection_id}/refused", auth=READ, response={200: RefusedRowPage, **REFUSALS}, summary="Refused"
)
def list_refused(request: HttpRequest, connection_id: Id, after: After = 0, limit: Limit = 50) -> dict[str, Any]:
    """Rows that did not land, newest first: as they came, with cause and remedy."""
    connection = services.get_connection(connection_id)
    page = page_of(services.list_refused(connection_id), after=after, limit=limit)
    return page | {"items": [refused_out(row, connection) for row in page["items"]]}


@router.get("/connections/{connection_id}/refused/export", auth=READ, summary="Export refused rows")
def export_refused(request: HttpRequest, connection_id: Id) -> StreamingHttpResponse:
    """Rows that did not land, as CSV with cause and remedy."""
    connection = services.get_connection(connection_id)
    columns, why = connection.columns, ("file", "row", "field", "cause", "remedy")
    told = (refused_out(row, connection) for row in services.list_refused(connection_id).iterator())
    rows = (
        (*(one[name] for name in why), *(one["content"].get(name) for name in columns), one["content"].get("text"))
        for one in told
    )
    header = (*why, *columns, "text")
    return csv_file(request, f"refused-{connection_id}", header, rows, now=clock.now())


@router.post(
    "/connections/{connection_id}/files", auth=WRITE, response={201: ConnectionFileOut, **REFUSALS, 413: ErrorOut}
)
def upload_file(request: HttpRequest, connection_id: Id, file: File[UploadedFile]) -> tuple[int, dict[str, str]]:
    """Put a file into the folder of a connection of files; the next run reads it."""
    name = services.upload_file(connection_id, file.name or "", file, actor=actor_of(request), now=clock.now())
    return 201, {"name": name}


@router.get("/cleaning/kinds", auth=READ, response={200: list[RuleKindOut], **REFUSALS}, summary="Kinds of rules")
def list_rule_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """What rules can do, and what each must be told."""
    return [
        {
            "name": kind.name,
            "label": _(kind.label),
            "help": _(kind.help),
            "options": [setting_out(option) for option in kind.options],
        }
        for kind in KINDS.values()
    ]


@router.get("/cleaning/rules", auth=READ, response={200: CleaningRulesOut, **REFUSALS}, summary="Rules of all sources")
def get_trait_rules(request: HttpRequest) -> Any:
    """The rules that hold for every source, in their order; their columns are traits."""
    return services.trait_rules()


@router.put(
    "/cleaning/rules", auth=WRITE, response={200: CleaningRulesOut, **REFUSALS}, summary="Replace rules of all sources"
)
def set_trait_rules(request: HttpRequest, body: CleaningRulesIn) -> Any:
    """Replace the rules that hold for every source. Rows that landed already stay as they are."""
    rules = [rule.told() for rule in body.rules]
    return services.set_trait_rules(rules, actor=actor_of(request), now=clock.now(), seen=body.version)


@router.post("/cleaning/preview", auth=READ, response={200: CleaningPreviewOut, **REFUSALS}, summary="Try rules")
def preview_rules(request: HttpRequest, body: CleaningPreviewIn) -> Any:
    """Try rules on real rows. Changes nothing."""
    return services.preview_rules(
        [rule.told() for rule in body.rules], now=clock.now(), connection_id=body.connection_id, anew=body.anew
    )


@router.get("/data-quality", auth=READ, response={200: DataQualityOut, **REFUSALS}, summary="Data quality of traits")
def get_quality(request: HttpRequest) -> dict[str, Any]:
    """Every trait's completeness, validity, uniqueness, freshness and drift, with their trend."""
    return {"measured_at": services.measured_at(), "traits": services.trait_quality(now=clock.now())}


@router.get("/data-quality/export", auth=READ, summary="Export data quality")
def export_quality(request: HttpRequest) -> StreamingHttpResponse:
    """Every trait's last figures as CSV."""
    header = ("trait", "meaning", "rows", "completeness", "validity", "uniqueness", "freshness_days", "drift")
    found = services.trait_quality(now=clock.now())
    rows = ((one.trait, one.meaning, one.rows, *(getattr(one.now, name) for name in header[3:])) for one in found)
    return csv_file(request, "data-quality", header, rows, now=clock.now())


@router.post("/data-quality/measure", auth=WRITE, response={202: None, **REFUSALS}, summary="Measure soon")
def measure_quality(request: HttpRequest) -> tuple[int, None]:
    """Let the worker measure now rather than tomorrow."""
    services.ask_to_measure(actor=actor_of(request), now=clock.now())
    return 202, None


def _detail(connection: Connection) -> dict[str, Any]:
    last = services.last_runs([connection.pk]).get(connection.pk)
    is_webhook = connection.plugin == "webhook"
    return connection_out(connection, last) | {
        "settings": connection.settings,
        "secrets_set": sorted(secrets_of(connection)),
        "mapping": connection.mapping
        | {"columns": services.in_order(connection, connection.mapping.get("columns", {}))},
        "identity": connection.identity,
        "rules": connection.rules,
        "allow_private": connection.allow_private,
        "refused": connection.refused.count(),
        "inbound_path": f"/inbound/{connection.pk}" if is_webhook else None,
        "created_at": connection.created_at,
    }
