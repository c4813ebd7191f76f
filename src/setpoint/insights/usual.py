"""What an audience does anyway: how many do something in a window of days, and what it is worth, window by window.

Sums alone come out of the lake, one row a window, so that it is quick for any number of customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.conf import settings

from setpoint.engine.session import connect

MOST_WINDOWS = 8


@dataclass(frozen=True, slots=True)
class Usual:
    """Windows of the past, latest first: how many customers acted, the sum and the squares of what each brought.

    `windows` counts those in which anybody at all did this; windows before that say nothing.
    """

    customers: int
    windows: int
    acting: tuple[int, ...]
    values: tuple[float, ...]
    squares: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Share of these customers who act within a window, on average."""
        return sum(self.acting) / (self.windows * self.customers) if self.windows and self.customers else 0.0

    @property
    def mean_value(self) -> float:
        """What one who acts brings within a window, on average."""
        return sum(self.values) / max(1, sum(self.acting))

    @property
    def mean_square(self) -> float:
        """Mean square of that."""
        return sum(self.squares) / max(1, sum(self.acting))

    @property
    def unrest(self) -> float:
        """Standard deviation of the windows' rates, as a share of their mean, beyond what chance alone does."""
        if self.windows < 2 or not sum(self.acting):
            return 0.0
        counts = np.array(self.acting, dtype=np.float64)
        beyond = counts.var(ddof=1) - counts.mean()
        return float(np.sqrt(max(0.0, beyond)) / counts.mean())


def usual(
    customer_ids: npt.NDArray[np.int64] | None,
    customers: int,
    *,
    event: str,
    window_days: int,
    as_of: datetime,
    windows: int = MOST_WINDOWS,
) -> Usual:
    """What these customers (None: everybody; `customers` says how many) did in the windows before `as_of` (aware UTC)."""
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.events()
        end = as_of.replace(tzinfo=None)
        start = end - timedelta(days=windows * window_days)
        seen = events.filter(
            events.event == event,
            events.ts >= start,
            events.ts < end,
            events.day >= start.date(),
            events.day <= end.date(),
        )
        first = session.execute(seen.agg(first=seen.ts.min()))["first"][0].as_py()
        if customer_ids is not None:
            wanted = session.memtable(pa.table({"customer_id": customer_ids}))
            seen = seen.semi_join(wanted, "customer_id")
        found = session.execute(_by_window(seen, end, window_days)).to_pylist()
    return _figures(found, customers, _windows_since(first, end, window_days, windows))


def _by_window(seen: Any, end: datetime, window_days: int) -> Any:
    until = int(end.replace(tzinfo=UTC).timestamp())
    ago = (until - 1 - seen.ts.epoch_seconds()) // (86_400 * window_days)
    each = seen.mutate(window=ago.cast("int64")).group_by(["window", "customer_id"])
    brought = each.agg(value=seen.value.sum().fill_null(0.0))
    return brought.group_by("window").agg(
        acting=brought.count(), value=brought.value.sum(), square=(brought.value * brought.value).sum()
    )


def _windows_since(first: datetime | None, end: datetime, window_days: int, windows: int) -> int:
    """Whole windows since the event was first seen; at least one when it was seen at all."""
    if first is None:
        return 0
    return max(1, min(windows, int((end - first) / timedelta(days=window_days) + 0.5)))


def _figures(found: list[Mapping[str, Any]], customers: int, windows: int) -> Usual:
    rows = {int(row["window"]): row for row in found}
    kept = [rows.get(number, {"acting": 0, "value": 0.0, "square": 0.0}) for number in range(windows)]
    return Usual(
        customers=customers,
        windows=windows,
        acting=tuple(int(row["acting"]) for row in kept),
        values=tuple(float(row["value"]) for row in kept),
        squares=tuple(float(row["square"]) for row in kept),
    )
