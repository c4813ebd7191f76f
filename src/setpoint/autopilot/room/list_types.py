"""What pages read across campaigns: rows of lists, comparisons, experiments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from setpoint.autopilot.room.types import Arms, Health, LimitView, Look, Span, State, Verdict, view
from setpoint.autopilot.types import Metric


@view
class CampaignRow:
    """A campaign in a list: goal, money and where it stands."""

    id: int
    name: str
    state: State
    outcome: str
    waiting_for: str
    has_error: bool
    round: int
    rounds_planned: int
    metric: Metric | None
    target: float | None
    incremental: bool
    deadline: datetime | None
    estimate: float | None
    proven_at_least: float | None
    verdict: Verdict
    chance_of_goal: float | None
    looks: tuple[Look, ...]
    money: LimitView | None
    limits: tuple[LimitView, ...]
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None
    version: int


@view
class CampaignPage:
    """A page of campaigns. `next` is the value of `after` for the next page, null at the end."""

    items: tuple[CampaignRow, ...]
    next: int | None
    total: int
    states: Mapping[str, int] = field(default_factory=dict)


@view
class Compared:
    """One campaign beside others. Lift is the increment over what would have happened anyway."""

    row: CampaignRow
    interval: Span | None
    lift: float | None
    lift_interval: Span | None
    spent: float
    cost_per_increment: float | None
    cost_interval: Span | None
    revenue: float | None
    incremental_revenue: float | None
    messages: int
    audience: int
    rounds: int
    days: float | None
    is_proven: bool


@view
class Comparison:
    """Campaigns side by side; `comparable` is false where their goals count different things."""

    items: tuple[Compared, ...]
    comparable: bool
    best: int | None  # id of the campaign with the least cost per increment, where one is proven


@view
class Finding:
    """One finding on an experiment's health, with its figures; cause and remedy are put into words by its code."""

    code: str
    level: Health
    numbers: Mapping[str, float] = field(default_factory=dict)


@view
class ExperimentRow:
    """The experiment inside a campaign: sent against held back."""

    campaign_id: int
    campaign: str
    state: State
    outcome: str
    metric: Metric
    target: float
    hold_out: float
    ghost_share: float
    alpha: float
    looks: tuple[Look, ...]
    estimate: float | None
    proven_at_least: float | None
    interval: Span | None
    lift: float | None
    lift_interval: Span | None
    verdict: Verdict
    arms: Arms | None
    health: Health
    findings: tuple[Finding, ...]
    launched_at: datetime
    ended_at: datetime | None


@view
class ExperimentPage:
    """A page of experiments."""

    items: tuple[ExperimentRow, ...]
    next: int | None
    total: int
