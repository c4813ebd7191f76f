"""How much of what is left one round may use, and how much of the goal it should bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from setpoint.autopilot.types import CampaignSpec, Evaluation
from setpoint.decisions.types import RoundLimits
from setpoint.delivery.types import BudgetLine

PROOF_MARGIN = 2.2
"""Standard errors beyond the target that a proof at 5 % needs, until a reading tells its own boundary."""
HASTE = 3
"""Rounds in which the rest is to be proven. More would be a little cheaper; but markets change while one waits."""
EVEN_SHARES = 2.0
FLOWING = 0.9
OPTIMISM = 1.15
"""Chosen actions look better than they are (winner's curse); ask for that much more than is needed."""


def rounds_left(spec: CampaignSpec, start: datetime) -> int:
    """Rounds that can still be measured before the deadline, the one that starts now included."""
    room = (spec.goal.deadline - start - timedelta(days=spec.window_days)) / timedelta(days=spec.cadence_days)
    return max(0, math.floor(room + 1e-9) + 1)


def round_limits(
    budget: Sequence[BudgetLine], rounds: int, *, need: float | None, flows_back: bool = False
) -> RoundLimits:
    """This round's part of what is left: twice its even share.

    Offers are put aside at their full value and cost far less in the end. Where that money flows back before the next
    round (`flows_back`) and the first round has taught what offers do, money does not have to be shared out in time:
    the round binds what it needs of it.
    """
    even = min(1.0, EVEN_SHARES / max(1, rounds))
    money = FLOWING if flows_back and need is not None else even
    left: dict[tuple[str, str], int] = {
        (line.scope, line.resource): math.floor(line.left * (money if line.resource == "money" else even))
        for line in budget
    }
    return RoundLimits(
        money=left.get(("campaign", "money")),
        messages=left.get(("campaign", "messages")),
        seconds=left.get(("campaign", "time")),
        channel_money=_of_channels(left, "money"),
        channel_messages=_of_channels(left, "messages"),
        need=need,
    )


def round_need(spec: CampaignSpec, earlier: Evaluation | None, rounds: int) -> float | None:
    """Goal units that this round should add, so that the target is proven within the next few rounds.

    None when nothing has been measured yet: the first round explores within its share of the limits. A plain count
    needs no proof margin.
    """
    if earlier is None:
        return None
    wanted = _target_in_units(spec, earlier) + (_margin(earlier) if spec.goal.incremental else 0.0)
    missing = wanted - float(earlier.reading["estimate"] if spec.goal.incremental else earlier.goal_value)
    return max(0.0, OPTIMISM * missing / max(1, min(rounds - 1, HASTE)))


def _margin(earlier: Evaluation) -> float:
    """What must be measured beyond the target so that the target is proven, one more round's noise included."""
    boundary = float(earlier.reading.get("multiplier") or PROOF_MARGIN)
    growth = math.sqrt(1 + 1 / max(1, len(earlier.looks)))
    return boundary * float(earlier.reading["standard_error"]) * growth


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
