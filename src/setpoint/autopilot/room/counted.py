"""Figures that take long to count on a large ledger: counted by the worker, kept, and read by pages in no time."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, Max, Q, Sum

from setpoint.autopilot.models import Campaign, Step, Summary
from setpoint.autopilot.responses import hit_counts
from setpoint.autopilot.room.allocating import allocation_of
from setpoint.autopilot.room.types import Allocation
from setpoint.delivery.models import Budget, Delivery
from setpoint.delivery.types import SENT_STATES, State
from setpoint.events import services as events

FRESH_SECONDS = 1.0
REST_FACTOR = 20.0
"""Counting may take one part in so many of a worker's time."""
SETTLES = timedelta(days=60)
"""After a campaign's end its offers are still redeemed and its mail still opened."""
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums over all rows of one campaign's ledger and its reactions. Money in micros; rounds as text, as in JSON."""

    states: Mapping[str, int] = field(default_factory=dict)
    round_states: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    round_reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    action_sends: Mapping[str, int] = field(default_factory=dict)
    executed: tuple[int, ...] = ()  # rounds that were in the ledger whole
    committed: int = 0  # the campaign's money by its budget, at the same moment
    money: int = 0
    redeemed: int = 0
    unsubscribed: int = 0
    complained: int = 0
    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    allocation: Allocation | None = None

    @property
    def rows(self) -> int:
        """How many rows the ledger holds of rounds that are in it whole."""
        return sum(sum(self.round_states.get(str(number), {}).values()) for number in self.executed)


def action_sign(offer: int | None, variant: int, channel: str, slot: str) -> str:
    """What names an action in the ledger's rows."""
    return f"{offer or 0}/{variant}/{channel}/{slot}"


def counted(campaign: Campaign) -> tuple[Counted, datetime | None]:
    """The kept figures and when they were counted; counted now where nothing is kept yet."""
    kept = Summary.objects.filter(campaign=campaign).first()
    if kept is None:
        return count(campaign), None
    return msgspec.convert(kept.figures, Counted, strict=False), kept.counted_at


def count(campaign: Campaign) -> Counted:
    """Count now: one pass over the campaign's rows and one over the lake's opens and clicks."""
    if campaign.launched_at is None:
        return Counted()
    with transaction.atomic():
        executed = Step.objects.filter(campaign=campaign, name="execute").values_list("round", flat=True)
        found = _Sums(tuple(executed), _committed(campaign))
        for row in _groups(campaign):
            found.add(row)
    hits = asdict(hit_counts(campaign.key)) if found.sends else {}
    return found.counted(hits, allocation_of(campaign))


class _Sums:
    """The ledger's groups being added up."""

    def __init__(self, executed: tuple[int, ...], committed: int) -> None:
        self.executed = executed
        self.committed = committed
        self.states: Counter[str] = Counter()
        self.by_round: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.sends: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()

    def add(self, row: Mapping[str, Any]) -> None:
        """One group of rows that agree in round, state, reason and action."""
        self.states[row["state"]] += row["n"]
        self.by_round[str(row["round"])][row["state"]] += row["n"]
        if row["state"] == State.SUPPRESSED:
            self.reasons[str(row["round"])][refusal_kind(row["reason"])] += row["n"]
        if row["state"] in SENT_STATES:
            self.sends[action_sign(row["offer_id"], row["variant_id"], row["channel"], row["slot"])] += row["n"]
        for name in ("money", "redeemed", "unsubscribed", "complained"):
            self.sums[name] += row[name] or 0
        self.sums["money"] += row["offers"] or 0

    def counted(self, hits: Mapping[str, int], allocation: Allocation | None) -> Counted:
        """All groups together."""
        return Counted(
            states=dict(self.states),
            round_states={number: dict(found) for number, found in self.by_round.items()},
            round_reasons={number: dict(found) for number, found in self.reasons.items()},
            action_sends=dict(self.sends),
            executed=self.executed,
            committed=self.committed,
            allocation=allocation,
            **self.sums,
            **hits,
        )


def refusal_kind(reason: str) -> str:
    """What kept a message back, without the particulars; a customer's own limit is not one of the campaign's."""
    return "limit_customer" if reason.startswith("limit:customer") else reason.partition(":")[0]


def _committed(campaign: Campaign) -> int:
    budget = Budget.objects.filter(stream__source=campaign.key, scope="campaign", resource="money").first()
    return budget.committed if budget else 0


def refresh(now: datetime, *, wall: float | None = None) -> bool:
    """Count anew what has changed, for as long as that keeps the worker free; whether anything was counted."""
    moment = time.time() if wall is None else wall
    live = Q(state__in=(Campaign.State.RUNNING, Campaign.State.PAUSED)) | Q(ended_at__gte=now - SETTLES)
    never = Q(launched_at__isnull=False, summary__isnull=True)
    wanted = Campaign.objects.filter(live | never, launched_at__isnull=False).select_related("summary")
    due = [campaign for campaign in wanted.order_by("summary__counted_wall", "pk") if _is_rested(campaign, moment)]
    marks = _marks(due[:MOST_AT_ONCE])
    stale = [campaign for campaign in due if campaign.pk in marks and _kept_mark(campaign) != marks[campaign.pk]]
    for campaign in stale:
        keep(campaign, marks[campaign.pk], now=now, wall=moment)
    return bool(stale)


def keep(campaign: Campaign, mark: str, *, now: datetime, wall: float) -> None:
    """Count one campaign and keep the figures."""
    began = time.monotonic()
    figures = msgspec.to_builtins(count(campaign))
    taken = time.monotonic() - began
    made = {"mark": mark, "figures": figures, "counted_at": now, "counted_wall": wall, "seconds": taken}
    Summary.objects.update_or_create(campaign=campaign, defaults=made)


def _groups(campaign: Campaign) -> list[Any]:
    rows = Delivery.objects.filter(stream__source=campaign.key)
    grouped = rows.values("round", "state", "reason", "offer_id", "variant_id", "channel", "slot").annotate(
        n=Count("pk"),
        money=Sum("cost_money"),
        offers=Sum("offer_cost"),
        redeemed=Count("pk", filter=Q(offer_state="redeemed")),
        unsubscribed=Count("unsubscribed_at"),
        complained=Count("complained_at"),
    )
    return [*grouped.order_by()]


def _is_rested(campaign: Campaign, wall: float) -> bool:
    kept = getattr(campaign, "summary", None)
    return kept is None or wall - kept.counted_wall >= max(FRESH_SECONDS, REST_FACTOR * kept.seconds)


def _kept_mark(campaign: Campaign) -> str:
    kept = getattr(campaign, "summary", None)
    return "" if kept is None else str(kept.mark)


def _marks(campaigns: Sequence[Campaign]) -> dict[int, str]:
    """What tells, in three small queries, whether anything of a campaign has changed since it was counted."""
    ids = [campaign.pk for campaign in campaigns]
    steps = dict(Step.objects.filter(campaign__in=ids).values_list("campaign").annotate(last=Max("pk")).order_by())
    bound = Budget.objects.filter(stream__source__in=[campaign.key for campaign in campaigns])
    sums = {
        row["stream__source"]: (row["reserved"], row["committed"])
        for row in bound.values("stream__source")
        .annotate(reserved=Sum("reserved"), committed=Sum("committed"))
        .order_by()
    }
    fold = events.last_fold()
    return {
        campaign.pk: f"{campaign.version}:{campaign.state}:{steps.get(campaign.pk, 0)}:{sums.get(campaign.key)}:{fold}"
        for campaign in campaigns
    }
