"""What pages read of campaigns. All values are typed, survive JSON, and are in the units of people: money in the main
unit, time in hours.

Sentences travel as a code with figures; pages put them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar, dataclass_transform

from pydantic import ConfigDict

from setpoint.autopilot.types import Advice, CampaignSpec, Metric, ReviewMode
from setpoint.governance.failures import FailureOut

T = TypeVar("T")
_SAID_WHOLE = ConfigDict(json_schema_serialization_defaults_required=True)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def view(kind: type[T]) -> type[T]:
    """A frozen dataclass of which clients are told that every field is always there."""
    kind.__pydantic_config__ = _SAID_WHOLE  # type: ignore[attr-defined]
    made: Any = dataclass(frozen=True, slots=True)(kind)
    found: type[T] = made
    return found


State = Literal["draft", "running", "paused", "ended"]
Verdict = Literal["proven", "not proven", "harm proven", "not enough data", "counted"]
Verb = Literal["pause", "resume", "cancel", "change", "approve"]
Level = Literal["ok", "near", "reached"]
NowCode = Literal[
    "draft", "looking", "planning", "awaiting_approval", "sending", "settling", "listening", "between", "paused",
    "failing", "ended",
]  # fmt: skip
NextCode = Literal["launch", "plan", "send", "measure", "round", "resume", "retry"]
RoundStep = Literal["looking", "planning", "awaiting_approval", "sending", "listening", "measured", "over"]
Health = Literal["good", "attention", "stop", "waiting"]


@view
class Span:
    """An interval."""

    low: float
    high: float


def span(pair: tuple[float, float] | None) -> Span | None:
    """An interval from its two ends."""
    return None if pair is None else Span(*pair)


@view
class Sentence:
    """Something to be said: a code, its figures and names, and a moment."""

    code: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@view
class Look:
    """One reading of the increment: what was known at the end of a round."""

    round: int
    at: datetime
    estimate: float
    proven_at_least: float | None
    interval: Span | None


@view
class GoalView:
    """The goal with both numbers and their history. `missing` says how much more a proof needs, by kind."""

    metric: Metric
    target: float
    incremental: bool
    event: str
    deadline: datetime
    estimate: float | None = None
    proven_at_least: float | None = None
    interval: Span | None = None
    verdict: Verdict = "not enough data"
    reason: str = ""  # why it counts as proven or not: codes of experiments.goals
    chance_of_goal: float | None = None
    missing: Mapping[str, float] = field(default_factory=dict)
    looks: tuple[Look, ...] = ()
    rounds_planned: int = 0  # rounds that fit before the deadline, those past included


@view
class Price:
    """What one step more of a limit would bring, in the goal's unit, by the last plan's shadow price."""

    step: float
    gain: float


@view
class LimitView:
    """One limit: what is put aside, spent and left of it. For the scope "customer" only the limit is known."""

    scope: str  # campaign | channel:email | customer
    resource: Literal["money", "messages", "time"]
    limit: float
    reserved: float
    committed: float
    left: float
    level: Level = "ok"
    warn_at: float = 0.8
    window_days: int | None = None
    price: Price | None = None


@view
class Doing:
    """What the system does now, and what it will do next and when."""

    code: NowCode
    numbers: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    next: Sentence | None = None


@view
class Told:
    """What a person told the campaign, as the time line shows it."""

    verb: str
    actor: str
    at: datetime
    names: tuple[str, ...] = ()


@view
class RoundView:
    """One turn of the loop: what was seen, what was decided, what bound, what came of it."""

    number: int
    step: RoundStep
    started_at: datetime | None = None
    measure_at: datetime | None = None
    concluded_at: datetime | None = None
    audience: int = 0
    reachable: int = 0
    base_rate: float | None = None
    segments: Mapping[str, int] = field(default_factory=dict)
    decided: int = 0
    none: int = 0
    held_out: int = 0
    ghost: int = 0
    to_send: int = 0
    forecast_effect: float | None = None
    forecast_cost: float | None = None
    need: float | None = None
    gap: float | None = None
    personalisation: str = ""
    bound: tuple[str, ...] = ()  # limits that bound the plan, such as money or channel:email:messages
    approved_by: str = ""
    sent: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)  # not sent, by reason
    converted: int | None = None
    revenue: float | None = None
    redeemed: int | None = None
    spent: float | None = None  # money committed since the reading before
    estimate: float | None = None  # cumulative, as are the next two
    proven_at_least: float | None = None
    interval: Span | None = None
    gained: float | None = None  # what this round added to the best estimate
    chance_of_goal: float | None = None
    outcome: str = ""  # next | goal | limit | ...
    reason: str = ""
    notes: tuple[Sentence, ...] = ()
    told: tuple[Told, ...] = ()


@view
class ActionView:
    """One action with the posterior of its increment per send (90 % interval) and its share of the last round."""

    key: str
    offer: str
    variant: str
    channel: str
    slot: str
    mean: float
    low: float
    high: float
    share: float
    sends: int = 0


@view
class Arm:
    """Customers with a chosen send: those it was sent to, or those it was held back from."""

    customers: int
    conversions: float

    @property
    def rate(self) -> float:
        """The share who acted."""
        return self.conversions / self.customers if self.customers else 0.0


@view
class RatioView:
    """Whether as many were held back as was ordered."""

    expected: float
    observed: float
    p_value: float
    alarm: bool


@view
class GuardView:
    """One guardrail: the rate seen, what it is at least, and its limit."""

    name: str
    events: int
    exposed: int
    rate: float
    at_least: float
    limit: float
    harm: bool


@view
class Arms:
    """Sent against held back, and whether the comparison can be trusted."""

    treated: Arm
    held_back: Arm
    ratio: RatioView
    method: str
    alpha: float
    information: float
    echo_estimate: float | None = None
    echo_negative: bool = False
    guards: tuple[GuardView, ...] = ()


@view
class Funnel:
    """Counts over all rounds, people and machines apart."""

    decided: int = 0
    none: int = 0
    held_out: int = 0
    ghost: int = 0
    planned: int = 0
    sent: int = 0
    delivered: int = 0
    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    converted: int = 0
    redeemed: int = 0
    bounced: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    unsubscribed: int = 0
    complained: int = 0


@view
class LedgerView:
    """Whether all adds up: decisions = no action + rows; rows by state; money of the rows = money committed."""

    decided: int = 0
    none: int = 0
    rows_expected: int = 0
    rows: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    money_rows: float = 0.0
    money_committed: float = 0.0
    is_whole: bool = True


@view
class Cell:
    """Customers of one recency and value band: how many were decided on, how many are written to, and with what."""

    recency: int  # 1 longest ago .. 5 most recent
    value: int  # 1 least .. 5 most
    customers: int
    to_send: int
    actions: Mapping[str, int] = field(default_factory=dict)  # action key -> customers


@view
class Allocation:
    """Where the last plan put its messages, over recency and value."""

    round: int
    cells: tuple[Cell, ...] = ()


@view
class Head:
    """What a campaign is called, and where it stands."""

    id: int
    name: str
    state: State
    outcome: str
    waiting_for: str
    round: int
    version: int
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None
    failure: FailureOut | None
    review: ReviewMode
    policy: str
    spec: CampaignSpec


@view
class ControlRoom:
    """Everything the live campaign page shows, in one answer. `counted_at` is when the slow counts were made."""

    campaign: Head
    currency: str
    goal: GoalView
    limits: tuple[LimitView, ...]
    doing: Doing
    controls: tuple[Verb, ...]
    advice: tuple[Advice, ...]
    rounds: tuple[RoundView, ...]
    actions: tuple[ActionView, ...]
    personalisation: str
    arms: Arms | None
    funnel: Funnel
    ledger: LedgerView
    allocation: Allocation | None
    before: tuple[Told, ...]  # what people said before the first round
    counted_at: datetime | None
    now: datetime
