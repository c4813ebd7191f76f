"""What customers bought and do: one pass over the lake, one row a customer with any event of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.conf import settings

from setpoint.engine.session import connect
from setpoint.insights.history import OWN_TYPES

RECENT_DAYS = 90
Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spending:
    """n customers with events of their own, ascending by id, as of a moment.

    `orders` counts purchases, `money` is what they brought (main currency unit; returns taken off), `last_order` and
    `last_seen` are days ago (NaN: never bought), `first_seen` days since the first event, `recent` the events of the
    last 90 days.
    """

    ids: Ids
    orders: Floats
    money: Floats
    last_order: Floats
    last_seen: Floats
    first_seen: Floats
    recent: Floats

    def __len__(self) -> int:
        return len(self.ids)


def read_spending(event: str, *, as_of: datetime) -> Spending:
    """Everybody's purchases before `as_of` (aware UTC): the events called `event` or, where that is empty, all that
    have a value: positive ones are purchases, negative ones returns."""
    end = as_of.replace(tzinfo=None)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.events()
        own = events.filter(
            events.ts < end, events.day <= end.date(), events.type.isin(OWN_TYPES), events.customer_id > 0
        )
        bought = own.event == event if event else (own.value > 0).fill_null(False)
        valued = bought if event else own.value.notnull()
        told = own.group_by("customer_id").agg(
            orders=bought.ifelse(1, 0).sum(),
            money=valued.ifelse(own.value, 0.0).sum(),
            last_order=bought.ifelse(own.ts, None).max(),
            last_seen=own.ts.max(),
            first_seen=own.ts.min(),
            recent=(own.ts >= end - timedelta(days=RECENT_DAYS)).ifelse(1, 0).sum(),
        )
        rows = session.execute(told.order_by("customer_id"))
    columns = {name: rows[name].to_numpy() for name in rows.column_names}
    days = {name: _days(columns[name], end) for name in ("last_order", "last_seen", "first_seen")}
    counts = {name: np.nan_to_num(columns[name].astype(np.float64)) for name in ("orders", "money", "recent")}
    return Spending(columns["customer_id"].astype(np.int64), **counts, **days)


def _days(moments: npt.NDArray[np.datetime64], end: datetime) -> Floats:
    ago = (np.datetime64(end, "us") - moments) / np.timedelta64(1, "D")
    return np.asarray(ago, dtype=np.float64)
