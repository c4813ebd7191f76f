"""Recency, frequency, monetary value: quintiles, and coarse groups of customers by them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from setpoint.insights.history import Floats, History
from setpoint.insights.types import Rfm

Ints = npt.NDArray[np.int64]

GROUPS = ("champions", "loyal", "new", "promising", "at_risk", "hibernating", "lost", "no_purchase")


def quintiles(values: Floats) -> Ints:
    """1 (lowest fifth) to 5 (highest), by the middle rank among equals, so that equals share one quintile."""
    n = len(values)
    ordered = np.sort(values)
    lower, upper = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.asarray(1 + (5 * (lower + upper) // (2 * max(n, 1))).clip(0, 4), dtype=np.int64)


def rfm_of(history: History) -> Rfm:
    """Quintiles among those who ever had a goal event; 0 for the rest."""
    bought = history["goals"] > 0
    mean_value = history["value_sum"] / np.maximum(history["values"], 1)
    r = _among(bought, -history["last_goal"])
    f = _among(bought, history["goals"])
    m = _among(bought, mean_value)
    cells = Counter(f"{a}{b}{c}" for a, b, c in zip(r[bought], f[bought], m[bought], strict=True))
    groups = np.asarray(GROUPS)[_group(r, f, history["goals"])]
    counted = Counter(groups.tolist())
    summary = {name: counted[name] for name in GROUPS if counted[name]}
    return Rfm(history.customer_ids, r, f, m, dict(sorted(cells.items())), summary)


def _among(bought: npt.NDArray[np.bool_], values: Floats) -> Ints:
    quintile = np.zeros(len(values), dtype=np.int64)
    quintile[bought] = quintiles(values[bought])
    return quintile


def _group(r: Ints, f: Ints, goals: Floats) -> Ints:
    """Index into GROUPS: the first rule that holds."""
    rules = [
        (r >= 4) & (f >= 4),
        (r >= 3) & (f >= 3),
        (r == 5) & (goals == 1),
        r >= 3,
        (r >= 1) & (f >= 3),
        r == 2,
        r == 1,
    ]
    return np.asarray(np.select(rules, range(len(rules)), len(rules)), dtype=np.int64)
