"""The public verbs of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from setpoint.events import inbox
from setpoint.events.arrivals import arrivals, health
from setpoint.events.fold import fold_inbox, is_idle, last_fold
from setpoint.events.history import Looked, past, sums
from setpoint.events.importing import (
    cancel_import,
    create_import,
    get_import,
    list_imports,
    preview_import,
    problems,
    problems_path,
    resume_import,
    start_import,
)
from setpoint.events.inbox import prune
from setpoint.events.messages import call_of, row_of_server_event, rows_of
from setpoint.events.reading import recent_events
from setpoint.events.running import import_file, run_import, run_next_import
from setpoint.events.tidying import tidy_lake
from setpoint.events.types import ServerEvent

__all__ = [
    "Looked",
    "accept",
    "append",
    "arrivals",
    "cancel_import",
    "create_import",
    "fold_inbox",
    "get_import",
    "health",
    "import_file",
    "is_idle",
    "last_fold",
    "list_imports",
    "past",
    "preview_import",
    "problems",
    "problems_path",
    "prune",
    "recent_events",
    "resume_import",
    "run_import",
    "run_next_import",
    "start_import",
    "sums",
    "tidy_lake",
    "track",
]


def accept(messages: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Take Segment messages (dictionaries with `type` and Segment's names), all or none; durable when it returns.

    Returns how many were new: a messageId seen in the last 30 days is not taken twice. Raises Invalid or TooLarge with
    `row`, the index of the first bad message, and `field`.
    """
    return inbox.insert(rows_of([call_of(message) for message in messages], received=now))


def track(
    customer_id: int, event: str, properties: Mapping[str, Any], *, message_id: str, at: datetime, now: datetime
) -> int:
    """Take an event of a customer we know, straight to the inbox. Returns 0 when `message_id` was taken before."""
    return append([ServerEvent(customer_id, event, properties, message_id, at)], now=now)


def append(events: Sequence[ServerEvent], *, now: datetime) -> int:
    """Take many events of customers we know, in one transaction. Returns how many were new."""
    return inbox.insert([row_of_server_event(event, received=now) for event in events])
