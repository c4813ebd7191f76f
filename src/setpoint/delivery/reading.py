"""Reading the ledger: states, completeness, costs, and when there is something to do next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from setpoint.delivery.budgets import find_stream
from setpoint.delivery.models import ChannelAccount, Delivery, Stream
from setpoint.delivery.types import OPEN_STATES, State
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, NotFound

MOST_COUNTED = 10_000


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


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries; what is None or empty does not narrow. `newest` tells the order."""

    source: str | None = None
    round: int | None = None
    customer_id: int | None = None
    state: State | None = None
    channel: str | None = None
    variant_id: int | None = None
    offer_id: int | None = None
    newest: bool = False


def find_deliveries(query: DeliveryQuery, *, after: int = 0) -> QuerySet[Delivery]:
    """Deliveries that match, by id, with their streams; `after` is the last id of the page before."""
    wanted = {name: value for name, value in asdict(query).items() if name != "newest" and value not in (None, "")}
    if source := wanted.pop("source", None):
        wanted["stream_id__in"] = list(Stream.objects.filter(source=source).values_list("id", flat=True))
    rows = Delivery.objects.filter(**wanted)
    if after:
        rows = rows.filter(id__lt=after) if query.newest else rows.filter(id__gt=after)
    return rows.select_related("stream").order_by("-id" if query.newest else "id")


def count_deliveries(query: DeliveryQuery, *, most: int = MOST_COUNTED) -> tuple[int, bool]:
    """How many match, at most `most`; and whether there are more than that."""
    found = find_deliveries(query).order_by().values("id")[: most + 1].count()
    return min(found, most), found > most


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
    query = DeliveryQuery(source=source, round=round, customer_id=customer_id, state=state)
    return list(find_deliveries(query, after=after)[:limit])


def get_delivery(delivery_id: int) -> Delivery:
    """One delivery with its stream, or NotFound."""
    found = Delivery.objects.select_related("stream").filter(pk=delivery_id).first()
    if found is None:
        raise NotFound(_("There is no delivery %(id)s.") % {"id": delivery_id}, remedy=_("See the list of deliveries."))
    return found


def sources(*, limit: int = 500) -> list[str]:
    """Who has deliveries in the ledger, newest first."""
    return list(Stream.objects.order_by("-id").values_list("source", flat=True)[:limit])
