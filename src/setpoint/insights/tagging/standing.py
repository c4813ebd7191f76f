"""One customer's value and risk: which cell and group they are in, and how they compare with all who buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings

from setpoint.customers.services import ids_of, view
from setpoint.customers.tags.services import CustomerTag, tags_of
from setpoint.engine.session import connect
from setpoint.insights.history import OWN_TYPES
from setpoint.insights.tagging.cells import COARSE
from setpoint.insights.tagging.findings import finding

RISK: Mapping[str, str] = {
    "champions": "low",
    "loyal": "low",
    "growing": "low",
    "cooling": "medium",
    "at_risk": "high",
    "lost": "high",
}
"""The coarse group as a plain word on the risk of losing somebody: a rule of thumb, not a forecast."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`orders`, `money` (main currency unit, returns taken off), `returns` and `last_order_days` are of all time as of
    now. `more_than` says of how many per cent of the buyers each is better, None where no report is there yet;
    `cell`, `coarse`, `risk` and `group` are None where there is not enough data."""

    orders: int
    money: float
    returns: int
    returned: float
    last_order_days: float | None
    cell: str | None
    coarse: str | None
    risk: str | None
    group: str | None
    group_words: Sequence[str]
    more_than: Mapping[str, int | None]
    predictions: Sequence[CustomerTag]
    as_of: str | None


def standing(customer_id: int, *, now: datetime) -> Standing:
    """What a customer is worth by what is known, in plain figures. NotFound for an unknown id."""
    view(customer_id)
    seen = finding("rfm")
    orders, money, returns, returned, days = _bought(customer_id, seen.settings["event"], now)
    own = tags_of(customer_id, at=now)
    cell = next((tag.how["rfm"] for tag in own if "rfm" in tag.how), None)
    group = next((tag for tag in own if "cluster" in tag.how), None)
    coarse = COARSE.get(cell or "")
    table = seen.report.get("percentiles", {})
    return Standing(
        orders=orders,
        money=money,
        returns=returns,
        returned=returned,
        last_order_days=days,
        cell=cell,
        coarse=coarse,
        risk=RISK.get(coarse or ""),
        group=group.name if group else None,
        group_words=group.how.get("words", ()) if group else (),
        more_than={
            "recency": None if days is None else _above(table, "recency", days, less_is_better=True),
            "orders": _above(table, "orders", orders) if orders else None,
            "money": _above(table, "money", money) if orders else None,
        },
        predictions=[tag for tag in own if tag.layer == "prediction"],
        as_of=seen.report.get("as_of"),
    )


def _bought(customer_id: int, event: str, now: datetime) -> tuple[int, float, int, float, float | None]:
    end = now.replace(tzinfo=None)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(events.customer_id.isin(ids_of(customer_id)), events.type.isin(OWN_TYPES), events.ts < end)
        bought = own.event == event if event else (own.value > 0).fill_null(False)
        back = (own.value < 0).fill_null(False)
        valued = bought if event else own.value.notnull()
        told = own.agg(
            orders=bought.ifelse(1, 0).sum(),
            money=valued.ifelse(own.value, 0.0).sum(),
            returns=back.ifelse(1, 0).sum(),
            returned=back.ifelse(own.value, 0.0).sum(),
            last=bought.ifelse(own.ts, None).max(),
        )
        (row,) = session.execute(told).to_pylist()
    days = None if row["last"] is None else (end - row["last"]).total_seconds() / 86_400
    return row["orders"] or 0, row["money"] or 0.0, row["returns"] or 0, -(row["returned"] or 0.0), days


def _above(table: Mapping[str, Any], name: str, value: float, *, less_is_better: bool = False) -> int | None:
    """How many per cent of the buyers a value beats."""
    steps = table.get(name)
    if not steps:
        return None
    if less_is_better:
        return int(101 - np.searchsorted(steps, value, "right")) if value < steps[-1] else 0
    return min(int(np.searchsorted(steps, value, "left")), 100)
