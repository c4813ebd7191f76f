"""Recency, frequency and money as scores from 1 to 5, and the eleven named cells that they make. Pure.

Scores: quintiles after Hughes (1994, "Strategic Database Marketing"), or limits that a person sets. Cells: the eleven
segments that Putler made customary, by recency and the mean of frequency and money. Their published ranges overlap and
leave gaps; GRID picks one of the segments whose range covers it for each of the 25 places, so that every buyer is in
exactly one. `docs/explanation/tags.md` has the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRID = (
    ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalist", "potential_loyalist", "champions", "champions"),
    ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
)
"""GRID[r - 1][fm - 1] is the cell of recency r and frequency-and-money fm."""
CELLS = (
    "champions",
    "loyal",
    "potential_loyalist",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cannot_lose",
    "hibernating",
    "lost",
)
COARSE: Mapping[str, str] = {
    "champions": "champions",
    "loyal": "loyal",
    "potential_loyalist": "growing",
    "new": "growing",
    "promising": "growing",
    "need_attention": "cooling",
    "about_to_sleep": "cooling",
    "at_risk": "at_risk",
    "cannot_lose": "at_risk",
    "hibernating": "lost",
    "lost": "lost",
}
"""The coarse six: champions, loyal, growing, cooling, at_risk, lost."""
LEAST_BUYERS = 25
"""Five a fifth: below this, quintiles of so few say nothing."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores 1 (worst) to 5 (best) of n buyers; `place` is the index of each one's cell in CELLS."""

    recency: Ints
    frequency: Ints
    money: Ints

    @property
    def combined(self) -> Ints:
        """Frequency and money together: their mean, halves upwards."""
        return (self.frequency + self.money + 1) // 2

    @property
    def place(self) -> Ints:
        """Index of each one's cell in CELLS."""
        table = np.array([[CELLS.index(name) for name in row] for row in GRID])
        return np.asarray(table[self.recency - 1, self.combined - 1], dtype=np.int64)


def by_limits(values: Floats, limits: Sequence[float]) -> Ints:
    """1 plus how many of four ascending limits a value reaches."""
    return np.asarray(1 + np.searchsorted(np.asarray(limits, dtype=np.float64), values, "right"), dtype=np.int64)


def recency_by_limits(days: Floats, limits: Sequence[float]) -> Ints:
    """5 within the first of four ascending limits in days, 1 beyond the last."""
    return np.asarray(5 - np.searchsorted(np.asarray(limits, dtype=np.float64), days, "left"), dtype=np.int64)
