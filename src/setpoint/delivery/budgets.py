"""Reservations and commitments: integer sums per stream, moved only together with the rows they add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from setpoint.delivery.models import Budget, Delivery, DeliveryWarning, Stream
from setpoint.delivery.types import RESOURCES, Amounts, BudgetLine, LimitWarning, Resource
from setpoint.kernel.errors import NotFound

NOTHING = Amounts()


def find_stream(source: str) -> Stream:
    """The stream of a source, or NotFound."""
    stream = Stream.objects.filter(source=source).first()
    if stream is None:
        raise NotFound(
            _("There is no stream of deliveries named %(source)s.") % {"source": repr(source)},
            remedy=_("Open it before planning deliveries."),
        )
    return stream


def lock_streams(ids: Iterable[int], *, exclusive: bool = False) -> dict[int, Stream]:
    """Lock streams for this transaction, always before any of their deliveries, so that no two can deadlock.

    Those who move single deliveries share the lock; those who plan, recall or change the stream exclude them.
    """
    wanted = sorted(set(ids))
    if connection.vendor == "postgresql" and wanted:
        mode = "UPDATE" if exclusive else "SHARE"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM delivery_stream WHERE id = ANY(%s) ORDER BY id FOR {mode}", [wanted])  # noqa: S608
    return Stream.objects.in_bulk(wanted)


def add(left: Amounts, right: Amounts) -> Amounts:
    """The sum, resource by resource."""
    return Amounts(left.money + right.money, left.messages + right.messages, left.time + right.time)


def negative(amounts: Amounts) -> Amounts:
    """The same amounts, to be taken away."""
    return Amounts(-amounts.money, -amounts.messages, -amounts.time)


def reserved_of(row: Delivery) -> Amounts:
    """What a row has put aside now."""
    return Amounts(row.reserved_money, row.reserved_messages, row.reserved_time)


def sending_of(row: Delivery) -> Amounts:
    """What sending a row is planned to cost."""
    return Amounts(row.send_money, row.send_messages, row.send_time)


@dataclass
class Changes:
    """Movements of reserved and committed amounts, gathered over many rows and applied in a few statements."""

    reserved: dict[tuple[int, str], Amounts] = field(default_factory=lambda: defaultdict(Amounts))
    committed: dict[tuple[int, str], Amounts] = field(default_factory=lambda: defaultdict(Amounts))

    def move(self, row: Delivery, *, reserved: Amounts = NOTHING, committed: Amounts = NOTHING) -> None:
        """Add one row's movement."""
        place = (row.stream_id, row.channel)
        self.reserved[place] = add(self.reserved[place], reserved)
        self.committed[place] = add(self.committed[place], committed)

    def apply(self) -> None:
        """Write the movements to the budgets, in one order everywhere; the tables refuse to pass a limit."""
        streams = {stream for stream, _ in self.reserved}
        for budget in Budget.objects.filter(stream_id__in=streams).exclude(scope="customer").order_by("id"):
            reserved, committed = self._share(self.reserved, budget), self._share(self.committed, budget)
            if reserved or committed:
                Budget.objects.filter(id=budget.id).update(
                    reserved=F("reserved") + reserved, committed=F("committed") + committed
                )

    @staticmethod
    def _share(moved: Mapping[tuple[int, str], Amounts], budget: Budget) -> int:
        return sum(
            getattr(amounts, budget.resource)
            for (stream, channel), amounts in moved.items()
            if stream == budget.stream_id and budget.scope in ("campaign", f"channel:{channel}")
        )


def budgets(source: str) -> list[BudgetLine]:
    """The limits of a stream and how much of each is bound. Rolling limits per customer are not sums and not listed."""
    rows = Budget.objects.filter(stream=find_stream(source)).exclude(scope="customer").order_by("scope", "resource")
    return [BudgetLine(row.scope, _resource(row), row.limit, row.reserved, row.committed) for row in rows]


def warn(stream: Stream, *, now: datetime, refused: Iterable[tuple[str, str]] = ()) -> None:
    """Keep one warning per limit and level: near (the stream's share of it is bound) and reached."""
    full = set(refused)
    found = []
    for budget in Budget.objects.filter(stream=stream).order_by("id"):
        used = budget.reserved + budget.committed
        is_sum = budget.scope != "customer"
        if is_sum and used >= stream.warn_share * budget.limit:
            found.append(_warning(stream, budget, "near", used, now))
        if (is_sum and used == budget.limit) or (budget.scope, budget.resource) in full:
            found.append(_warning(stream, budget, "reached", used, now))
    DeliveryWarning.objects.bulk_create(found, ignore_conflicts=True)


def warnings(source: str) -> list[LimitWarning]:
    """The warnings given so far, oldest first."""
    return [
        LimitWarning(row.scope, row.resource, row.level, row.limit, row.used, row.at)  # type: ignore[arg-type]
        for row in DeliveryWarning.objects.filter(stream=find_stream(source)).order_by("at", "id")
    ]


def _warning(stream: Stream, budget: Budget, level: str, used: int, now: datetime) -> DeliveryWarning:
    place = {"scope": budget.scope, "resource": budget.resource}
    return DeliveryWarning(stream=stream, level=level, limit=budget.limit, used=used, at=now, **place)


def _resource(budget: Budget) -> Resource:
    return next(resource for resource in RESOURCES if resource == budget.resource)
