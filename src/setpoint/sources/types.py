"""The contract of a source, and the values that cross the border of sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import pyarrow as pa

from setpoint.events.tables import Unreadable

SettingKind = Literal["text", "long_text", "secret", "number", "choice", "boolean"]
SourceTarget = Literal["customers", "events", "orders"]
TARGETS: tuple[SourceTarget, ...] = ("customers", "events", "orders")


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a source must be told. `label` and `help` are marked for translation.

    `is_address`: where the source's secrets are sent to; when it changes, the secrets have to be entered again.
    `when` names another setting and the values for which this one matters.
    """

    name: str
    label: str
    kind: SettingKind = "text"
    help: str = ""
    required: bool = False
    default: str | int | bool = ""
    choices: tuple[str, ...] = ()
    is_address: bool = False
    when: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a source is given besides its settings. `allow_private`: an owner allowed addresses of inner networks;
    `sleep` waits so many seconds, and ends the run where somebody stops it meanwhile."""

    connection_id: int
    folder: Path
    allow_private: bool
    now: datetime
    sleep: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class Pulled:
    """Some rows, and the cursor from which a later pull goes on behind them.

    `rows` are their numbers where the source has such (a file's lines), `file` is the name of that file. A pull from any of its cursors again may repeat
    rows, but never leaves one out.
    """

    table: pa.Table
    cursor: str
    unreadable: Sequence[Unreadable] = ()
    rows: pa.Array | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a test of the connection found: columns, some rows, and what a person should know."""

    columns: Sequence[str]
    sample: pa.Table
    notes: Sequence[str] = field(default_factory=tuple)


@runtime_checkable
class Source(Protocol):
    """Where rows come from. Made anew for every run; raises Invalid for settings that cannot work."""

    settings: ClassVar[Sequence[Setting]]

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None: ...

    def probe(self) -> Probe:
        """Connect, look, and read some rows. Raises a SetpointError with cause and remedy where that fails."""
        ...

    def pull(self, since: str) -> Iterator[Pulled]:
        """All rows behind a cursor ("" from the beginning), batch by batch, in constant memory."""
        ...

    def close(self) -> None:
        """Give connections back. May be called twice."""
        ...
