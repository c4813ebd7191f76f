"""How much of what is left one round may use, and how much of the goal it should bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from setpoint.autopilot.types import CampaignSpec, Evaluation
from setpoint.decisions.types import RoundLimits
from setpoint.delivery.types import BudgetLine

PROOF_MARGIN = 1.8
"""Standard errors beyond the target that a group-sequential proof at 5 % needs near its end."""
OPTIMISM = 1.15
"""Chosen actions look better than they are (winner's curse); ask for that much more than is needed."""


def rounds_left(spec: CampaignSpec, start: datetime) -> int:
    """Rounds that can still be measured before the deadline, the one that starts now included."""
    room = (spec.goal.deadline - start - timedelta(days=spec.window_days)) / timedelta(days=spec.cadence_days)
    return max(0, math.floor(room + 1e-9) + 1)


def round_limits(
    budget: Sequence[BudgetLine], rounds: int, *, need: float | None, reserve_share: float = 2.0
) -> RoundLimits:
    """This round's part of what is left.

    Reservations are larger than what offers cost in the end and flow back when offers expire, so a round may bind
    up to `reserve_share` times its even share.
    """
    share = min(1.0, reserve_share / max(1, rounds))
    left = {(line.scope, line.resource): math.floor(line.left * share) for line in budget}
    return RoundLimits(
        money=left.get(("campaign", "money")),
        messages=left.get(("campaign", "messages")),
        seconds=left.get(("campaign", "time")),
        channel_money=_of_channels(left, "money"),
        channel_messages=_of_channels(left, "messages"),
        need=need,
    )


def round_need(spec: CampaignSpec, earlier: Evaluation | None, rounds: int) -> float | None:
    """Goal units that this round should add, so that the target is proven a round before the last one.

    None when nothing has been measured yet: the first round explores within its share of the limits. A plain count
    needs no proof margin.
    """
    if earlier is None:
        return None
    target = _target_in_units(spec, earlier)
    margin = PROOF_MARGIN * float(earlier.reading["standard_error"]) * math.sqrt(1 + 1 / max(1, len(earlier.looks)))
    wanted = target + (margin if spec.goal.incremental else 0.0)
    missing = wanted - float(earlier.reading["estimate"] if spec.goal.incremental else earlier.goal_value)
    return max(0.0, OPTIMISM * missing / max(1, rounds - 1))


def _target_in_units(spec: CampaignSpec, earlier: Evaluation) -> float:
    if spec.goal.metric == "conversion_rate":
        return spec.goal.target * max(1.0, float(earlier.reading["exposed"]))
    return spec.goal.target


def _of_channels(left: dict[tuple[str, str], int], resource: str) -> dict[str, int]:
    return {
        scope.removeprefix("channel:"): amount
        for (scope, kind), amount in left.items()
        if kind == resource and scope.startswith("channel:")
    }
