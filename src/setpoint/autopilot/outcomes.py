"""What came of a campaign's decisions so far, as arrays: the one reading that evaluation, planning and reports share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from setpoint.autopilot.types import Goal, Running
from setpoint.decisions import services as decisions
from setpoint.decisions.log import column, first_of_lists, matrix
from setpoint.decisions.types import Action, Bools, Floats, History, Ints
from setpoint.delivery.models import Delivery
from setpoint.events import services as events


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One row a decision, oldest round first; m rows.

    `closed`: the response window is over. `echo` is the goal's measure in the window after the window, NaN until that
    is over. `exposed`: really handed over. `held_back`: ghost or held out. Values in the main currency unit.
    """

    rounds: Ints
    customer_ids: Ints
    features: Floats
    chosen: Ints
    held_back: Bools
    suppressed_share: Floats
    exposed: Bools
    converted: Bools
    value: Floats
    echo: Floats
    redeemed: Bools
    closed: Bools
    none_probability: Floats  # with which "no action" would have been drawn
    decided_at: npt.NDArray[np.datetime64]


def outcomes_of(campaign: Running) -> Outcomes:
    """Everything known now of every decision of the campaign."""
    table = outcome_table(campaign)
    decided_at = table["decided_at"].combine_chunks().to_numpy(zero_copy_only=False)
    window_end = decided_at + np.timedelta64(campaign.spec.window_days, "D")
    features, none_probability = _logged(campaign.key, decisions.last_round(campaign.key))
    return Outcomes(
        rounds=column(table, "round"),
        customer_ids=column(table, "customer_id"),
        features=features,
        chosen=column(table, "chosen"),
        held_back=column(table, "ghost") | column(table, "held_out"),
        suppressed_share=column(table, "suppressed_share"),
        exposed=column(table, "exposed"),
        converted=column(table, "converted"),
        value=column(table, "value"),
        echo=column(table, "echo"),
        redeemed=column(table, "redeemed"),
        none_probability=none_probability,
        decided_at=decided_at,
        closed=window_end <= np.datetime64(campaign.now.astimezone(UTC).replace(tzinfo=None)),
    )


@lru_cache(maxsize=1)
def _logged(key: str, last_round: int) -> tuple[Floats, Floats]:
    """Features and the probability of "no action" of all decisions up to a round; the log never changes."""
    log = decisions.read_log(key)
    return matrix(log, "features"), first_of_lists(log, "probabilities")


def outcome_table(campaign: Running) -> pa.Table:
    """The decisions with their outcomes, as `decisions.collect_outcomes` gives them.

    Several steps of one turn ask for it, so the last one is kept while nothing it depends on has changed.
    """
    sent = sent_rows(campaign.key)
    state = (events.last_fold(), decisions.last_round(campaign.key), sent.num_rows, campaign.now)
    return _table(campaign.key, campaign.spec.goal, campaign.spec.window_days, state, _Hidden(sent))


class _Hidden:
    """A value that rides along with a cached call without being part of its key."""

    def __init__(self, value: pa.Table) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=1)
def _table(key: str, goal: Goal, window_days: int, state: tuple[object, ...], sent: _Hidden) -> pa.Table:
    return decisions.collect_outcomes(
        key,
        goal_event=goal.event,
        window_days=window_days,
        as_of=cast(datetime, state[-1]),
        sent=sent.value,
        goal="revenue" if goal.metric == "revenue" else "conversions",
    )


def history_of(campaign: Running, actions: tuple[Action, ...]) -> History | None:
    """The campaign's past for learning; None before the first round is decided."""
    if campaign.number == 1:
        return None
    return decisions.history(campaign.key, outcome_table(campaign), actions)


def sent_rows(key: str) -> pa.Table:
    """The deliveries that were really handed over: customer, round, moment, offer code."""
    rows = Delivery.objects.filter(stream__source=key, handed_at__isnull=False).order_by("pk")
    found = list(rows.values_list("customer_id", "round", "handed_at", "offer_code").iterator(chunk_size=10_000))
    customers, rounds, moments, codes = zip(*found, strict=True) if found else ((), (), (), ())
    naive = [moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    return pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "round": pa.array(rounds, pa.int64()),
            "sent_at": pa.array(naive, pa.timestamp("us")),
            "offer_code": pa.array(codes, pa.string()),
        }
    )


def in_open_window(campaign: Running, ids: Ints) -> Bools:
    """Who already has a chosen action whose response window is still open: they wait, sent or held back alike."""
    if campaign.number == 1 or campaign.spec.cadence_days >= campaign.spec.window_days:
        return np.zeros(len(ids), dtype=bool)
    log = decisions.read_log(campaign.key)
    opened = campaign.round_started_at - timedelta(days=campaign.spec.window_days)
    recent = column(log, "decided_at") > np.datetime64(opened.astimezone(UTC).replace(tzinfo=None))
    acted = recent & (column(log, "chosen") > 0) & (column(log, "round") < campaign.number)
    return np.isin(ids, column(log, "customer_id")[acted])
