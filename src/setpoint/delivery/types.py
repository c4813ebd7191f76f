"""The values that cross the border of delivery: limits, planned deliveries, claims, receipts, feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

Resource = Literal["money", "messages", "time"]
"""money in micros, messages in pieces, time in seconds of people's working time."""
RESOURCES: tuple[Resource, ...] = ("money", "messages", "time")
StreamState = Literal["open", "paused", "closed"]


class State(StrEnum):
    """Where a delivery stands. `unknown` is never sent again without proof."""

    PLANNED = "planned"
    RESERVED = "reserved"
    CLAIMED = "claimed"
    HANDED = "handed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


OPEN_STATES = (State.PLANNED, State.RESERVED, State.CLAIMED)
SENT_STATES = (State.HANDED, State.DELIVERED, State.BOUNCED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each resource; integers."""

    money: int = 0
    messages: int = 0
    time: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: of a scope ("campaign", "channel:email" or "customer"), on a resource.

    `window_days` makes it rolling and is used with the scope "customer" alone.
    """

    scope: str
    resource: Resource
    amount: int
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No sends between these local times of the customer ("21:00" to "08:00" crosses midnight)."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One message that a plan wants sent. (source, round, customer, slot) is unique for ever.

    `reserve` is the most it may cost, put aside before the claim: send cost plus the offer's liability.
    `hold_back` is set for a ghost send or a held-out customer: the row is kept, suppressed, and never sent.
    """

    customer_id: int
    slot: str
    channel: str
    variant_id: int
    due_at: datetime
    send_cost: Amounts
    offer_id: int | None = None
    offer_liability: int = 0  # micros put aside for the offer, beyond send_cost.money
    offer_code: str = ""
    offer_kind: str = "none"  # none | amount | percent
    offer_value: int = 0  # micros for amount; basis points for percent
    offer_cap: int = 0  # micros, most that a percent offer may cost; 0 for amount offers
    offer_expires_at: datetime | None = None
    hold_back: Literal["", "ghost", "held_out"] = ""


@dataclass(frozen=True, slots=True)
class PlanReceipt:
    """What became of a plan: rows by state and the reasons of those suppressed."""

    states: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One limit and how much of it is bound. `left` = limit - reserved - committed, never negative."""

    scope: str
    resource: Resource
    limit: int
    reserved: int
    committed: int

    @property
    def left(self) -> int:
        """What is still free."""
        return self.limit - self.reserved - self.committed


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message as a channel receives it. `key` is the idempotency key, the same on every attempt."""

    key: str
    delivery_id: int
    address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that this worker alone may hand over now: everything was re-checked in the claiming transaction."""

    delivery_id: int
    key: str
    source: str
    purpose: str
    round: int
    customer_id: int
    slot: str
    channel: str
    variant_id: int
    offer_id: int | None
    offer_code: str
    offer_kind: str
    offer_value: int
    offer_expires_at: datetime | None
    address: str
    language: str
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that cannot be composed: its delivery fails with this reason, the rest of the batch goes on."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """What one turn of sending did: claimed rows, rows suppressed or postponed by the claim, receipts by status."""

    claimed: int = 0
    suppressed: int = 0
    postponed: int = 0
    receipts: Mapping[str, int] = field(default_factory=dict)
    not_started: int = 0


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What became of the claims of workers that stopped: rows by new state; `waiting` are not yet provable."""

    recorded: int = 0
    returned: int = 0
    handed: int = 0
    unknown: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Recall:
    """What was taken back and what had already left."""

    recalled: int
    beyond_recall: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """A customer used an offer's code on an order; `order_value` in micros."""

    code: str
    order_value: int
    at: datetime
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of offers: counts, and in micros what was committed and what became free again.

    `repeated` are codes seen before, `late` came after expiry, `unknown` belong to no open offer; all cost nothing.
    """

    redeemed: int = 0
    expired: int = 0
    cost: int = 0
    freed: int = 0
    repeated: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """A limit that is nearly ("near") or fully ("reached") bound; given once per level."""

    scope: str
    resource: Resource
    level: Literal["near", "reached"]
    limit: int
    used: int
    at: datetime


ReceiptStatus = Literal["accepted", "delivered", "bounced", "rejected", "retry", "unknown"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's answer for one message.

    accepted: taken over; delivered: proven received; bounced: this address is dead; rejected: this message will
    never be taken; retry: nothing was taken, try later; unknown: cannot be told, never send again without proof.
    """

    key: str
    status: ReceiptStatus
    provider_id: str = ""
    detail: str = ""
    provider_fault: bool = False  # the provider, not this message, is the trouble: trips the breaker, costs no attempt
    retry_after: float = 0.0  # seconds the provider asks to wait


FeedbackKind = Literal[
    "delivered", "bounced_hard", "bounced_soft", "complained", "unsubscribed", "opened", "clicked", "failed"
]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a provider or a customer's reaction says about a message sent earlier."""

    kind: FeedbackKind
    key: str  # the message's idempotency key
    at: datetime
    detail: str = ""
    machine: bool = False
    address: str = ""  # the one written to, where the provider names it


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """An inbound HTTP request from a provider, untouched."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """What a channel allows: messages a batch, a second (0 = no limit), and batches at once.

    A batch is the unit of doubt: after a crash all messages of a batch under way must be looked up.
    `proof_after` seconds must pass after a crash before "not found" counts as proof that nothing was taken over.
    """

    batch: int = 100
    per_second: float = 0.0
    connections: int = 1
    proof_after: float = 0.0


class Channel(Protocol):
    """One way to reach people: a provider with its settings. One file and one entry point (group setpoint.channels)."""

    name: str

    @property
    def limits(self) -> ChannelLimits:
        """What the provider allows."""
        ...

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Hand messages over; one receipt each, in any order. Raises nothing for a single bad message.

        Called from up to `limits.connections` threads at once, with at most `limits.batch` messages.
        """
        ...

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """Translate a provider's call-back; raises Unauthorised when its signature is wrong."""
        ...

    def find(self, keys: Sequence[str]) -> Mapping[str, bool | None]:
        """Whether messages of these keys were taken over: True, False (proven not), or None (cannot be told)."""
        ...
