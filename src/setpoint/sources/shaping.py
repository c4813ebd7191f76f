"""Between records and what the API takes and answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from setpoint.sources.connections import Draft, in_order
from setpoint.sources.models import Connection, RefusedRow, Run, Scheduled, ScheduledRun
from setpoint.sources.problems import shown
from setpoint.sources.schemas import Cell, ConnectionChange, ConnectionIn, ConnectionTestIn, Health


def draft_of(body: ConnectionIn | ConnectionChange | ConnectionTestIn) -> Draft:
    """What a request says of a connection."""
    said = body.dict(exclude={"version", "plugin", "connection_id", "mapping", "rules"})
    mapping, rules = getattr(body, "mapping", None), getattr(body, "rules", None)
    return Draft(
        **said,
        mapping=None if mapping is None else mapping.dict(exclude_none=True),
        rules=None if rules is None else [rule.told() for rule in rules],
    )


def connection_out(connection: Connection, last: Run | None) -> dict[str, Any]:
    """A connection as lists show it."""
    names = ("id", "name", "plugin", "target", "schedule_minutes", "next_run_at", "faults", "version")
    return {name: getattr(connection, name) for name in names} | {
        "health": health_of(connection, last),
        "last_run": last,
    }


def health_of(owner: Scheduled, last: ScheduledRun | None) -> Health:
    """One word for how a connection or an export is."""
    if owner.state == Scheduled.State.PAUSED:
        return "paused"
    if last is not None and last.state in ("running", "cancelling"):
        return "running"
    if last is not None and last.state == "queued":
        return "waiting"
    if owner.faults:
        return "failing"
    return "new" if last is None else "healthy"


def refused_out(row: RefusedRow, connection: Connection) -> dict[str, Any]:
    """A refused row in the reader's language."""
    content = in_order(connection, row.content)
    why = shown(row.row, row.field, row.code, row.details)
    return {
        "id": row.pk,
        "file": row.details.get("file", ""),
        "row": row.row,
        "field": row.field,
        "cause": why.cause,
        "remedy": why.remedy,
        "content": {name: value if isinstance(value, Cell) else str(value) for name, value in content.items()},
        "refused_at": row.refused_at,
    }


def setting_out(setting: Any) -> dict[str, Any]:
    """A setting in the reader's language."""
    return {
        "name": setting.name,
        "label": _(setting.label),
        "kind": setting.kind,
        "help": _(setting.help) if setting.help else "",
        "required": setting.required,
        "default": setting.default,
        "choices": list(setting.choices),
        "when_setting": setting.when[0] if setting.when else None,
        "when_values": list(setting.when[1]) if setting.when else [],
    }
