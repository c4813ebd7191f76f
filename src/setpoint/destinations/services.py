"""The public verbs of destinations: set up, test, change, pause, run, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from setpoint.destinations import feeding
from setpoint.destinations.models import Export, ExportRun, SentRow, UntakenRow
from setpoint.destinations.plugins.files import FilesDestination
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.running import context_of, destination_of, run_next
from setpoint.destinations.types import Draft, Tested
from setpoint.governance.failures import worded as _
from setpoint.governance.services import demand, needs, record_audit, refuse_stale
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.sources import runs
from setpoint.sources.runs import OPEN
from setpoint.sources.secrets import held_secrets, hold_settings

__all__ = [
    "Draft",
    "cancel_run",
    "change_export",
    "create_export",
    "delete_export",
    "file_of",
    "get_export",
    "last_runs",
    "list_exports",
    "list_runs",
    "list_untaken",
    "run_next",
    "secrets_set",
    "set_paused",
    "start_run",
    "try_export",
]
SAMPLE_ROWS = 20
LONGEST_NAME = 60


@needs("imports:write")
def create_export(plugin: str, draft: Draft, *, actor: str, now: datetime) -> Export:
    """Set up an export. It runs when its schedule says so, or when somebody asks for it."""
    demand("customers:read")
    DESTINATIONS.get(plugin)
    with transaction.atomic():
        export = Export(plugin=plugin, what=draft.what or "customers", name=_name(draft.name), created_at=now)
        _refuse_taken(export)
        export.save()
        _take_over(export, draft, now)
        export.save()
        record_audit(actor, "created", subject(export), after=_told(export), now=now)
    return export


@needs("imports:write")
def change_export(export_id: int, draft: Draft, *, actor: str, now: datetime, seen: int | None = None) -> Export:
    """Change what the draft names. Conflict when somebody changed the version `seen` meanwhile, or while it runs."""
    demand("customers:read")
    with transaction.atomic():
        export = _locked(export_id)
        refuse_stale(subject(export), seen=seen, current=export.version)
        _refuse_open(export)
        before = _told(export)
        if draft.name is not None:
            export.name = _name(draft.name)
            _refuse_taken(export)
        _take_over(export, draft, now)
        export.version += 1
        export.save()
        record_audit(actor, "changed", subject(export), before=before, after=_told(export), now=now)
    return export


@needs("imports:write")
def delete_export(export_id: int, *, actor: str, now: datetime) -> None:
    """Forget an export with its runs. What it has written stays where it is."""
    with transaction.atomic():
        export = _locked(export_id)
        _refuse_open(export)
        record_audit(actor, "deleted", subject(export), before=_told(export), now=now)
        SentRow.objects.filter(export=export).delete()
        export.delete()


@needs("imports:write")
def set_paused(export_id: int, paused: bool, *, actor: str, now: datetime) -> Export:
    """Pause an export, and a run that works before its next batch; or let it go on from there, by its schedule."""
    with transaction.atomic():
        export = _locked(export_id)
        runs.set_paused(export, paused, runs.after_rest, now)
        record_audit(actor, "paused" if paused else "resumed", subject(export), now=now)
    return export


@needs("imports:write")
def start_run(export_id: int, *, actor: str, now: datetime, anew: bool = False) -> ExportRun:
    """Queue a run now: of what has changed, or with `anew` of every row."""
    demand("customers:read")
    with transaction.atomic():
        export = _locked(export_id)
        runs.refuse_paused(export)
        _refuse_open(export)
        feeding.check_subject(export.what, export.of)
        if anew:
            SentRow.objects.filter(export=export).delete()
        run = ExportRun.objects.create(export=export, queued_at=now)
        record_audit(actor, "ran", subject(export), after={"run": run.pk, "anew": anew}, now=now)
    return run


@needs("imports:write")
def cancel_run(run_id: int, *, actor: str, now: datetime) -> ExportRun:
    """Stop a run: at once when it waits, before its next batch when it works. What was written stays."""
    with transaction.atomic():
        run = ExportRun.objects.select_for_update().filter(pk=run_id).first()
        if run is None:
            raise NotFound(_("There is no run with this id."), remedy=_("Open the export to see its runs."))
        runs.cancel(run, now=now)
        record_audit(actor, "cancelled", f"export:{run.export_id}", after={"run": run.pk}, now=now)
    return run


@needs("imports:write")
def try_export(plugin: str, draft: Draft, *, now: datetime, export_id: int | None = None) -> Tested:
    """Connect with these settings (and the known secrets of an export), and show rows as they would be sent.
    Writes no rows; a webhook gets one signed call without rows."""
    demand("customers:read")
    with transaction.atomic():
        export = get_export(export_id) if export_id else Export(plugin=plugin, what="customers")
        _take_over(export, draft, now)
    columns = feeding.columns_of(export)
    destination = destination_of(export, now=now)
    try:
        notes = destination.probe(columns)
    finally:
        destination.close()
    names = {column.source: column.name for column in columns}
    first = next(feeding.pieces(export, columns, after=0, as_of=now))
    rows = [{names[source]: value for source, value in out.row.items()} for out in islice(first.rows, SAMPLE_ROWS)]
    return Tested(columns, rows, notes)


def get_export(export_id: int) -> Export:
    """The export of this id; NotFound when there is none."""
    export = Export.objects.filter(pk=export_id).first()
    if export is None:
        raise NotFound(_("There is no export with this id."), remedy=_("Open the list of destinations."))
    return export


def list_exports(*, q: str = "") -> QuerySet[Export]:
    """Exports whose name holds `q`, by name."""
    rows = Export.objects.order_by("name", "pk")
    return rows.filter(name__icontains=q) if q else rows


def list_runs(export_id: int) -> QuerySet[ExportRun]:
    """An export's runs, newest first."""
    return ExportRun.objects.filter(export=get_export(export_id)).order_by("-pk")


def list_untaken(export_id: int) -> QuerySet[UntakenRow]:
    """Rows that the destination refused when they were last offered."""
    return UntakenRow.objects.filter(export=get_export(export_id)).order_by("customer_id", "part")


def last_runs(export_ids: Sequence[int]) -> dict[int, ExportRun]:
    """The newest run of each export that has one."""
    return runs.newest(ExportRun, export_ids)


def secrets_set(export: Export) -> list[str]:
    """Which of the secrets are known; never what they are."""
    return sorted(held_secrets(export, context=context_of(export)))


def file_of(export_id: int, *, now: datetime) -> Path:
    """The file that an export has written; NotFound when there is none yet, or when it writes no file."""
    demand("customers:read")
    export = get_export(export_id)
    destination = destination_of(export, now=now)
    if not isinstance(destination, FilesDestination) or not destination.path.is_file():
        raise NotFound(_("This export has written no file yet."), remedy=_("Run it first."))
    return destination.path


def subject(export: Export) -> str:
    """How the audit trail names an export."""
    return f"export:{export.pk}"


def _take_over(export: Export, draft: Draft, now: datetime) -> None:
    if draft.what is not None:
        export.what, export.of = draft.what, draft.of
    feeding.check_subject(export.what, export.of)
    if draft.allow_private is not None:
        if draft.allow_private and not export.allow_private:
            demand("settings:write")
        export.allow_private = draft.allow_private
    if draft.settings is not None or not export.settings:
        _settle(export, draft.settings or {})
    if draft.columns is not None:
        export.columns = _columns(draft.columns)
        _refuse_double_names(export)
    if draft.schedule_minutes is not None:
        export.schedule_minutes = max(0, min(draft.schedule_minutes, runs.LONGEST_SCHEDULE))
        export.next_run_at = runs.after_rest(export, now)


def _settle(export: Export, given: Mapping[str, Any]) -> None:
    """Take over settings. Elsewhere nothing has been sent yet: what was is forgotten where they change."""
    before = dict(export.settings)
    hold_settings(export, given, DESTINATIONS.get(export.plugin).settings, context=context_of(export))
    destination_of(export, now=export.created_at).close() if export.pk else None
    if export.pk and before and before != export.settings:
        SentRow.objects.filter(export=export).delete()


def _columns(given: Mapping[str, str]) -> dict[str, str]:
    named = {source: (name.strip() or source) for source, name in given.items()}
    long = [name for name in named.values() if len(name) > LONGEST_NAME or not name.isprintable()]
    if long:
        raise Invalid(
            _("“%(name)s” cannot be a column's name.") % {"name": long[0][:100]},
            remedy=_("Write at most %(limit)s printable characters.") % {"limit": LONGEST_NAME},
            field="columns",
        )
    return named


def _refuse_double_names(export: Export) -> None:
    names = [column.name.lower() for column in feeding.columns_of(export)]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise Invalid(
            _("Two columns would be sent as %(name)s.") % {"name": double},
            remedy=_("Give one of them another name."),
            field="columns",
        )


def _refuse_open(export: Export) -> None:
    if export.runs.filter(state__in=OPEN).exists():
        raise Conflict(_("A run of this export is open already."), remedy=_("Wait until it has ended, or cancel it."))


def _refuse_taken(export: Export) -> None:
    if Export.objects.filter(name=export.name).exclude(pk=export.pk).exists():
        raise Invalid(
            _("Another export is named %(name)s.") % {"name": export.name},
            remedy=_("Choose another name."),
            field="name",
        )


def _name(name: str | None) -> str:
    return runs.plain_name(name, _("The export has no name."))


def _locked(export_id: int) -> Export:
    return Export.objects.select_for_update().filter(pk=export_id).first() or get_export(export_id)


def _told(export: Export) -> dict[str, Any]:
    """What the audit trail keeps; never a secret."""
    names = ("name", "plugin", "what", "of", "settings", "columns", "schedule_minutes", "allow_private", "version")
    return {name: getattr(export, name) for name in names}
