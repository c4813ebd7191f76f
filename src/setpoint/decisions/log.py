"""The decision log: one immutable row a decision in the lake, enough for off-policy values and byte-equal replay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from setpoint.decisions.types import DecisionProblem, Proposal
from setpoint.engine.lake import Lake
from setpoint.engine.session import among, connect
from setpoint.kernel.errors import NotFound

TABLE = "decisions"
DECISIONS = pa.schema(
    [
        ("decision_id", pa.string()),
        ("campaign", pa.string()),
        ("round", pa.int64()),
        ("customer_id", pa.int64()),
        ("decided_at", pa.timestamp("us")),
        ("policy_version", pa.string()),
        ("rng_key", pa.string()),
        ("features", pa.list_(pa.float64())),
        ("eligible", pa.list_(pa.bool_())),
        ("probabilities", pa.list_(pa.float64())),
        ("chosen", pa.int64()),
        ("chosen_key", pa.string()),
        ("ghost", pa.bool_()),
        ("held_out", pa.bool_()),
        ("suppressed_share", pa.float64()),
        ("expected_effect", pa.float64()),
        ("effect_sd", pa.float64()),
        ("expected_cost", pa.float64()),
        ("liability", pa.int64()),
        ("guard_dropped", pa.bool_()),
        ("shadow_prices", pa.string()),  # JSON: limit's name -> price
        ("round_summary", pa.string()),  # JSON, the same on every row of a round: what is not per customer
    ]
)
_SUMMARY = ("gap", "forecast_effect", "forecast_cost", "personalisation", "notes", "action_posteriors", "action_keys")


def write_log(proposal: Proposal, problem: DecisionProblem) -> bool:
    """Append a round's decisions exactly once; False when that round was there already."""
    app = f"decisions:{proposal.campaign_key}"
    lake = Lake(settings.SETPOINT_LAKE)
    by = ("campaign", "round")
    return bool(lake.append(TABLE, _rows(proposal, problem), app=app, version=proposal.round, partition_by=by))


def exists(campaign_key: str, round: int) -> bool:
    """Whether that round's decisions are in the log."""
    return last_round(campaign_key) >= round


def last_round(campaign_key: str) -> int:
    """The newest round in the log, 0 when there is none."""
    return Lake(settings.SETPOINT_LAKE).version_of(TABLE, f"decisions:{campaign_key}") or 0


def read_log(campaign_key: str, round: int | None = None) -> pa.Table:
    """A campaign's decisions (of one round), by round and then in the order decided; columns of `DECISIONS`."""
    with connect(settings.SETPOINT_LAKE) as session:
        rows = session.table(TABLE, DECISIONS)
        rows = rows.filter(rows.campaign == campaign_key)
        if round is not None:
            rows = rows.filter(rows["round"] == round)
        return session.execute(rows.order_by(["round", "customer_id"]))


def read_columns(campaign_key: str, round: int, names: Sequence[str]) -> dict[str, Any]:
    """Some columns of one round's decisions as arrays, by customer: cheap where the vectors are not wanted."""
    with connect(settings.SETPOINT_LAKE) as session:
        rows = session.table(TABLE, DECISIONS)
        rows = rows.filter((rows.campaign == campaign_key) & (rows["round"] == round))
        found = session.execute(rows.order_by("customer_id").select(*names))
    return {name: column(found, name) for name in names}


def find_decisions(
    *, customer_ids: Sequence[int], campaign_key: str | None = None, round: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The decisions on some customers, of one campaign and round or of all, newest round first."""
    with connect(settings.SETPOINT_LAKE) as session:
        rows = session.table(TABLE, DECISIONS)
        if campaign_key is not None:
            rows = rows.filter(rows.campaign == campaign_key)
        if round is not None:
            rows = rows.filter(rows["round"] == round)
        rows = rows.filter(among(rows.customer_id, customer_ids))
        found = session.execute(rows.order_by([ibis.desc("decided_at"), "customer_id"]).limit(limit))
    return list(found.to_pylist())


def customers_decided(campaign_key: str, round: int, *, kind: str, after: int, limit: int) -> list[int]:
    """Ids of customers of one round after an id, in order: all, or those of one kind of decision
    (sent, none, held_out, ghost, limit_full)."""
    with connect(settings.SETPOINT_LAKE) as session:
        rows = session.table(TABLE, DECISIONS)
        rows = rows.filter((rows.campaign == campaign_key) & (rows["round"] == round) & (rows.customer_id > after))
        rows = rows.filter(_of_kind(rows, kind)) if kind != "all" else rows
        found = session.execute(rows.select("customer_id").order_by("customer_id").limit(limit))
    ids: list[int] = found["customer_id"].to_pylist()
    return ids


def _of_kind(rows: Any, kind: str) -> Any:
    chosen = rows.chosen > 0
    kinds = {
        "sent": chosen & ~rows.ghost & ~rows.held_out,
        "none": ~chosen & ~rows.guard_dropped,
        "held_out": chosen & rows.held_out,
        "ghost": chosen & rows.ghost & ~rows.held_out,
        "limit_full": rows.guard_dropped,
    }
    return kinds[kind]


def action_keys(round_summary: str) -> tuple[str, ...]:
    """The keys of a round's actions, in the order of its vectors, from the summary that each of its rows carries."""
    return tuple(json.loads(round_summary)["action_keys"])


def read_proposal(campaign_key: str, round: int) -> Proposal:
    """The proposal as it was logged, customers in ascending order. Raises NotFound."""
    rows = read_log(campaign_key, round)
    if not rows.num_rows:
        raise NotFound(f"Round {round} of {campaign_key} has no decisions.", remedy="Decide the round first.")
    summary = json.loads(rows["round_summary"][0].as_py())
    summary["notes"], summary["action_keys"] = tuple(summary["notes"]), tuple(summary["action_keys"])
    summary["action_posteriors"] = tuple(summary["action_posteriors"])
    names = ("chosen", "ghost", "held_out", "suppressed_share", "expected_effect", "effect_sd", "expected_cost")
    columns: dict[str, Any] = {name: column(rows, name) for name in (*names, "liability", "guard_dropped")}
    return Proposal(
        campaign_key=campaign_key,
        round=round,
        policy_version=rows["policy_version"][0].as_py(),
        customer_ids=column(rows, "customer_id"),
        probabilities=matrix(rows, "probabilities"),
        shadow_prices=json.loads(rows["shadow_prices"][0].as_py()),
        **columns,
        **summary,
    )


def column(rows: pa.Table, name: str) -> Any:
    """A column as a NumPy array."""
    return rows[name].combine_chunks().to_numpy(zero_copy_only=False)


def matrix(rows: pa.Table, name: str) -> Any:
    """A column of lists of one length as an (m, width) array."""
    flat = rows[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(rows.num_rows, -1)


def first_of_lists(rows: pa.Table, name: str) -> Any:
    """(m,) first element of each list of a column; lists may differ in length between rounds."""
    return pc.list_element(rows[name], 0).combine_chunks().to_numpy(zero_copy_only=False)


def _rows(proposal: Proposal, problem: DecisionProblem) -> pa.Table:
    n = len(proposal.customer_ids)
    keys = np.array(proposal.action_keys, dtype=object)
    out = proposal.guard_dropped if proposal.guard_dropped is not None else np.zeros(n, dtype=bool)
    at = problem.decided_at.astimezone(UTC).replace(tzinfo=None)
    same = {
        "campaign": proposal.campaign_key,
        "round": proposal.round,
        "decided_at": at,
        "policy_version": proposal.policy_version,
        "rng_key": f"{proposal.campaign_key}/{proposal.round}",
        "shadow_prices": json.dumps(proposal.shadow_prices),
        "round_summary": json.dumps({name: getattr(proposal, name) for name in _SUMMARY}),
    }
    varied = {
        "decision_id": [f"{proposal.campaign_key}/{proposal.round}/{each}" for each in proposal.customer_ids.tolist()],
        "customer_id": proposal.customer_ids,
        "features": _lists(problem.contexts.features),
        "eligible": _lists(problem.contexts.eligible),
        "probabilities": _lists(proposal.probabilities),
        "chosen_key": keys[proposal.chosen],
        "guard_dropped": out,
    }
    arrays = [_array(field, n, same, varied, proposal) for field in DECISIONS]
    return pa.Table.from_arrays(arrays, schema=DECISIONS)


def _array(field: Any, n: int, same: dict[str, Any], varied: dict[str, Any], proposal: Proposal) -> Any:
    if field.name in same:
        return pa.repeat(pa.scalar(same[field.name], field.type), n)
    given = varied[field.name] if field.name in varied else getattr(proposal, field.name)
    return given if isinstance(given, pa.Array) else pa.array(given, field.type)


def _lists(table: Any) -> Any:
    rows, width = table.shape
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(offsets, pa.array(np.ascontiguousarray(table).ravel()))
