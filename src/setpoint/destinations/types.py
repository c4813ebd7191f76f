"""The contract of a destination, and the values that cross the border of destinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

from setpoint.sources.types import Context, Setting

What = Literal["customers", "segment", "campaign"]
WHATS: tuple[What, ...] = ("customers", "segment", "campaign")
Value: TypeAlias = "str | int | float | bool | None"
OutRow: TypeAlias = "Mapping[str, Value]"
Kind = Literal["text", "whole", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what is sent: our name of it, the name it is sent under, its kind, and whether it is in the key."""

    source: str
    name: str
    kind: Kind = "text"
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be written and keys of rows to be taken away. `token` names the batch: the same after a stop, so that
    what was written of it before is written over, or known as a repeat."""

    token: str
    number: int
    columns: Sequence[Column]
    rows: Sequence[OutRow]
    gone: Sequence[OutRow] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row (by its place in the batch) that the destination did not take, why, and what to do."""

    place: int
    cause: str
    remedy: str


@runtime_checkable
class Destination(Protocol):
    """Where rows go. Made anew for every run; raises Invalid for settings that cannot work.

    `takes_all`: it is given every row in each run (a file is written whole), else only what has changed.
    """

    settings: ClassVar[Sequence[Setting]]
    takes_all: ClassVar[bool]

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None: ...

    def probe(self, columns: Sequence[Column]) -> Sequence[str]:
        """Connect and see whether such rows could be written; what a person should know. Writes nothing.
        Raises a SetpointError with cause and remedy where that fails."""
        ...

    def write(self, batch: Batch) -> Sequence[Refusal]:
        """Write a batch; durable when it returns. The same batch again leaves what once leaves."""
        ...

    def finish(self, run: str) -> None:
        """All batches of a run were written. May be called again after a stop."""
        ...

    def close(self) -> None:
        """Give connections back. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says of an export; None leaves a thing as it is."""

    name: str | None = None
    what: What | None = None
    of: int | None = None
    settings: Mapping[str, Any] | None = None
    columns: Mapping[str, str] | None = None
    schedule_minutes: int | None = None
    allow_private: bool | None = None


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test found: columns that can be sent, some rows as they would be sent, and notes."""

    columns: Sequence[Column]
    rows: Sequence[OutRow]
    notes: Sequence[str] = field(default_factory=tuple)


def folder_under(home: Path, export_id: int) -> Path:
    """Where an export's own files lie."""
    return home / "exports" / str(export_id)
