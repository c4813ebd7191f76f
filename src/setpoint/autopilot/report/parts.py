"""The pieces a told report consists of; all text is in the reader's language already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "attention", "neutral", "quiet"]
NEAR_LIMIT = 0.8
"""Share of a limit from which on it is shown as nearly used up."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number on a tile: what it is, what it says beneath, and how it was counted."""

    label: str
    value: str
    note: str = ""
    title: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit: shares of it that are committed and put aside, and the sentence beneath."""

    label: str
    sentence: str
    committed: float
    reserved: float
    tone: Tone
    price: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the funnel; `share` of its base in [0, 1]."""

    label: str
    value: str
    share: float
    told_share: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: heads and rows of cells; the first column is text, the others are numbers unless `text_columns`."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Turn:
    """One round as people read it."""

    name: str
    when: str
    sentences: tuple[str, ...]
