"""From a plan to rows of the ledger, each with its budget put aside. Safe to call again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from setpoint.content.services import note_use
from setpoint.customers.models import Customer
from setpoint.delivery.budgets import Changes, find_stream, lock_streams, warn
from setpoint.delivery.caps import Caps
from setpoint.delivery.models import Budget, ChannelAccount, Delivery, Stream
from setpoint.delivery.types import Amounts, PlannedDelivery, PlanReceipt, State
from setpoint.kernel.errors import Conflict, Invalid, NotFound

CHUNK = 4_000
"""Rows of one transaction, so that a large plan never blocks claims for long."""


def plan_deliveries(source: str, round: int, rows: Iterable[PlannedDelivery], *, now: datetime) -> PlanReceipt:
    """Put rows into the ledger and reserve budget for each, in the order given, while it fits.

    A row over a limit is kept, suppressed, with the reason "limit:SCOPE:RESOURCE"; a row held back is kept,
    suppressed, and reserves nothing. The receipt counts the rows of this call, as the ledger now has them.
    """
    stream = find_stream(source)
    refused: set[tuple[str, str]] = set()
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        ended, over = _plan_chunk(stream, round, chunk, now)
        refused |= over
        states.update(state for state, _reason in ended)
        reasons.update(reason for state, reason in ended if state == State.SUPPRESSED)
    with transaction.atomic():
        warn(stream, now=now, refused=refused)
    return PlanReceipt(states=dict(states), reasons=dict(reasons))


def delivery_key(source: str, round: int, customer_id: int, slot: str) -> str:
    """The idempotency key of a delivery: the same for ever, and not guessable without the installation's secret."""
    name = f"{source}\x1f{round}\x1f{customer_id}\x1f{slot}".encode()
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(name, digest_size=16, key=secret).hexdigest()


def _plan_chunk(
    stream: Stream, round: int, chunk: Sequence[PlannedDelivery], now: datetime
) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    """State and reason of each row of the chunk, and the limits that refused some."""
    with transaction.atomic():
        stream = lock_streams([stream.id], exclusive=True)[stream.id]
        if stream.state == "closed":
            raise Conflict(
                _("%(source)s is closed and takes no more deliveries.") % {"source": stream.source},
                remedy=_("Plan them for a campaign that is still open."),
            )
        known = _known(stream, round, chunk)
        fresh = list(_fresh(chunk, set(known)))
        _check(fresh)
        room = _Room(stream, fresh, now)
        made = [_row(stream, round, planned, room) for planned in fresh]
        _insert(made)
        note_use({planned.offer_id for planned in fresh if planned.offer_id}, now=now)
        room.changes.apply()
    wanted = {(planned.customer_id, planned.slot) for planned in chunk}
    found = [known[place] for place in wanted & set(known)]
    return [*found, *((row.state, row.reason) for row in made)], room.refused


def _known(stream: Stream, round: int, chunk: Sequence[PlannedDelivery]) -> dict[tuple[int, str], tuple[str, str]]:
    rows = Delivery.objects.filter(stream=stream, round=round, customer_id__in=[row.customer_id for row in chunk])
    found = rows.values_list("customer_id", "slot", "state", "reason")
    return {(customer_id, slot): (state, reason) for customer_id, slot, state, reason in found}


def _fresh(chunk: Sequence[PlannedDelivery], known: set[tuple[int, str]]) -> Iterator[PlannedDelivery]:
    for planned in chunk:
        place = (planned.customer_id, planned.slot)
        if place not in known:
            known.add(place)
            yield planned


def _check(fresh: Sequence[PlannedDelivery]) -> None:
    for planned in fresh:
        _check_money(planned)
    channels = {planned.channel for planned in fresh}
    _demand(channels, ChannelAccount.objects.filter(name__in=channels).values_list("name", flat=True), _("channels"))
    customers = {planned.customer_id for planned in fresh}
    _demand(customers, Customer.everyone.filter(id__in=customers).values_list("id", flat=True), _("customers"))
    codes = [planned.offer_code for planned in fresh if planned.offer_code]
    taken = Delivery.objects.filter(offer_code__in=codes).values_list("offer_code", flat=True)
    doubled = [code for code, count in Counter(codes + list(taken)).items() if count > 1]
    if doubled:
        raise Conflict(
            _("The offer code %(code)s is already given to another delivery.") % {"code": doubled[0]},
            remedy=_("Give each delivery a code of its own."),
        )


def _check_money(planned: PlannedDelivery) -> None:
    cost, most = planned.send_cost, {"amount": planned.offer_value, "percent": planned.offer_cap}
    if min(cost.money, cost.messages, cost.time, planned.offer_liability, planned.offer_value, planned.offer_cap) < 0:
        raise Invalid(_("A planned delivery has a negative cost."), remedy=_("Costs are 0 or more."))
    if planned.offer_kind not in ("none", "amount", "percent"):
        raise Invalid(
            _("%(kind)s is not a kind of offer.") % {"kind": planned.offer_kind},
            remedy=_("Use none, amount or percent."),
        )
    if planned.offer_kind == "percent" and planned.offer_value and not planned.offer_cap:
        raise Invalid(_("A percent offer has no cap, so its cost has no bound."), remedy=_("Give the offer a cap."))
    if planned.offer_liability < most.get(planned.offer_kind, 0):
        raise Invalid(
            _("An offer may cost more than is put aside for it."),
            remedy=_("Reserve the offer's whole value, or the cap of a percent offer."),
            field="offer_liability",
        )


def _demand(wanted: set[str] | set[int], found: Iterable[object], what: str) -> None:
    missing = sorted(str(name) for name in wanted - set(found))
    if missing:
        raise NotFound(
            _("The plan names %(what)s that do not exist: %(names)s.")
            % {"what": what, "names": ", ".join(missing[:5])},
            remedy=_("Add them first, or plan without them."),
        )


class _Room:
    """What still fits under every limit while a plan is being written."""

    def __init__(self, stream: Stream, fresh: Sequence[PlannedDelivery], now: datetime) -> None:
        self.changes = Changes()
        self.refused: set[tuple[str, str]] = set()
        self._free: dict[tuple[str, str], int] = {}
        for budget in Budget.objects.filter(stream=stream).exclude(scope="customer").order_by("id"):
            self._free[budget.scope, budget.resource] = budget.limit - budget.reserved - budget.committed
        live = [row for row in fresh if not row.hold_back]
        self._caps = Caps.planned(stream, [row.customer_id for row in live], now=now)

    def refusal(self, planned: PlannedDelivery, need: Amounts) -> str:
        """The limit that refuses this row as "SCOPE:RESOURCE", else "" after taking its share."""
        scopes = ("campaign", f"channel:{planned.channel}")
        places = [place for place in self._free if place[0] in scopes]
        for place in places:
            if getattr(need, place[1]) > self._free[place]:
                self.refused.add(place)
                return ":".join(place)
        if capped := self._caps.refusal(planned.customer_id, need, planned.due_at):
            self.refused.add(("customer", capped))
            return f"customer:{capped}"
        for place in places:
            self._free[place] -= getattr(need, place[1])
        self._caps.take(planned.customer_id, need, planned.due_at)
        return ""


def _row(stream: Stream, round: int, planned: PlannedDelivery, room: _Room) -> Delivery:
    cost = Amounts(planned.send_cost.money, max(1, planned.send_cost.messages), planned.send_cost.time)
    need = Amounts(cost.money + planned.offer_liability, cost.messages, cost.time)
    key = delivery_key(stream.source, round, planned.customer_id, planned.slot)
    row = Delivery(
        stream_id=stream.id,
        round=round,
        customer_id=planned.customer_id,
        slot=planned.slot,
        channel=planned.channel,
        variant_id=planned.variant_id,
        key=key,
        due_at=planned.due_at,
        send_money=cost.money,
        send_messages=cost.messages,
        send_time=cost.time,
        offer_id=planned.offer_id,
        offer_code=planned.offer_code,
        offer_kind=planned.offer_kind,
        offer_value=planned.offer_value,
        offer_cap=planned.offer_cap,
        offer_liability=planned.offer_liability,
        offer_expires_at=planned.offer_expires_at,
    )
    row.reason = planned.hold_back or _limit_reason(room.refusal(planned, need))
    row.state = (State.SUPPRESSED if row.reason else State.RESERVED).value
    if not row.reason:
        row.reserved_money, row.reserved_messages, row.reserved_time = need.money, need.messages, need.time
        room.changes.move(row, reserved=need)
    return row


def _insert(rows: Sequence[Delivery]) -> None:
    """All rows in one prepared statement: several times as fast as the ORM, which would dominate a large plan."""
    fields = [field for field in Delivery._meta.concrete_fields if not field.primary_key]
    read = attrgetter(*(field.attname for field in fields))
    columns, places = ", ".join(str(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    adapt = connection.ops.adapt_datetimefield_value
    values = ([adapt(one) if isinstance(one, datetime) else one for one in read(row)] for row in rows)
    with connection.cursor() as cursor:
        table = Delivery._meta.db_table
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(values))  # noqa: S608


def _limit_reason(refusal: str) -> str:
    return f"limit:{refusal}" if refusal else ""
