"""Caps per customer over rolling windows, counted across all streams from the ledger itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from setpoint.customers.services import all_ids_of, survivors
from setpoint.delivery.budgets import add
from setpoint.delivery.models import Budget, Delivery, Stream
from setpoint.delivery.types import SENT_STATES, Amounts, State

_WAITING = (State.PLANNED, State.RESERVED, State.CLAIMED)
_MOMENTS = ("customer_id", "handed_at", "claimed_at", "due_at", "state")
_AMOUNTS = (
    "reserved_money", "cost_money", "offer_cost", "reserved_messages", "cost_messages", "reserved_time", "cost_time",
)  # fmt: skip


@dataclass
class Caps:
    """What each customer has had, or will have, against the caps of each stream.

    What any record of a merged customer had counts: `person_of` names the survivor of ids that were merged.
    """

    budgets: dict[int, list[Budget]]
    person_of: dict[int, int] = field(default_factory=dict)
    contacts: dict[int, list[tuple[datetime, Amounts]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def planned(cls, stream: Stream, customer_ids: Sequence[int], *, now: datetime) -> Caps:
        """For planning: sent messages and all that wait, at the time when each is due."""
        caps = cls(_caps_of([stream.id]))
        if caps.budgets:
            caps._count(customer_ids, now, Q(state__in=_WAITING))
        return caps

    @classmethod
    def claimed(cls, stream_ids: Iterable[int], customer_ids: Sequence[int], *, now: datetime) -> Caps:
        """For claiming: sent messages and those under way. Locks the customers against other claims."""
        caps = cls(_caps_of(stream_ids))
        if caps.budgets:
            lock_customers({*customer_ids, *survivors(customer_ids).values()})
            caps._count(customer_ids, now, Q(state=State.CLAIMED))
        return caps

    def refusal(self, customer_id: int, need: Amounts, at: datetime, stream_id: int | None = None) -> str:
        """The resource whose cap this message would pass, or "" when all hold."""
        budgets = (
            self.budgets.get(stream_id, []) if stream_id else [one for all_ in self.budgets.values() for one in all_]
        )
        for budget in budgets:
            if self._used(customer_id, budget, at) + getattr(need, budget.resource) > budget.limit:
                return budget.resource
        return ""

    def take(self, customer_id: int, need: Amounts, at: datetime) -> None:
        """Count one more message."""
        if self.budgets:
            self.contacts[self.person_of.get(customer_id, customer_id)].append((at, need))

    def _used(self, customer_id: int, budget: Budget, at: datetime) -> int:
        window = timedelta(days=budget.window_days) if budget.window_days else None
        return sum(
            getattr(amounts, budget.resource)
            for moment, amounts in self.contacts.get(self.person_of.get(customer_id, customer_id), ())
            if window is None or abs(at - moment) < window
        )

    def _count(self, customer_ids: Sequence[int], now: datetime, waiting: Q) -> None:
        days = [budget.window_days for budgets in self.budgets.values() for budget in budgets]
        sent = Q(state__in=SENT_STATES)
        if all(days):
            sent &= Q(handed_at__gt=now - timedelta(days=max(days)))
        records = all_ids_of(customer_ids).values()
        self.person_of = {pk: ids[0] for ids in records for pk in ids[1:]}
        everybody = {pk for ids in records for pk in ids}
        rows = Delivery.objects.filter(sent | waiting, customer_id__in=everybody).only(*_MOMENTS, *_AMOUNTS)
        for row in rows.order_by():
            self.take(row.customer_id, _bound(row), row.handed_at or row.claimed_at or row.due_at)


def lock_customers(customer_ids: Iterable[int]) -> None:
    """Hold these customers for this transaction (PostgreSQL; SQLite has one writer at a time anyway)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('setpoint.customer', id))"
                " FROM (SELECT unnest(%s::bigint[]) AS id ORDER BY 1) ids",
                [sorted(set(customer_ids))],
            )


def _caps_of(stream_ids: Iterable[int]) -> dict[int, list[Budget]]:
    found: dict[int, list[Budget]] = defaultdict(list)
    for budget in Budget.objects.filter(stream_id__in=list(stream_ids), scope="customer").order_by("id"):
        found[budget.stream_id].append(budget)
    return dict(found)


def _bound(row: Delivery) -> Amounts:
    reserved = Amounts(row.reserved_money, row.reserved_messages, row.reserved_time)
    return add(reserved, Amounts(row.cost_money + row.offer_cost, row.cost_messages, row.cost_time))
