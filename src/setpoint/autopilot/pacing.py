"""How much of what is left one round may use, and how much of the goal it should bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from setpoint.autopilot.types import CampaignSpec, Evaluation, Plan
from setpoint.decisions.types import RoundLimits
from setpoint.delivery.types import BudgetLine

Number = TypeVar("Number", float, npt.NDArray[np.float64])

PROOF_MARGIN = 2.2
"""Standard errors beyond the target that a proof at 5 % needs, until a reading tells its own boundary."""
EVEN_SHARES = 2.0
FLOWING = 0.9
FIXED_POINT_STEPS = 20
OPTIMISM = 1.25
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


def round_need(spec: CampaignSpec, earlier: Evaluation | None, plan: Plan | None, rounds: int) -> float | None:
    """Goal units that this round should add so that the target is proven when it is measured.

    None while too little has been measured to judge: such rounds explore within their share of the limits. What is far more
    than a round has brought so far is spread over the rounds that are left. A plain count needs no proof margin.
    """
    if earlier is None or earlier.reading["method"] == "none":
        return None
    target = _target_in_units(spec, earlier)
    is_incremental = spec.goal.incremental
    missing = _missing_for_proof(target, earlier, plan) if is_incremental else target - earlier.goal_value
    steps = math.ceil(missing / max(_usual_gain(earlier), 1e-9)) if missing > 0 else 1
    return max(0.0, OPTIMISM * missing / max(1, min(steps, rounds)))


def _missing_for_proof(target: float, earlier: Evaluation, plan: Plan | None) -> float:
    reading = earlier.reading
    variance = float(reading.get("variance") or float(reading["standard_error"]) ** 2)
    boundary = float(reading.get("multiplier") or PROOF_MARGIN)
    per_send = variance / max(1, int(reading["exposed"]))
    gain_per_send = plan.forecast_effect / plan.to_send if plan and plan.to_send and plan.forecast_effect > 0 else 0.02
    return float(missing_for_proof(target - float(reading["estimate"]), variance, boundary, per_send / gain_per_send))


def missing_for_proof(below: Number, variance: Number, boundary: Number, noise: Number) -> Number:
    """x with S + x - c sqrt(V + k x) = target: each unit gained brings its own noise, k, that of the last plan's sends.

    `below` is target - S, with S and V estimate and variance so far; `boundary` c that of the last reading, which falls
    as data come in. Numbers or arrays of them.
    """
    missing = 0.0 * below
    for _ in range(FIXED_POINT_STEPS):
        missing = below + boundary * np.sqrt(variance + noise * np.maximum(0.0, missing))
    return missing


def _usual_gain(earlier: Evaluation) -> float:
    """What a round brought so far on average, at least one unit."""
    done = max(1, len(earlier.looks))
    return max(float(earlier.reading["estimate"]) / done, 1.0)


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
