"""Values of matching: columns and what is in them, pairs with their evidence, and how a run is watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Content = Literal["words", "text", "code", "digits", "date", "email", "category"]
How = Literal["equal", "alike", "different", "missing"]
Watch: TypeAlias = Callable[[str, float], None]
"""Told the stage and the share done (0 to 1); raises to stop the run."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that tells people apart: what its values look like, how many rows have one, how many differ."""

    name: str
    content: Content
    filled: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one column spoke. `weight` is log2 of the factor by which it raised the odds that both are one person."""

    column: str
    how: How
    weight: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows, by id, the smaller first, with the probability that they are one person.

    `home` is log2 of the factor by which the odds were lowered because two people of one home look alike, too.
    """

    first: int
    second: int
    probability: float
    evidence: tuple[Evidence, ...] = ()
    home: float = 0.0


@dataclass(frozen=True, slots=True)
class Matched:
    """What a run found: pairs from the surest on, the columns and blocks it chose, how many pairs it weighed, and how
    many of those it found are expected to be one person."""

    pairs: tuple[Pair, ...]
    columns: tuple[Column, ...]
    blocks: tuple[tuple[str, ...], ...]
    compared: int
    expected: float
