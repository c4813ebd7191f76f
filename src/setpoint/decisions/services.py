"""The public verbs of decisions."""

from __future__ import annotations

from setpoint.decisions.actions import build_actions
from setpoint.decisions.log import (
    action_keys,
    customers_decided,
    exists,
    find_decisions,
    last_round,
    read_columns,
    read_log,
    read_proposal,
    write_log,
)
from setpoint.decisions.outcomes import collect_outcomes, history, redemptions
from setpoint.decisions.proposing import propose

__all__ = [
    "action_keys",
    "build_actions",
    "collect_outcomes",
    "customers_decided",
    "exists",
    "find_decisions",
    "history",
    "last_round",
    "propose",
    "read_columns",
    "read_log",
    "read_proposal",
    "redemptions",
    "write_log",
]
