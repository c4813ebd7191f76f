"""Connections: set up, test, change, pause, run, cancel, replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from setpoint.governance.services import demand, needs, record_audit, refuse_stale
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.sources import runs
from setpoint.sources.cleaning.applying import clean
from setpoint.sources.cleaning.fitting import unfitted
from setpoint.sources.cleaning.rules import check_rules
from setpoint.sources.landing import rows_of, rules_for
from setpoint.sources.mapping import (
    check_source_mapping,
    columns_named,
    suggest_identity,
    suggest_mapping,
    suggest_target,
)
from setpoint.sources.models import Connection, RefusedRow, Run
from setpoint.sources.orders.previewing import OrderLook, look_at_orders
from setpoint.sources.plugins.registry import SOURCES
from setpoint.sources.running import next_run_at
from setpoint.sources.runs import OPEN
from setpoint.sources.secrets import set_settings, source_of
from setpoint.sources.types import Probe, SourceTarget

SAMPLE_ROWS = 20
_SORTS = {"name": "name", "-name": "-name", "newest": "-pk", "health": "-faults"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says of a connection; None leaves a thing as it is."""

    name: str | None = None
    target: SourceTarget | None = None
    settings: Mapping[str, Any] | None = None
    mapping: Mapping[str, Any] | None = None
    identity: Sequence[str] | None = None
    rules: Sequence[Mapping[str, Any]] | None = None
    schedule_minutes: int | None = None
    allow_private: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a test found, and what it suggests."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    notes: Sequence[str]
    target: SourceTarget
    mapping: Mapping[str, Any]
    identity: Sequence[str] = field(default_factory=tuple)


@needs("imports:write")
def create_connection(plugin: str, draft: Draft, *, actor: str, now: datetime) -> Connection:
    """Set up a connection. It runs when its schedule says so, or when somebody asks for it."""
    SOURCES.get(plugin)
    with transaction.atomic():
        connection = Connection(
            plugin=plugin, target=draft.target or "customers", created_at=now, name=_name(draft.name)
        )
        _refuse_taken(connection)
        connection.save()
        _take_over(connection, draft, now)
        connection.save()
        record_audit(actor, "created", subject(connection), after=_told(connection), now=now)
    return connection


@needs("imports:write")
def change_connection(
    connection_id: int, draft: Draft, *, actor: str, now: datetime, seen: int | None = None
) -> Connection:
    """Change what the draft names. Conflict when somebody changed the version `seen` meanwhile."""
    with transaction.atomic():
        connection = _locked(connection_id)
        refuse_stale(subject(connection), seen=seen, current=connection.version)
        before = _told(connection)
        if draft.name is not None:
            connection.name = _name(draft.name)
            _refuse_taken(connection)
        _take_over(connection, draft, now)
        connection.version += 1
        connection.save()
        record_audit(actor, "changed", subject(connection), before=before, after=_told(connection), now=now)
    return connection


@needs("imports:write")
def delete_connection(connection_id: int, *, actor: str, now: datetime) -> None:
    """Forget a connection with its runs and refused rows. What it brought stays."""
    with transaction.atomic():
        connection = _locked(connection_id)
        if connection.runs.filter(state__in=OPEN).exists():
            raise Conflict(_("A run of this connection is open."), remedy=_("Cancel it, then delete the connection."))
        record_audit(actor, "deleted", subject(connection), before=_told(connection), now=now)
        connection.delete()


@needs("imports:write")
def set_paused(connection_id: int, paused: bool, *, actor: str, now: datetime) -> Connection:
    """Pause a connection, and a run that works before its next batch; or let it go on from there, by its schedule."""
    with transaction.atomic():
        connection = _locked(connection_id)
        runs.set_paused(connection, paused, next_run_at, now)
        record_audit(actor, "paused" if paused else "resumed", subject(connection), now=now)
    return connection


@needs("imports:write")
def start_run(connection_id: int, *, actor: str, now: datetime, replay: bool = False, anew: bool = False) -> Run:
    """Queue a run now: of what is new, with `anew` of everything again, with `replay` of the refused rows."""
    with transaction.atomic():
        connection = _locked(connection_id)
        _refuse_unready(connection, replay)
        if anew:
            connection.cursor = ""
            connection.save(update_fields=["cursor"])
        run = Run.objects.create(
            connection=connection, kind="replay" if replay else "pull", cursor_from=connection.cursor, queued_at=now
        )
        record_audit(
            actor, "replayed" if replay else "ran", subject(connection), after={"run": run.pk, "anew": anew}, now=now
        )
    return run


@needs("imports:write")
def cancel_run(run_id: int, *, actor: str, now: datetime) -> Run:
    """Stop a run: at once when it waits, before its next batch when it works. Rows that landed stay."""
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(pk=run_id).first()
        if run is None:
            raise NotFound(_("There is no run with this id."), remedy=_("Open the connection to see its runs."))
        runs.cancel(run, now=now)
        record_audit(actor, "cancelled", f"connection:{run.connection_id}", after={"run": run.pk}, now=now)
    return run


@needs("imports:write")
def probe_connection(plugin: str, draft: Draft, *, now: datetime, connection_id: int | None = None) -> Found:
    """Connect with these settings (and the known secrets of a connection) and look at some rows. Changes nothing."""
    probe = _probe(_tried(plugin, draft, connection_id), now)
    target = draft.target or suggest_target(probe.columns)
    mapping = suggest_mapping(probe.columns, target)
    identity = suggest_identity(mapping, target)
    return Found(probe.columns, rows_of(probe.sample.slice(0, SAMPLE_ROWS)), probe.notes, target, mapping, identity)


@needs("imports:write")
def preview_orders(plugin: str, draft: Draft, *, now: datetime, connection_id: int | None = None) -> OrderLook:
    """How the source's first lines are read under the draft's mapping, after the connection's cleaning. Changes nothing."""
    connection = _tried(plugin, draft, connection_id)
    sample = clean(_probe(connection, now).sample, rules_for(connection)).table
    return look_at_orders(sample, draft.mapping if draft.mapping is not None else connection.mapping)


def _tried(plugin: str, draft: Draft, connection_id: int | None) -> Connection:
    """A connection with a draft's settings, which is not saved."""
    with transaction.atomic():
        connection = get_connection(connection_id) if connection_id else Connection(plugin=plugin)
        if draft.allow_private is not None:
            _allow_private(connection, draft.allow_private)
        set_settings(connection, draft.settings if draft.settings is not None else connection.settings)
    return connection


def _probe(connection: Connection, now: datetime) -> Probe:
    source = source_of(connection, now=now)
    try:
        return source.probe()
    finally:
        source.close()


def get_connection(connection_id: int) -> Connection:
    """The connection of this id; NotFound when there is none."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        raise NotFound(_("There is no connection with this id."), remedy=_("Open the list of sources."))
    return connection


def list_connections(*, q: str = "", sort: str = "name") -> QuerySet[Connection]:
    """Connections whose name or source holds `q`."""
    rows = Connection.objects.order_by(_SORTS.get(sort, "name"), "pk")
    return rows.filter(Q(name__icontains=q) | Q(plugin__icontains=q)) if q else rows


def in_order(connection: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by column, in the order of the source's columns."""
    known = {name: values[name] for name in connection.columns if name in values}
    return known | dict(values)


def list_runs(connection_id: int) -> QuerySet[Run]:
    """A connection's runs, newest first."""
    return Run.objects.filter(connection=get_connection(connection_id)).order_by("-pk")


def last_runs(connection_ids: Sequence[int]) -> dict[int, Run]:
    """The newest run of each connection that has one."""
    return runs.newest(Run, connection_ids)


def list_refused(connection_id: int) -> QuerySet[RefusedRow]:
    """A connection's refused rows, newest first."""
    return RefusedRow.objects.filter(connection=get_connection(connection_id)).order_by("-pk")


def fitted_rules(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rules, checked; Invalid also where one lacks the numbers that it takes from data."""
    checked = check_rules([dict(rule) for rule in rules])
    if place := unfitted(checked):
        raise Invalid(
            _("Rule %(place)s needs numbers of the data, and has none yet.") % {"place": place},
            remedy=_("Preview the rules on real rows, then save what the preview returns."),
            field="rules",
            row=place,
        )
    return checked


def subject(connection: Connection) -> str:
    """How the audit trail names a connection."""
    return f"connection:{connection.pk}"


def _take_over(connection: Connection, draft: Draft, now: datetime) -> None:
    connection.target = draft.target or connection.target
    if draft.allow_private is not None:
        _allow_private(connection, draft.allow_private)
    if draft.settings is not None or not connection.version:
        set_settings(connection, draft.settings or {})
    if draft.mapping is not None:
        columns = columns_named(draft.mapping)
        connection.columns = columns
        connection.mapping = check_source_mapping(draft.mapping, columns, cast(SourceTarget, connection.target))
    if draft.identity is not None:
        connection.identity = _identity(draft.identity, connection)
    if draft.rules is not None:
        connection.rules = fitted_rules(draft.rules)
    if draft.schedule_minutes is not None:
        connection.schedule_minutes = max(0, min(draft.schedule_minutes, runs.LONGEST_SCHEDULE))
        connection.next_run_at = next_run_at(connection, now)


def _allow_private(connection: Connection, allowed: bool) -> None:
    """Inner networks are opened by those who may change the company's settings, nobody else."""
    if allowed and not connection.allow_private:
        demand("settings:write")
    connection.allow_private = allowed


def _identity(given: Sequence[str], connection: Connection) -> list[str]:
    columns = columns_named(connection.mapping)
    missing = [name for name in given if name not in columns]
    if missing:
        raise Invalid(
            _("There is no column “%(name)s”.") % {"name": missing[0][:100]},
            remedy=_("Choose among: %(names)s.") % {"names": ", ".join(columns[:50])},
            field="identity",
        )
    return list(given)


def _refuse_unready(connection: Connection, replay: bool) -> None:
    runs.refuse_paused(connection)
    if connection.runs.filter(state__in=OPEN).exists():
        raise Conflict(
            _("A run of this connection is open already."), remedy=_("Wait until it has ended, or cancel it.")
        )
    if not connection.mapping:
        raise Conflict(_("This connection has no mapping yet."), remedy=_("Test it, look at the mapping, and save it."))
    if replay and connection.target == "orders":
        raise Conflict(
            _("Refused lines are parts of orders; alone they would make the orders smaller."),
            remedy=_("Mend them at the source and run the connection again."),
        )


def _refuse_taken(connection: Connection) -> None:
    if Connection.objects.filter(name=connection.name).exclude(pk=connection.pk).exists():
        raise Invalid(
            _("Another connection is named %(name)s.") % {"name": connection.name},
            remedy=_("Choose another name."),
            field="name",
        )


def _name(name: str | None) -> str:
    return runs.plain_name(name, _("The connection has no name."))


def _locked(connection_id: int) -> Connection:
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    return connection or get_connection(connection_id)


def _told(connection: Connection) -> dict[str, Any]:
    """What the audit trail keeps; never a secret."""
    names = (
        "name",
        "plugin",
        "target",
        "settings",
        "mapping",
        "identity",
        "rules",
        "schedule_minutes",
        "allow_private",
    )
    return {name: getattr(connection, name) for name in names} | {"version": connection.version}
