"""The report as rows for a spreadsheet: one number a row, in long form, exact and without any language's format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from setpoint.autopilot.report.types import ReportData

HEADS = ("section", "item", "name", "value")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def to_csv(data: ReportData) -> str:
    """CSV with the columns section, item, name, value. Text that a spreadsheet would run as a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for row in rows_of(data):
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def rows_of(data: ReportData) -> Iterator[tuple[str, str, str, Any]]:
    """Every number of the report as (section, item, name, value)."""
    for name, value in asdict(data).items():
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            for index, part in enumerate(value):
                item = str(part.get("number") or part.get("key") or part.get("customer") or index + 1)
                yield from ((name, item, key, each) for key, each in _flat(part))
        elif isinstance(value, Mapping):
            yield from ((name, "", key, each) for key, each in _flat(value))
        else:
            yield from (("report", "", key, each) for key, each in _flat({name: value}))


def _flat(part: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in part.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], (Mapping, list, tuple)):
            for index, each in enumerate(value):
                inner = each if isinstance(each, Mapping) else dict(enumerate(each))
                yield from _flat({str(name): one for name, one in inner.items()}, f"{key}.{index + 1}.")
        elif isinstance(value, (list, tuple)):
            yield key, " · ".join(str(each) for each in value)
        else:
            yield key, value


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_RISKY):
        return f"'{value}"
    return value
