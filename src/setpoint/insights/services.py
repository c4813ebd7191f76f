"""Findings about an audience, computed as of a moment from the lake and the traits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from setpoint.customers.services import customer_frame
from setpoint.engine.session import connect
from setpoint.insights.features import Scaled, behaviour, on_scale, standardised
from setpoint.insights.history import Floats, History, of_customers, read_history
from setpoint.insights.rfm import rfm_of
from setpoint.insights.traits import trait_columns
from setpoint.insights.types import Findings, Rfm
from setpoint.insights.value import population_value, shrunken_mean
from setpoint.kernel.errors import Invalid

Ids = npt.NDArray[np.int64]
_DAY = 86_400_000_000


def analyse(
    customer_ids: npt.ArrayLike,
    *,
    goal_event: str,
    window_days: int,
    as_of: datetime,
    centre: Floats | None = None,
    scale: Floats | None = None,
    feature_names: Sequence[str] | None = None,
) -> Findings:
    """What is known of these customers at `as_of` (aware UTC); nothing later is looked at.

    With `feature_names`, `centre` and `scale` of an earlier round the same columns come on the same scale.
    `order_value` is shrunk towards the mean of all customers (see value.py), not of this audience alone.
    """
    ids = np.asarray(customer_ids, dtype=np.int64)
    everybody = _history(goal_event, window_days, as_of)
    history = of_customers(everybody, ids)
    customers = _in_order(customer_frame(), ids)
    tenure = _tenure(customers, history, as_of)
    features = _features(history, customers, tenure, _earlier(feature_names, centre, scale))
    mean, weight = population_value(everybody["values"], everybody["value_sum"], everybody["value_squares"])
    order_value = shrunken_mean(history["values"], history["value_sum"], prior_mean=mean, prior_weight=weight)
    return Findings(
        customer_ids=ids,
        features=features.values,
        feature_names=features.names,
        centre=features.centre,
        scale=features.scale,
        order_value=order_value,
        base_rate=_share(history["goals_window"]),
        summary=_summary(history, tenure, order_value),
    )


def rfm(customer_ids: npt.ArrayLike, *, goal_event: str, as_of: datetime) -> dict[str, int]:
    """How many of these customers are champions, loyal, new, promising, at_risk, hibernating, lost, no_purchase."""
    return rfm_cells(customer_ids, goal_event=goal_event, as_of=as_of).summary


def rfm_cells(customer_ids: npt.ArrayLike, *, goal_event: str, as_of: datetime) -> Rfm:
    """Quintiles of recency, frequency and mean value of these customers' goal events as of a moment."""
    ids = np.asarray(customer_ids, dtype=np.int64)
    return rfm_of(of_customers(_history(goal_event, 1, as_of), ids))


def _history(goal_event: str, window_days: int, as_of: datetime) -> History:
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        return read_history(session, goal_event=goal_event, window_days=window_days, as_of=as_of)


def _in_order(customers: pa.Table, ids: Ids) -> pa.Table:
    """One row an id, nulls for an id that is no customer."""
    return customers.take(pc.index_in(pa.array(ids, pa.int64()), value_set=customers["customer_id"]))


def _tenure(customers: pa.Table, history: History, as_of: datetime) -> Floats:
    """Days since a customer was first heard of: created or, where events were imported, first seen. At least 0."""
    created = pc.fill_null(customers["created_at"].cast(pa.timestamp("us")).cast(pa.int64()), _micros(as_of))
    days = (_micros(as_of) - created.to_numpy()) / _DAY
    return np.asarray(np.maximum(np.fmax(days, history["first_seen"]), 0.0), dtype=np.float64)


def _micros(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)


_Earlier = tuple[tuple[str, ...], Floats, Floats]


def _earlier(names: Sequence[str] | None, centre: Floats | None, scale: Floats | None) -> _Earlier | None:
    if names is None and centre is None and scale is None:
        return None
    if names is None or centre is None or scale is None or not len(names) == len(centre) == len(scale):
        raise Invalid(
            "The scale of an earlier round is its names, centre and scale, equally many of each.",
            remedy="Pass all three as that round's findings have them, or none.",
            field="feature_names",
        )
    return tuple(names), np.asarray(centre, dtype=np.float64), np.asarray(scale, dtype=np.float64)


def _features(history: History, customers: pa.Table, tenure: Floats, earlier: _Earlier | None) -> Scaled:
    known = behaviour(history, tenure)
    if earlier is None:
        return standardised(known | trait_columns(customers))
    names, centre, scale = earlier
    return on_scale(known | trait_columns(customers, wanted=names), names, centre, scale)


def _summary(history: History, tenure: Floats, order_value: Floats) -> dict[str, float]:
    """Figures for the journal: customers by what they did, and the mean expected value of a goal event."""
    return {
        "size": float(len(tenure)),
        "with_goal_event_ever": float(np.count_nonzero(history["goals"])),
        "active_30d": float(np.count_nonzero(history["own_30"])),
        "active_90d": float(np.count_nonzero(history["own_90"])),
        "new_30d": float(np.count_nonzero(tenure < 30)),
        "mean_value": float(order_value.mean()) if len(order_value) else 0.0,
    }


def _share(counts: Floats) -> float:
    return float(np.count_nonzero(counts)) / len(counts) if len(counts) else 0.0
