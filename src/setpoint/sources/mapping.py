"""What a connection's columns mean, and by which of them a row is known again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setpoint.events import mapping as event_mapping
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.sources.orders.columns import check_order_mapping, is_order_lines, suggest_order_mapping
from setpoint.sources.types import TARGETS, SourceTarget


def suggest_target(columns: Sequence[str]) -> SourceTarget:
    """What rows of these columns seem to be."""
    if is_order_lines(columns):
        return "orders"
    meanings = set(event_mapping.suggest(columns, "events")["columns"].values())
    return "events" if {"event", "timestamp"} <= meanings else "customers"


def suggest_mapping(columns: Sequence[str], target: SourceTarget) -> dict[str, Any]:
    """A mapping guessed from the columns' names."""
    if target == "orders":
        return suggest_order_mapping(columns)
    return event_mapping.suggest(columns, target)


def suggest_identity(mapping: Mapping[str, Any], target: SourceTarget) -> list[str]:
    """The columns by which a row is known again: of customers the strongest key, of events the whole row."""
    chosen = {meaning: column for column, meaning in mapping.get("columns", {}).items()}
    if target == "customers":
        return [chosen[key] for key in event_mapping.KEYS if key in chosen][:1]
    return []


def check_source_mapping(mapping: Mapping[str, Any], columns: Sequence[str], target: SourceTarget) -> dict[str, Any]:
    """The mapping, whole; Invalid names the part that cannot be."""
    if target not in TARGETS:
        raise Invalid(
            _("Rows become customers, events or orders."), remedy=_("Choose one of the three."), field="target"
        )
    if target == "orders":
        check_order_mapping(mapping, columns)
        return dict(mapping)
    return event_mapping.check_mapping(dict(mapping), columns, target)


def columns_named(mapping: Mapping[str, Any]) -> list[str]:
    """The columns that a mapping names."""
    return [str(column) for column in mapping.get("columns", {})]


def column_of_trait(mapping: Mapping[str, Any], trait: str) -> str | None:
    """The column that becomes a trait, or an identity or field of that name."""
    for column, meaning in mapping.get("columns", {}).items():
        if meaning in (f"trait:{trait}", trait):
            return str(column)
    return None
