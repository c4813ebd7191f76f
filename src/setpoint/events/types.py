"""The values that cross the border of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Target = Literal["customers", "events"]
FileKind = Literal["csv", "parquet", "excel", "jsonl"]
HIT_EVENTS = ("Email Opened", "Email Link Clicked")
"""Events whose fold asks the machine-click classifier."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event that our own server saw of a customer it knows (an open, a click, an unsubscription): already valid.

    `message_id` (at most 100 characters) makes it land once however often it is handed in. Of the events "Email Opened"
    and "Email Link Clicked" the classifier reads the properties `delivery` (id), `sent_at` (epoch seconds), `link`,
    `ua`, `method`, `purpose` and `honeypot`.
    """

    customer_id: int
    event: str
    properties: Mapping[str, Any]
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row of a file did not land. `row` counts from 1 below the header; `field` is the column's name or ""."""

    row: int
    field: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Becoming:
    """What one row of a file would become under a mapping. `is_known`: a customer has one of these identities."""

    row: int
    identities: Mapping[str, str]
    is_known: bool
    values: Mapping[str, Any]  # traits of a customer, properties of an event
    consents: tuple[tuple[str, str, str], ...] = ()  # channel, purpose, state
    event: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it was understood, before anything of it lands."""

    kind: FileKind
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]  # the first 20, by column
    mapping: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = field(default_factory=tuple)  # of those first rows, under `mapping`
    becomes: tuple[Becoming, ...] = field(default_factory=tuple)  # the others of those first rows
