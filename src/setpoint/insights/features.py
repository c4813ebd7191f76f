"""Features of customers: raw columns, which of them to keep, and one scale for all rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from setpoint.insights.history import Floats, History

MOST_FEATURES = 24
LONGEST_DAYS = 730.0
CLIP = 5.0
"""Standardised features stay within this many standard deviations, so that no single customer steers a model."""

BEHAVIOUR_FLOOR = 0.25
SHARE_FLOOR = 0.1
_CONSTANT = 1e-9
_HUGE = 1e150


@dataclass(frozen=True, slots=True)
class Column:
    """One raw feature (n,), NaN where it is missing. `floor` is the least scale: a column that hardly varies today may
    vary tomorrow. `information` ranks columns when there are too many; infinite means "always kept".
    """

    values: Floats
    floor: float
    information: float


@dataclass(frozen=True, slots=True)
class Scaled:
    """Standardised features (n, d) with their names and scale (d,)."""

    values: Floats
    names: tuple[str, ...]
    centre: Floats
    scale: Floats


def behaviour(history: History, tenure: Floats) -> dict[str, Column]:
    """What customers did: logarithms of days and counts. `tenure` in days, never NaN."""
    never = np.minimum(tenure, LONGEST_DAYS)
    last = np.where(np.isnan(history["last_goal"]), never, np.minimum(history["last_goal"], LONGEST_DAYS))
    mean_value = np.maximum(history["value_sum"], 0.0) / np.maximum(history["values"], 1.0)
    raw = {
        "recency": last,
        "frequency": history["goals_365"],
        "monetary": mean_value,
        "tenure": tenure,
        "activity": history["own_30"],
        "opened": history["opened_60"],
        "clicked": history["clicked_60"],
        "messages": history["sent_14"],
    }
    return {name: Column(np.log1p(values), BEHAVIOUR_FLOOR, np.inf) for name, values in raw.items()}


def standardised(columns: Mapping[str, Column]) -> Scaled:
    """At most 24 columns that vary, most informative first, in the order given; (x - mean) / sd within +-5.

    The mean and the standard deviation leave out what is missing; missing becomes 0, the mean.
    """
    fitted = {name: _fit(column) for name, column in columns.items()}
    varying = [name for name, (_centre, spread) in fitted.items() if spread > _CONSTANT * (1 + abs(fitted[name][0]))]
    ranked = sorted(varying, key=lambda name: (-columns[name].information, name))[:MOST_FEATURES]
    names = tuple(name for name in varying if name in set(ranked))
    centre = np.array([fitted[name][0] for name in names])
    scale = np.array([max(fitted[name][1], columns[name].floor) for name in names])
    return Scaled(_scaled(columns, names, centre, scale), names, centre, scale)


def on_scale(columns: Mapping[str, Column], names: Sequence[str], centre: Floats, scale: Floats) -> Scaled:
    """The named columns on a scale of earlier; one that is no more is missing everywhere, hence 0."""
    return Scaled(_scaled(columns, names, centre, scale), tuple(names), centre, scale)


def _scaled(columns: Mapping[str, Column], names: Sequence[str], centre: Floats, scale: Floats) -> Floats:
    n = len(next(iter(columns.values())).values)
    values = np.zeros((n, len(names)))
    with np.errstate(over="ignore"):  # what is too large to be told is clipped below
        for place, name in enumerate(names):
            if name in columns:
                values[:, place] = (columns[name].values - centre[place]) / scale[place]
    return np.nan_to_num(values, nan=0.0, posinf=CLIP, neginf=-CLIP).clip(-CLIP, CLIP)


def _fit(column: Column) -> tuple[float, float]:
    known = column.values[np.isfinite(column.values) & (np.abs(column.values) < _HUGE)]
    return (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)


def share_column(flags: npt.NDArray[np.bool_]) -> Column:
    """A yes-or-no column with its entropy in bits as information."""
    share = float(flags.mean()) if len(flags) else 0.0
    parts = [part for part in (share, 1 - share) if part > 0]
    return Column(flags.astype(np.float64), SHARE_FLOOR, -sum(part * np.log2(part) for part in parts))
