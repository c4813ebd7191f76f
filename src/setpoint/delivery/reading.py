"""Reading the ledger: states, completeness, costs, and when there is something to do next."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.utils.translation import gettext as _

from setpoint.delivery.budgets import find_stream
from setpoint.delivery.models import ChannelAccount, Delivery, Stream
from setpoint.delivery.types import OPEN_STATES, State
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict


def ledger(source: str, round: int | None = None) -> dict[str, int]:
    """Deliveries by state, of one round or of all."""
    rows = Delivery.objects.filter(stream=find_stream(source))
    if round is not None:
        rows = rows.filter(round=round)
    return dict(rows.values_list("state").annotate(n=Count("id")).order_by("state"))


def check_complete(source: str, round: int, expected: int) -> bool:
    """Whether every one of the round's `expected` deliveries has come to an end.

    Conflict when the ledger does not hold exactly that many: some were lost or added on the way.
    """
    states = ledger(source, round)
    found = sum(states.values())
    if found != expected:
        raise Conflict(
            _("Round %(round)s of %(source)s has %(found)s deliveries in the ledger, but %(expected)s were planned.")
            % {"round": round, "source": source, "found": found, "expected": expected},
            remedy=_("Plan the round again: rows that are there already stay as they are."),
            details={"found": found, "expected": expected},
        )
    return not any(states.get(state) for state in OPEN_STATES)


def costs_by_channel(source: str) -> dict[str, int]:
    """Micros spent so far by channel: sending and redeemed offers."""
    rows = Delivery.objects.filter(stream=find_stream(source)).values_list("channel")
    spent = rows.annotate(spent=Sum(F("cost_money") + F("offer_cost"))).order_by("channel")
    return dict(spent)


def next_due(now: datetime | None = None) -> datetime | None:
    """The earliest moment at which a delivery can be sent, over all open streams; None when none waits.

    A moment already past means: now. Deliveries of a resting channel wait for the end of its rest, those of a disabled
    one are not counted.
    """
    moment = now or clock.now()
    found = []
    for account in ChannelAccount.objects.filter(enabled=True):
        due = Delivery.objects.filter(stream=OuterRef("pk"), state=State.RESERVED, channel=account.name)
        first = Subquery(due.order_by("due_at").values("due_at")[:1])
        earliest = (
            Stream.objects.filter(state="open")
            .annotate(first=first)
            .filter(first__isnull=False)
            .order_by("first")
            .values_list("first", flat=True)
            .first()
        )
        if earliest is not None:
            rests = account.paused_until is not None and account.paused_until > moment
            found.append(max(earliest, account.paused_until) if rests and account.paused_until else earliest)
    return min(found, default=None)


def is_idle(now: datetime) -> bool:
    """Whether there is nothing to send at this moment and nothing under way."""
    due = next_due(now)
    return (due is None or due > now) and not Delivery.objects.filter(state=State.CLAIMED).exists()


def list_deliveries(
    *,
    after: int = 0,
    limit: int = 100,
    source: str | None = None,
    round: int | None = None,
    customer_id: int | None = None,
    state: State | None = None,
) -> list[Delivery]:
    """Deliveries with an id above `after`, by id, with their streams; filtered by what is given."""
    wanted = {"stream__source": source, "round": round, "customer_id": customer_id, "state": state}
    given = {name: value for name, value in wanted.items() if value is not None}
    return list(Delivery.objects.filter(id__gt=after, **given).select_related("stream").order_by("id")[:limit])
