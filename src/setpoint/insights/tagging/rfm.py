"""The report of recency, frequency and money: scores, cells, the grid, and who is in which cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from setpoint.insights.rfm import quintiles
from setpoint.insights.tagging.cells import (
    CELLS,
    COARSE,
    GRID,
    LEAST_BUYERS,
    Floats,
    Ints,
    Scores,
    by_limits,
    recency_by_limits,
)
from setpoint.insights.tagging.spending import Spending

DEFAULTS: Mapping[str, Any] = {
    "event": "",
    "mode": "quantiles",
    "limits": {"recency": [30, 60, 120, 240], "frequency": [2, 3, 5, 10], "money": [50, 100, 250, 500]},
}
"""`event` "": everything with a value. `mode` "rules" scores by `limits` (recency in days, money in the main unit)."""


@dataclass(frozen=True, slots=True)
class Rfm:
    """`members` are the ids of each cell, ascending; `report` is what pages show."""

    members: Mapping[str, Ints]
    report: dict[str, Any]


def rfm_of(spending: Spending, told: Mapping[str, Any], *, as_of: datetime) -> Rfm:
    """Cells of everybody who bought; none where too few did."""
    bought = spending.orders > 0
    buyers = int(np.count_nonzero(bought))
    head = {"as_of": as_of.isoformat(), "settings": dict(told), "known": len(spending), "buyers": buyers}
    if told["mode"] == "quantiles" and buyers < LEAST_BUYERS:
        return Rfm(dict.fromkeys(CELLS, _nobody()), {**head, "is_enough": False, "least": LEAST_BUYERS})
    days, orders, money = spending.last_order[bought], spending.orders[bought], spending.money[bought]
    scores = _scores(days, orders, money, told)
    place = scores.place
    ids = spending.ids[bought]
    members = {name: ids[place == number] for number, name in enumerate(CELLS)}
    report = {
        **head,
        "is_enough": buyers > 0,
        "grid": _grid(scores, money),
        "cells": [_cell(name, place == number, days, orders, money) for number, name in enumerate(CELLS)],
        "steps": _steps(scores, days, orders, money),
        "percentiles": {"recency": _percentiles(days), "orders": _percentiles(orders), "money": _percentiles(money)},
    }
    return Rfm(members, report)


def _scores(days: Floats, orders: Floats, money: Floats, told: Mapping[str, Any]) -> Scores:
    if told["mode"] == "quantiles":
        return Scores(quintiles(-days), quintiles(orders), quintiles(money))
    limits = told["limits"]
    return Scores(
        recency_by_limits(days, limits["recency"]),
        by_limits(orders, limits["frequency"]),
        by_limits(money, limits["money"]),
    )


def _grid(scores: Scores, money: Floats) -> list[dict[str, Any]]:
    """The 25 places, each with its cell, how many are there and what they brought."""
    flat = (scores.recency - 1) * 5 + scores.combined - 1
    counts = np.bincount(flat, minlength=25)
    sums = np.bincount(flat, weights=money, minlength=25)
    return [
        {"r": r, "fm": fm, "cell": GRID[r - 1][fm - 1], "count": int(counts[at]), "money": float(sums[at])}
        for r in range(1, 6)
        for fm in range(1, 6)
        for at in [(r - 1) * 5 + fm - 1]
    ]


def _cell(name: str, own: Any, days: Floats, orders: Floats, money: Floats) -> dict[str, Any]:
    count = int(np.count_nonzero(own))
    return {
        "key": name,
        "coarse": COARSE[name],
        "count": count,
        "money": float(money[own].sum()),
        "mean_days": float(days[own].mean()) if count else None,
        "mean_orders": float(orders[own].mean()) if count else None,
        "mean_money": float(money[own].mean()) if count else None,
    }


def _steps(scores: Scores, days: Floats, orders: Floats, money: Floats) -> dict[str, list[dict[str, Any]]]:
    """For each score from 1 to 5 what values it stands for."""
    pairs = {"recency": (scores.recency, days), "frequency": (scores.frequency, orders), "money": (scores.money, money)}
    return {name: [_step(values[score == step]) for step in range(1, 6)] for name, (score, values) in pairs.items()}


def _step(values: Floats) -> dict[str, Any]:
    if not len(values):
        return {"count": 0, "low": None, "high": None}
    return {"count": len(values), "low": float(values.min()), "high": float(values.max())}


def _percentiles(values: Floats) -> list[float]:
    """101 values: so much have at most 0 %, 1 %, ... 100 % of the buyers."""
    return [float(value) for value in np.percentile(values, np.arange(101))] if len(values) else []


def _nobody() -> Ints:
    return np.empty(0, dtype=np.int64)
