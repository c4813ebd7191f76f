"""The public verbs of sources."""

from __future__ import annotations

from pathlib import Path

from setpoint.events.tables import columns_of
from setpoint.sources.cleaning.previews import preview_rules, set_trait_rules, trait_rules
from setpoint.sources.connections import (
    Draft,
    cancel_run,
    change_connection,
    create_connection,
    delete_connection,
    get_connection,
    in_order,
    last_runs,
    list_connections,
    list_refused,
    list_runs,
    preview_orders,
    probe_connection,
    set_paused,
    start_run,
)
from setpoint.sources.inbound import prune_calls, receive_call, upload_file
from setpoint.sources.orders.columns import is_order_lines
from setpoint.sources.orders.importing import import_orders, report_lines
from setpoint.sources.quality import ask_to_measure, measure_due, measured_at, trait_quality
from setpoint.sources.running import run_next

__all__ = [
    "Draft",
    "ask_to_measure",
    "cancel_run",
    "change_connection",
    "create_connection",
    "delete_connection",
    "get_connection",
    "import_orders",
    "in_order",
    "last_runs",
    "list_connections",
    "list_refused",
    "list_runs",
    "measure_due",
    "measured_at",
    "preview_orders",
    "preview_rules",
    "probe_connection",
    "prune_calls",
    "receive_call",
    "report_lines",
    "run_next",
    "set_paused",
    "set_trait_rules",
    "start_run",
    "target_of",
    "trait_quality",
    "trait_rules",
    "upload_file",
]


def target_of(path: Path) -> str:
    """What the columns of a file suggest that its rows are: "orders" or "customers"."""
    return "orders" if is_order_lines(columns_of(path)) else "customers"
