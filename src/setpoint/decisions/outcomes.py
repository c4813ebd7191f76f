"""What came of decisions: every row of a round is looked at in the same window, sent or not, so that arms compare."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from django.conf import settings

from setpoint.decisions.log import column, matrix, read_log
from setpoint.decisions.types import Action, Floats, History, Ints, Redemption
from setpoint.engine.session import Session, connect

SENT = pa.schema(
    [("customer_id", pa.int64()), ("round", pa.int64()), ("sent_at", pa.timestamp("us")), ("offer_code", pa.string())]
)
_PRIOR_DELAYS = 20.0
_LEAST_MATURITY = 0.02
_CUSTOMER_BITS = 45
_KEPT = ("round", "customer_id", "decided_at", "chosen", "chosen_key", "ghost", "held_out", "suppressed_share")


def collect_outcomes(
    campaign_key: str,
    *,
    goal_event: str,
    window_days: float,
    as_of: datetime,
    sent: pa.Table,
    goal: str = "conversions",
) -> pa.Table:
    """One row a decision, by round and customer, with what is known at `as_of`.

    `sent` (columns of SENT) are the rows really handed over. Added columns: exposed, propensity, expected_effect,
    converted, value (revenue in the window, main unit), reward (1 or 0, or value for the goal "revenue"), echo (the
    same in the window after the window, NaN until that has closed), maturity, redeemed (an order carried the row's
    code), first_delay (days to the first goal event; NaN = none). Windows start at the round's `decided_at`.
    """
    log = read_log(campaign_key)
    decided = log.select(list(_KEPT))
    with connect(settings.SETPOINT_LAKE, threads=2) as session:
        seen = _answers(session, decided, goal_event, timedelta(days=window_days), as_of)
        codes = _redeemed(session, sent, as_of)
    answers = _aligned(decided, seen)
    return _with_maturity(log, decided, answers, _handed(decided, sent, codes), (window_days, as_of, goal))


def history(campaign_key: str, outcomes: pa.Table, actions: Sequence[Action]) -> History:
    """The campaign's history for its present actions; rows of an action that exists no more are left out.

    `outcomes` is what `collect_outcomes` returned for the same campaign.
    """
    log = read_log(campaign_key)
    index = {action.key: position for position, action in enumerate(actions)}
    chosen = np.array([index.get(key, -1) for key in outcomes["chosen_key"].to_pylist()], dtype=np.int64)
    kept = chosen >= 0
    probabilities = _probabilities(log, index)
    features = matrix(log, "features")
    columns = {name: column(outcomes, name)[kept] for name in outcomes.column_names if name != "chosen_key"}
    return History(
        customer_ids=columns["customer_id"],
        rounds=columns["round"],
        features=features[kept],
        chosen=chosen[kept],
        exposed=columns["exposed"],
        suppressed_share=columns["suppressed_share"],
        propensity=columns["propensity"],
        reward=columns["reward"],
        converted=columns["converted"],
        value=columns["value"],
        redeemed=columns["redeemed"],
        maturity=columns["maturity"],
        probabilities=probabilities[kept],
    )


def redemptions(codes: Collection[str], *, since: datetime, as_of: datetime) -> list[Redemption]:
    """Orders with one of these codes as `properties.coupon`, oldest first, each message once."""
    if not codes:
        return []
    with connect(settings.SETPOINT_LAKE, threads=2) as session:
        wanted = session.memtable(pa.table({"code": pa.array(sorted(set(codes)), pa.string())}))
        events = _orders(session, as_of)
        events = events.filter(events.ts >= ibis.literal(_naive(since)))
        found = events.inner_join(wanted, events.coupon == wanted.code)
        found = found.select("code", "customer_id", "value", "ts", "message_id").distinct()
        rows = session.execute(found.order_by(["ts", "message_id"])).to_pylist()
    return [
        Redemption(
            r["code"], r["customer_id"] or 0, float(r["value"] or 0.0), r["ts"].replace(tzinfo=UTC), r["message_id"]
        )
        for r in rows
    ]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _orders(session: Session, as_of: datetime) -> Any:
    """Track events that carry a coupon, with it as a column."""
    events = session.events()
    events = events.filter((events.type == "track") & (events.ts <= ibis.literal(_naive(as_of))))
    events = events.filter(events.properties.contains('"coupon"'))
    return events.mutate(coupon=events.properties.cast("json")["coupon"].str)


def _answers(session: Session, decided: pa.Table, goal_event: str, window: timedelta, as_of: datetime) -> pa.Table:
    """Per decision with any goal event within two windows: counts, revenue and the first delay in days."""
    starts = session.memtable(decided.select(["round", "customer_id", "decided_at"]))
    starts = session.by_person(starts.mutate(person=starts.customer_id), "person")
    events = session.events()
    last = ibis.literal(_naive(as_of))
    events = events.filter((events.type == "track") & (events.event == goal_event) & (events.ts <= last))
    events = events.select(events.message_id, buyer=events.customer_id, ts=events.ts, revenue=events.value).distinct()
    found = starts.inner_join(events, [starts.person == events.buyer, events.ts >= starts.decided_at])
    age = (found.ts.epoch_seconds() - found.decided_at.epoch_seconds()).cast("float64") / 86400.0
    found = found.mutate(age=age, revenue=found.revenue.fill_null(0.0))
    days = window.total_seconds() / 86400
    first, second = found.age < days, (found.age >= days) & (found.age < 2 * days)
    grouped = found.filter(found.age < 2 * days).group_by(["round", "customer_id"])
    zero = ibis.literal(0.0)
    return session.execute(
        grouped.agg(
            count=ibis.ifelse(first, 1, 0).sum().cast("int64"),
            revenue=ibis.ifelse(first, found.revenue, zero).sum(),
            echo_count=ibis.ifelse(second, 1, 0).sum().cast("int64"),
            echo_revenue=ibis.ifelse(second, found.revenue, zero).sum(),
            first_delay=found.age.min(),
        )
    )


def _redeemed(session: Session, sent: pa.Table, as_of: datetime) -> pa.Table:
    """(round, customer_id) of sends whose own code was used."""
    coded = sent.filter(pa.compute.not_equal(pa.compute.fill_null(sent["offer_code"], ""), "")).cast(SENT)
    rows = session.memtable(coded.select(["round", "customer_id", "offer_code"]))
    orders = _orders(session, as_of).select("coupon")
    found = rows.semi_join(orders, rows.offer_code == orders.coupon)
    return session.execute(found.select("round", "customer_id").distinct())


def _keys(rows: pa.Table) -> Ints:
    """(m,) one number for each (round, customer); ascending where the rows are sorted by both."""
    keys: Ints = column(rows, "round").astype(np.int64) << _CUSTOMER_BITS | column(rows, "customer_id")
    return keys


def _aligned(decided: pa.Table, seen: pa.Table) -> dict[str, Floats]:
    """The answers' columns in the order of the decisions, 0 (NaN for delays) where nothing was seen."""
    rows = np.searchsorted(_keys(decided), _keys(seen))
    aligned = {}
    for name in ("count", "revenue", "echo_count", "echo_revenue", "first_delay"):
        aligned[name] = np.full(decided.num_rows, np.nan if name == "first_delay" else 0.0)
        aligned[name][rows] = column(seen, name)
    return aligned


def _handed(decided: pa.Table, sent: pa.Table, codes: pa.Table) -> tuple[Any, Any]:
    """(m,) really sent, and (m,) code used."""
    keys = _keys(decided)
    return np.isin(keys, _keys(sent)), np.isin(keys, _keys(codes))


def _with_maturity(
    log: pa.Table,
    decided: pa.Table,
    answers: dict[str, Floats],
    flags: tuple[Any, Any],
    asked: tuple[float, datetime, str],
) -> pa.Table:
    window_days, as_of, goal = asked
    since = np.datetime64(_naive(as_of)) - column(decided, "decided_at")
    age = since / np.timedelta64(1, "us") / 86400e6
    chance, chosen = matrix(log, "probabilities"), column(decided, "chosen")
    revenue = goal == "revenue"
    added = {
        "exposed": flags[0],
        "propensity": chance[np.arange(len(chosen)), chosen] if len(chosen) else np.zeros(0),
        "expected_effect": column(log, "expected_effect"),
        "converted": answers["count"] > 0,
        "value": answers["revenue"],
        "reward": answers["revenue"] if revenue else (answers["count"] > 0).astype(float),
        "echo": np.where(
            age >= 2 * window_days, answers["echo_revenue"] if revenue else answers["echo_count"] > 0, np.nan
        ),
        "maturity": maturity(age / window_days, answers["first_delay"] / window_days),
        "redeemed": flags[1],
        "first_delay": answers["first_delay"],
    }
    table = decided
    for name, values in added.items():
        table = table.append_column(name, pa.array(values))
    return table


def maturity(age: Floats, delay: Floats) -> Floats:
    """(m,) share of the response expected by now. `age` and `delay` in windows, delay NaN where nothing came.

    The empirical distribution of delays in closed windows, shrunken to a uniform one as if 20 delays had been seen.
    """
    closed = np.sort(delay[(age >= 1) & (delay < 1)])
    seen = np.searchsorted(closed, age, side="right")
    share = (seen + _PRIOR_DELAYS * np.clip(age, 0, 1)) / (len(closed) + _PRIOR_DELAYS)
    return np.where(age >= 1, 1.0, np.clip(share, _LEAST_MATURITY, 1.0))


def _probabilities(log: pa.Table, index: dict[str, int]) -> Floats:
    """(m, A) logged vectors moved to the present actions' columns; what belonged to others goes to "no action"."""
    full = np.zeros((log.num_rows, len(index)))
    rounds = column(log, "round")
    for number in np.unique(rounds):
        rows = np.flatnonzero(rounds == number)
        keys = json.loads(log["round_summary"][int(rows[0])].as_py())["action_keys"]
        part = np.vstack(log["probabilities"].take(pa.array(rows)).to_numpy())
        for position, key in enumerate(keys):
            full[rows, index.get(key, 0)] += part[:, position]
    return full
