"""Actions, contexts, history, proposals: the arrays of one decision problem.

n = customers of the round's audience, d = features, A = actions; action 0 is always "no action".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done: offer x variant x channel x slot, or nothing (`key == "none"`).

    `factors` are the named parts that share strength between actions. Money in micros.
    """

    key: str
    factors: tuple[
        tuple[str, str], ...
    ]  # (("offer", "ten"), ("variant", "3"), ("channel", "email"), ("slot", "09:00"))
    variant_id: int = 0
    offer_id: int | None = None
    channel: str = ""
    slot: str = ""
    send_cost: int = 0
    send_seconds: int = 0
    offer_kind: str = "none"
    offer_value: int = 0
    offer_cap: int = 0


NO_ACTION = Action(key="none", factors=())


@dataclass(frozen=True, slots=True)
class Contexts:
    """The round's audience. `features` (n, d) are standardised by the caller; `eligible` (n, A), column 0 all True."""

    customer_ids: Ints
    features: Floats
    feature_names: tuple[str, ...]
    eligible: Bools
    order_value: Floats  # (n,) expected value of one conversion, main currency unit


@dataclass(frozen=True, slots=True)
class History:
    """All earlier decisions of a campaign with what came of them, oldest first; m rows.

    `exposed` is True where the chosen action was really sent; `reward` is the goal's measure in the response window so
    far; `maturity` in (0, 1] is the share of the response expected by now (1 = window closed).
    """

    customer_ids: Ints
    rounds: Ints
    features: Floats  # (m, d) as they stood at the decision, standardised as in Contexts
    chosen: Ints  # index into the campaign's actions
    exposed: Bools
    suppressed_share: Floats  # probability with which a chosen send was held back
    propensity: Floats  # probability of the chosen action
    reward: Floats
    converted: Bools
    value: Floats  # revenue in the window, main currency unit
    redeemed: Bools
    maturity: Floats
    sent_at: npt.NDArray[np.datetime64] | None = None
    probabilities: Floats | None = None  # (m, A) the full logged vectors


@dataclass(frozen=True, slots=True)
class RoundLimits:
    """What this round may use, already net of what is committed. Money in micros; None = no limit.

    `channel_*` map a channel's name to its own limit. `need` is the incremental goal this round should add; the
    allocation spends the least that reaches it, and as much as the limits allow when it cannot be reached.
    """

    money: int | None = None
    messages: int | None = None
    seconds: int | None = None
    channel_money: dict[str, int] = field(default_factory=dict)
    channel_messages: dict[str, int] = field(default_factory=dict)
    need: float | None = None


@dataclass(frozen=True, slots=True)
class DecisionProblem:
    """Everything one round's decision depends on; the same problem gives byte-equal decisions."""

    campaign_key: str
    round: int
    decided_at: datetime
    contexts: Contexts
    actions: tuple[Action, ...]
    limits: RoundLimits
    history: History | None
    policy: str  # name in the registry of policies
    goal: str  # conversions | revenue
    ghost_share: float
    held_out: Bools  # (n,)
    planned_rounds: int
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One round's decisions, drawn and logged; all arrays over the n customers of the contexts."""

    campaign_key: str
    round: int
    policy_version: str
    customer_ids: Ints
    probabilities: Floats  # (n, A), rows sum to 1
    chosen: Ints  # (n,)
    ghost: Bools  # chosen send held back at random
    held_out: Bools
    suppressed_share: Floats  # probability with which a chosen send of this row is held back
    expected_effect: Floats  # (n,) posterior mean increment of the chosen action
    effect_sd: Floats
    expected_cost: Floats  # (n,) main currency unit, of the chosen action if sent
    liability: Ints  # (n,) micros to put aside for the chosen action's offer
    shadow_prices: dict[str, float]  # limit's name -> goal units per one more unit of it (money: per main unit)
    gap: float  # certified gap of the allocation, share of the bound
    forecast_effect: float  # sum over those to be sent
    forecast_cost: float
    personalisation: str  # "proven" | "not proven" | "not enough data"
    notes: tuple[str, ...] = ()
    action_posteriors: tuple[dict[str, Any], ...] = ()  # per action: key, mean, low, high, share
    guard_dropped: Bools | None = None  # (n,) drawn sends that a limit left no room for; their chosen is 0
    action_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redemption:
    """One order in which a campaign's code was used. `value` is the order's, in the main currency unit."""

    code: str
    customer_id: int
    value: float
    at: datetime
    message_id: str
