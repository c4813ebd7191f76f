"""The public verbs of decisions."""

from __future__ import annotations

from setpoint.decisions.actions import build_actions
from setpoint.decisions.log import exists, last_round, read_log, read_proposal, write_log
from setpoint.decisions.outcomes import collect_outcomes, history, redemptions
from setpoint.decisions.proposing import propose

__all__ = [
    "build_actions",
    "collect_outcomes",
    "exists",
    "history",
    "last_round",
    "propose",
    "read_log",
    "read_proposal",
    "redemptions",
    "write_log",
]
