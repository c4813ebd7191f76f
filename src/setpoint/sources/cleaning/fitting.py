"""The numbers that rules take from data: means, medians, most frequent values, bounds. Taken once, kept in the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from setpoint.sources.cleaning.applying import clean
from setpoint.sources.cleaning.parsing import as_text, numbers

FEWEST = 5


def fit(table: pa.Table, rules: Sequence[Mapping[str, Any]], *, anew: bool = False) -> list[dict[str, Any]]:
    """The rules with their numbers, each taken from the rows as the rules before it leave them.

    A rule that has its numbers keeps them unless `anew`.
    """
    fitted: list[dict[str, Any]] = []
    for rule in rules:
        told = dict(rule)
        if _needs(told) and (anew or not told.get("fitted")) and told["column"] in table.column_names:
            told.pop("fitted", None)
            found = _numbers_of(clean(table, fitted).kept[told["column"]], told)
            told |= {"fitted": found} if found else {}
        fitted.append(told)
    return fitted


def unfitted(rules: Sequence[Mapping[str, Any]]) -> int:
    """The place (from 1) of the first rule that lacks its numbers; 0 when none does."""
    lacking = (place for place, rule in enumerate(rules, start=1) if _needs(rule) and not rule.get("fitted"))
    return next(lacking, 0)


def _needs(rule: Mapping[str, Any]) -> bool:
    if rule["kind"] == "missing":
        return rule["how"] in ("mean", "median", "mode")
    return rule["kind"] == "outliers" and rule["method"] in ("sigma", "iqr")


def _numbers_of(column: Any, rule: Mapping[str, Any]) -> dict[str, Any]:
    if rule["kind"] == "missing" and rule["how"] == "mode":
        return _mode(as_text(column))
    found = numbers(column).drop_null().to_numpy(zero_copy_only=False)
    if len(found) < FEWEST:
        return {}
    if rule["kind"] == "missing":
        return {"value": _short(np.mean(found) if rule["how"] == "mean" else np.median(found)), "rows": len(found)}
    return _bounds(found, rule["method"])


def _bounds(found: np.ndarray[Any, Any], method: str) -> dict[str, Any]:
    if method == "sigma":
        middle, spread = float(np.mean(found)), 3 * float(np.std(found))
        return {"low": _short(middle - spread), "high": _short(middle + spread), "rows": len(found)}
    low, high = np.quantile(found, [0.25, 0.75])
    reach = 1.5 * (high - low)
    return {"low": _short(low - reach), "high": _short(high + reach), "rows": len(found)}


def _mode(text: pa.Array) -> dict[str, Any]:
    """The most frequent value; of equally frequent ones the first in order."""
    counts = pc.value_counts(text.drop_null()).to_pylist()
    if not counts:
        return {}
    best = min(counts, key=lambda each: (-each["counts"], each["values"]))
    return {"value": best["values"], "rows": len(text) - text.null_count}


def _short(number: Any) -> float:
    return float(f"{float(number):.10g}")
