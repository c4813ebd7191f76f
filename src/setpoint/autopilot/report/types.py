"""What a report is made of. Every value survives JSON; money is in the company's main currency unit.

Sentences that depend on language travel as `Said`: a code with figures, put into words by the catalogues beside this
file. A code without words is shown by its `text`, or by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Language = Literal["en", "zh"]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as code and figures, such as Said("limit:money") or Said("", text="kept 80 % of the sends").

    Names of figures say their kind: `money...`, `share...`; a moment is told as a day, all others as plain numbers.
    """

    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class GoalPart:
    """The goal and both numbers. `missing` says how much more data a proof needs, by kind
    (conversions, conversions_withheld, withheld), when the verdict is "not enough data"."""

    metric: str  # conversions | conversion_rate | revenue | reactivated
    target: float
    incremental: bool = True
    event: str = ""
    deadline: datetime | None = None
    estimate: float | None = None
    proven_at_least: float | None = None
    interval: Span | None = None
    verdict: str = "not enough data"  # proven | not proven | harm proven | not enough data
    forecast_estimate: float | None = None  # what the plans had forecast for the sends made so far
    chance_of_goal: float | None = None
    missing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit of the ledger: money in the main unit, time in hours."""

    scope: str  # campaign | channel:email | customer
    resource: str  # money | messages | time
    limit: float
    reserved: float = 0.0
    committed: float = 0.0

    @property
    def left(self) -> float:
        """What is still free."""
        return self.limit - self.reserved - self.committed


@dataclass(frozen=True, slots=True)
class SpendPart:
    """What was used. `lines` hold every limit that was set; the first is the campaign's money."""

    money: float = 0.0
    reserved: float = 0.0
    limit: float = 0.0
    messages: int = 0
    messages_limit: int | None = None
    hours: float = 0.0
    hours_limit: float | None = None
    by_channel: Mapping[str, float] = field(default_factory=dict)
    lines: tuple[LimitLine, ...] = ()


@dataclass(frozen=True, slots=True)
class FunnelPart:
    """Counts over all rounds, customers' decisions first. `suppressed` counts by reason code."""

    decided: int = 0
    none: int = 0
    held_out: int = 0
    ghost: int = 0
    planned: int = 0
    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    unknown: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    converted: int = 0
    redeemed: int = 0
    unsubscribed: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True)
class RoundPart:
    """One turn of the loop. `cost` is this round's, estimate and proof are cumulative."""

    number: int
    started_at: datetime
    audience: int = 0
    sent: int = 0
    held_back: int = 0
    cost: float = 0.0
    estimate: float | None = None
    proven_at_least: float | None = None
    interval: Span | None = None
    forecast_effect: float | None = None
    forecast_cost: float | None = None
    shadow_prices: Mapping[str, float] = field(default_factory=dict)  # limit's name -> goal units per one more unit
    gap: float | None = None
    personalisation: str = ""  # proven | not proven | not enough data
    conclusion: Said | None = None
    notes: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionPart:
    """One action: `labels` name its parts for people; the posterior is the increment per send."""

    key: str
    labels: tuple[str, ...] = ()
    sends: int = 0
    conversions: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    share: float = 0.0  # of the last round's decisions


@dataclass(frozen=True, slots=True)
class RatioPart:
    """Whether the share held back is the share that was ordered."""

    expected: float
    observed: float
    p_value: float
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """States of all rows, and whether they add up: rows = audience decided to send to, money = sum of the rows."""

    states: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    rows_expected: int = 0
    money_rows: float = 0.0
    money_committed: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether every row is accounted for and the money agrees."""
        return self.rows == self.rows_expected == sum(self.states.values()) and (
            abs(self.money_rows - self.money_committed) < 1e-6
        )


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """One customer's decision as a sample: what was chosen, with which probability, and why."""

    customer: str
    chosen: tuple[str, ...]  # labels; empty = no action
    probability: float
    reason: Said


@dataclass(frozen=True, slots=True)
class BaselinePart:
    """The same numbers of a campaign run in another way, for comparison."""

    name: str
    status: str = ""
    estimate: float | None = None
    proven_at_least: float | None = None
    money: float = 0.0
    messages: int = 0
    converted: int = 0
    cost_per_incremental: float | None = None
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class ReportData:
    """A whole campaign, live or ended, ready to be told in any form and language."""

    company: str
    currency: str
    campaign: str
    status: str  # running | paused | goal | limit | futile | deadline | harm | frozen | cancelled
    goal: GoalPart
    made_at: datetime
    reason: Said | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    policy: str = ""
    audience: int = 0
    spend: SpendPart = field(default_factory=SpendPart)
    funnel: FunnelPart = field(default_factory=FunnelPart)
    revenue: float = 0.0
    incremental_revenue: float | None = None
    incremental_revenue_interval: Span | None = None
    roi: float | None = None  # (incremental revenue - money) / money
    cost_per_incremental: float | None = None
    rounds: tuple[RoundPart, ...] = ()
    actions: tuple[ActionPart, ...] = ()
    segments_before: Mapping[str, int] = field(default_factory=dict)
    segments_after: Mapping[str, int] = field(default_factory=dict)
    baseline: BaselinePart | None = None
    ratio: RatioPart | None = None
    advice: tuple[Said, ...] = ()
    ledger: LedgerPart = field(default_factory=LedgerPart)
    decisions: tuple[DecisionPart, ...] = ()
    oracle: float | None = None  # the best reachable result, where a simulated market tells it
