"""Single decisions as pages show them, with what was known and what else could have been."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from setpoint.autopilot.room.types import view


@view
class Option:
    """One thing that could have been done for a customer, and the probability with which it would have been."""

    key: str
    offer: str
    variant: str
    channel: str
    slot: str
    probability: float


@view
class Known:
    """One thing known of a customer when the decision was made; `score` is in standard deviations from the mean."""

    name: str
    value: float | None
    score: float


ReasonCode = Literal["limit_full", "not_worth", "held_out", "ghost", "highest_expected", "explore", "not_reachable"]


@view
class DecisionView:
    """What was chosen for one customer in one round, and why."""

    customer_id: int
    customer: str
    round: int
    at: datetime
    reason: ReasonCode
    chosen: Option
    options: tuple[Option, ...]
    known: tuple[Known, ...]
    expected_effect: float
    effect_sd: float
    expected_cost: float
    ghost: bool
    held_out: bool
    campaign_id: int = 0
    campaign: str = ""


@view
class DecisionPage:
    """Decisions of one round. `total` counts the customers that were decided on; `next` is the value of `after`."""

    items: tuple[DecisionView, ...]
    next: int | None
    total: int
