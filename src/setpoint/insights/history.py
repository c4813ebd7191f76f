"""What the lake tells of each customer as of a moment: one pass over the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from setpoint.engine.session import Session

Floats: TypeAlias = npt.NDArray[np.float64]

MESSAGE_SENT = "Message Sent"
OPENED = "Email Opened"
CLICKED = "Email Link Clicked"
OWN_TYPES = ("track", "page", "screen")
HUMAN = r'"machine"\s*:\s*false'
_FIGURES = (
    "goals",
    "goals_365",
    "goals_window",
    "values",
    "value_sum",
    "value_squares",
    "own_30",
    "own_90",
    "sent_14",
    "last_goal",
    "first_goal",
    "first_seen",
)
_HITS = ("opened_60", "clicked_60")


@dataclass(frozen=True, slots=True)
class History:
    """Figures of customers with events, each (n,), in the order of `customer_ids`.

    Counts are 0 where nothing happened. `last_goal`, `first_goal` and `first_seen` are days before as_of, NaN where
    there is none; `values` counts the goal events that have a value.
    """

    customer_ids: npt.NDArray[np.int64]
    figures: dict[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        return self.figures[name]


def read_history(session: Session, *, goal_event: str, window_days: int, as_of: datetime) -> History:
    """All customers' figures as of a moment (aware UTC); later events do not count."""
    end = as_of.replace(tzinfo=None)
    events = session.events()
    past = events.filter(events.ts < end, events.day <= end.date())
    whole = session.execute(_whole(past, goal_event, window_days, end))
    hits = session.execute(_hits(past, end))
    ids = whole["customer_id"].to_numpy()
    figures = {name: _numbers(whole[name], end) for name in _FIGURES}
    figures |= {name: aligned(ids, hits, name) for name in _HITS}
    return History(ids, figures)


def of_customers(history: History, customer_ids: npt.NDArray[np.int64]) -> History:
    """The figures of these customers, in this order; those without events have zeros and NaN."""
    table = pa.table({"customer_id": history.customer_ids, **history.figures})
    gone = {"last_goal": np.nan, "first_goal": np.nan, "first_seen": np.nan}
    figures = {name: aligned(customer_ids, table, name, gone.get(name, 0.0)) for name in history.figures}
    return History(customer_ids, figures)


def aligned(ids: npt.NDArray[np.int64], table: pa.Table, name: str, otherwise: float = 0.0) -> Floats:
    """A column of `table` (with customer_id) in the order of `ids`; `otherwise` for ids that it does not have."""
    place = pc.index_in(pa.array(ids, pa.int64()), value_set=table["customer_id"])
    values = table[name].combine_chunks().cast(pa.float64()).take(place)
    return np.array(pc.fill_null(values, otherwise).to_numpy(zero_copy_only=False), dtype=np.float64)


def _whole(past: Any, goal_event: str, window_days: int, end: datetime) -> Any:
    def since(days: int) -> Any:
        return past.ts >= end - timedelta(days=days)

    goal = past.event == goal_event
    own = past.type.isin(OWN_TYPES) & ~past.event.isin((MESSAGE_SENT, OPENED, CLICKED))
    value = goal.ifelse(past.value, None)
    return past.group_by("customer_id").agg(
        goals=_how_many(goal),
        goals_365=_how_many(goal & since(365)),
        goals_window=_how_many(goal & since(window_days)),
        values=value.count(),
        value_sum=value.sum(),
        value_squares=(value * value).sum(),
        own_30=_how_many(own & since(30)),
        own_90=_how_many(own & since(90)),
        sent_14=_how_many((past.event == MESSAGE_SENT) & since(14)),
        last_goal=goal.ifelse(past.ts, None).max(),
        first_goal=goal.ifelse(past.ts, None).min(),
        first_seen=past.ts.min(),
    )


def _hits(past: Any, end: datetime) -> Any:
    start = end - timedelta(days=60)
    recent = past.filter(past.day >= start.date(), past.ts >= start, past.event.isin((OPENED, CLICKED)))
    human = recent.filter(recent.properties.re_search(HUMAN))
    opened, clicked = human.event == OPENED, human.event == CLICKED
    return human.group_by("customer_id").agg(opened_60=_how_many(opened), clicked_60=_how_many(clicked))


def _how_many(condition: Any) -> Any:
    return condition.ifelse(1, 0).sum()


def _numbers(column: pa.ChunkedArray, end: datetime) -> Floats:
    """Counts and sums as floats (null: 0); times as days before `end` (null: NaN)."""
    if not pa.types.is_timestamp(column.type):
        return np.array(pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(), dtype=np.float64)
    ago = (np.datetime64(end, "us") - column.to_numpy()) / np.timedelta64(1, "D")  # null is NaT, hence NaN
    return np.asarray(ago, dtype=np.float64)
