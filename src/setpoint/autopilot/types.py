"""What a campaign is told (the specification) and what each step of a round returns (kept in the journal).

All are frozen and survive a round trip through JSON, so that the journal can return them after any stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Metric = Literal["conversions", "conversion_rate", "revenue", "reactivated"]
Outcome = Literal["goal", "limit", "futile", "deadline", "harm", "frozen", "cancelled"]
ReviewMode = Literal["automatic", "ask"]
DraftStep = Literal["goal", "audience", "actions", "limits"]
ProblemKind = Literal["missing", "wrong", "warning"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the campaign is for.

    `target` counts conversions or reactivated customers, is a share for conversion_rate (0.01 = one percentage point)
    and money in the main unit for revenue. `incremental` counts only what sends caused beyond the held-back.
    """

    metric: Metric
    target: float
    deadline: datetime
    event: str = "Order Completed"
    incremental: bool = True
    dormant_days: int = 180


@dataclass(frozen=True, slots=True)
class PerCustomer:
    """What one customer may get within a rolling window. Money in the main unit; None means no such cap."""

    messages: int | None = 1
    money: float | None = None
    window_days: int = 7


@dataclass(frozen=True, slots=True)
class PerChannel:
    """What one channel may use in the whole campaign."""

    money: float | None = None
    messages: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The campaign never passes these. Money in the main unit, hours of people's time, share at which to warn."""

    money: float
    messages: int | None = None
    hours: float | None = None
    per_customer: PerCustomer = field(default_factory=PerCustomer)
    per_channel: Mapping[str, PerChannel] = field(default_factory=dict)
    warn_at: float = 0.8


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the campaign may do. `offers` are ids (0 = no offer), `variants` ids, `slots` local times of day."""

    variants: tuple[int, ...]
    offers: tuple[int, ...] = (0,)
    slots: tuple[str, ...] = ("09:00",)


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Harm limits, as shares of those sent: the campaign stops when a rate is proven to be above its limit."""

    unsubscribe_rate: float = 0.02
    complaint_rate: float = 0.003


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """Everything a person decides about a campaign. The rest is Setpoint's work."""

    goal: Goal
    limits: Limits
    actions: ActionSpec
    audience: Mapping[str, Any] = field(default_factory=lambda: {"everyone": True})
    guardrails: Guardrails = field(default_factory=Guardrails)
    cadence_days: int = 7
    window_days: int = 7
    review: ReviewMode = "automatic"
    policy: str = "thompson"
    hold_out: float = 0.05
    ghost_share: float = 0.2
    futile_below: float = 0.05
    alpha: float = 0.05
    purpose: str = "marketing"
    quiet_start: str = ""
    quiet_end: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """One turn of one campaign: its specification, where it stands, and the moment at which the turn is made."""

    id: int
    key: str
    name: str
    spec: CampaignSpec
    number: int
    launched_at: datetime
    round_started_at: datetime
    now: datetime
    plan_changed: bool = False
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Found:
    """Result of `analyse`: the figures; the arrays lie in the lake beside the decision log."""

    audience: int
    reachable: int
    base_rate: float
    features: tuple[str, ...]
    summary: Mapping[str, float]
    segments: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Result of `plan`: who gets what is in the decision log; here stand the sums and the reasons."""

    decided: int
    none: int
    held_out: int
    ghost: int
    to_send: int
    measure_at: datetime
    forecast_effect: float
    forecast_cost: float
    money_for_round: float | None
    need: float | None
    shadow_prices: Mapping[str, float]
    gap: float
    personalisation: str
    policy_version: str
    posteriors: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approved:
    """Result of `review`: the plan goes ahead. `by` is "automatic" or the person who agreed."""

    measure_at: datetime
    by: str
    checks: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of `execute`: the ledger's rows of this round by state, and why some were not let through."""

    states: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Collected:
    """Result of `collect`: the ledger at rest and what the customers did."""

    ledger: Mapping[str, int]
    converted: int
    revenue: float
    redeemed: int
    unsubscribed: int
    complained: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of `evaluate`: both numbers, the checks, and the money."""

    reading: Mapping[str, Any]
    goal_value: float
    goal_proven: float | None  # None: not enough data to prove anything
    goal_interval: tuple[float, float] | None
    is_proven: bool
    proof_reason: str
    echo: Mapping[str, Any]
    ratio: Mapping[str, Any]
    harm: tuple[str, ...]
    chance_of_goal: float
    spend: Mapping[str, int]
    reserved: Mapping[str, int]
    revenue: float
    incremental_revenue: float
    incremental_revenue_interval: tuple[float, float] | None
    looks: tuple[float, ...]
    planned_information: float
    guards: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Result of `conclude`: go on, or stop, with the evidence."""

    outcome: Outcome | Literal["next"]
    reason: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from being launched ("missing", "wrong"), or what a person should know of it ("warning")."""

    step: DraftStep
    field: str
    kind: ProblemKind
    message: str
    remedy: str = ""


AdviceCode = Literal[
    "draft",
    "waiting_messages",
    "window_runs",
    "deadline_runs",
    "messages_follow",
    "recalled",
    "beyond_recall",
    "open_offers",
    "forecast",
    "below_bound",
    "limit_effect",
    "new_chance",
    "next_plan",
    "nothing_measured",
    "progress",
    "keep_going",
    "stop_is_right",
]


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: what to say, and its figures. Amounts in the units of people."""

    code: AdviceCode
    numbers: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
