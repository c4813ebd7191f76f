"""The values that cross the border of the demo company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DemoState = Literal["absent", "wanted", "making", "ready", "unwanted", "removing", "failed"]
Stage = Literal["", "people", "rounds", "moving", "removing"]


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """What is there now, and what would be taken away."""

    customers: int
    deliveries: int
    mails: int


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    """A campaign that belongs to the demo company."""

    id: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class DemoStatus:
    """Where the demo company stands. `percent` moves while it is made or taken away."""

    state: DemoState
    stage: Stage
    percent: int
    round: int
    failure: str
    changed_at: datetime | None
    figures: DemoFigures
    campaigns: tuple[DemoCampaign, ...]


ABSENT = DemoStatus("absent", "", 0, 0, "", None, DemoFigures(0, 0, 0), ())


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers of one table that were set aside: first and last, both included."""

    first: int
    last: int


Blocks = Mapping[str, Block]
"""Table label ("customers.customer") to its block."""
