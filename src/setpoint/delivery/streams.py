"""Streams: opening, limits, and a person's word (pause, resume, close, recall), heeded by the very next claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from setpoint.delivery.budgets import Changes, find_stream, lock_streams, warn
from setpoint.delivery.models import Budget, Delivery, DeliveryWarning, Stream
from setpoint.delivery.quiet import check_quiet_hours
from setpoint.delivery.types import (
    RESOURCES,
    SENT_STATES,
    Amounts,
    Limit,
    QuietHours,
    Recall,
    State,
    StreamState,
)
from setpoint.kernel.errors import Conflict, Invalid

_NEVER_LEFT = (State.PLANNED, State.RESERVED)
_BEYOND_RECALL = (State.CLAIMED, *SENT_STATES)


def open_stream(
    source: str,
    *,
    limits: Sequence[Limit],
    now: datetime,
    quiet: QuietHours | None = None,
    warn_share: float = 0.8,
    purpose: str = "marketing",
) -> None:
    """Make the stream of a source with its limits. Opening it again changes nothing."""
    check_limits(limits)
    if not 0 < warn_share <= 1:
        raise Invalid(
            _("The warning share must lie between 0 and 1."), remedy=_("0.8 warns at 80 %."), field="warn_share"
        )
    if quiet:
        check_quiet_hours(quiet)
    hours = {"quiet_start": quiet.start, "quiet_end": quiet.end} if quiet else {}
    with transaction.atomic():
        wanted = {"purpose": purpose, "warn_share": warn_share, "created_at": now, **hours}
        stream, created = Stream.objects.get_or_create(source=source, defaults=wanted)
        if created:
            Budget.objects.bulk_create(_budget(stream, limit) for limit in limits)


def check_limits(limits: Sequence[Limit]) -> None:
    """Refuse limits that make no sense: unknown scope or resource, negative amounts, doubles, stray windows."""
    seen = set()
    for limit in limits:
        name = f"{limit.scope} {limit.resource}"
        if limit.scope not in ("campaign", "customer") and not limit.scope.startswith("channel:"):
            raise Invalid(
                _("%(scope)s is not a scope of limits.") % {"scope": repr(limit.scope)},
                remedy=_("Use campaign, channel:NAME or customer."),
            )
        if limit.resource not in RESOURCES or not 0 <= limit.amount < 2**62:
            raise Invalid(
                _("The limit %(name)s is not usable.") % {"name": name},
                remedy=_("Give money, messages or time and an amount of 0 or more."),
            )
        if limit.window_days is not None and (limit.scope != "customer" or limit.window_days < 1):
            raise Invalid(
                _("The limit %(name)s cannot have that window.") % {"name": name},
                remedy=_("Windows of 1 day or more, for customers only."),
            )
        if _place(limit) in seen:
            raise Invalid(_("The limit %(name)s is given twice.") % {"name": name}, remedy=_("Keep one of them."))
        seen.add(_place(limit))


def change_limits(source: str, limits: Sequence[Limit], *, now: datetime, quiet: QuietHours | None = None) -> None:
    """Replace a stream's limits (and quiet hours, if given).

    A limit below what is already reserved and committed is refused with Conflict that names that floor.
    A limit that is left out no longer binds; one that is new counts everything reserved and spent so far.
    """
    check_limits(limits)
    if quiet:
        check_quiet_hours(quiet)
    with transaction.atomic():
        stream = lock_streams([find_stream(source).id], exclusive=True).popitem()[1]
        for limit in limits:
            _set_limit(stream, limit)
        kept = {_place(limit) for limit in limits}
        for budget in stream.budgets.all():
            if (budget.scope, budget.resource, budget.window_days) not in kept:
                budget.delete()
        warn(stream, now=now)
        if quiet:
            Stream.objects.filter(id=stream.id).update(quiet_start=quiet.start, quiet_end=quiet.end)


def set_stream_state(source: str, state: StreamState, *, now: datetime) -> int:
    """Pause, reopen or close a stream; once this returns, no later claim sends for a stream that is not open.

    Returns how many deliveries are already claimed or sent and so beyond recall. A closed stream stays closed.
    """
    with transaction.atomic():
        stream = lock_streams([find_stream(source).id], exclusive=True).popitem()[1]
        if stream.state == "closed" and state != "closed":
            raise Conflict(
                _("%(source)s is closed.") % {"source": source},
                remedy=_("Start a new campaign; a closed one cannot be reopened."),
            )
        Stream.objects.filter(id=stream.id).update(state=state, state_at=now)
        return _beyond_recall(stream)


def recall(source: str, *, now: datetime, reason: str = "recalled") -> Recall:
    """Take back every delivery that has not been claimed, and free what it had put aside."""
    with transaction.atomic():
        stream = lock_streams([find_stream(source).id], exclusive=True).popitem()[1]
        rows = Delivery.objects.filter(stream=stream, state__in=_NEVER_LEFT)
        _free(stream, rows.values("channel").annotate(**_sums()).order_by("channel"))
        nothing = {"reserved_money": 0, "reserved_messages": 0, "reserved_time": 0}
        recalled = rows.update(state=State.SUPPRESSED, reason=reason[:200], **nothing)
        Stream.objects.filter(id=stream.id).update(recalled_at=now)
        return Recall(recalled=recalled, beyond_recall=_beyond_recall(stream))


def _free(stream: Stream, sums: object) -> None:
    changes = Changes()
    for line in sums:  # type: ignore[attr-defined]
        freed = Amounts(-line["money"], -line["messages"], -line["time"])
        changes.move(Delivery(stream_id=stream.id, channel=line["channel"]), reserved=freed)
    changes.apply()


def _sums() -> dict[str, Sum]:
    return {resource: Sum(f"reserved_{resource}") for resource in RESOURCES}


def _beyond_recall(stream: Stream) -> int:
    return Delivery.objects.filter(stream=stream, state__in=_BEYOND_RECALL).count()


def _place(limit: Limit) -> tuple[str, str, int]:
    return (limit.scope, limit.resource, limit.window_days or 0)


def _budget(stream: Stream, limit: Limit) -> Budget:
    scope, resource, window_days = _place(limit)
    return Budget(stream=stream, scope=scope, resource=resource, window_days=window_days, limit=limit.amount)


def _set_limit(stream: Stream, limit: Limit) -> None:
    scope, resource, window_days = _place(limit)
    budget = stream.budgets.filter(scope=scope, resource=resource, window_days=window_days).first()
    if budget is None:
        budget = _budget(stream, limit)
        if scope != "customer":
            budget.reserved, budget.committed = _bound(stream, scope, resource)
    bound = budget.reserved + budget.committed
    if limit.amount < bound:
        raise Conflict(
            _("%(scope)s %(resource)s cannot be limited to %(amount)s: %(bound)s are already reserved or spent.")
            % {"scope": scope, "resource": resource, "amount": limit.amount, "bound": bound},
            remedy=_("Choose %(bound)s or more, or recall what has not been sent first.") % {"bound": bound},
            details={"floor": bound, "scope": scope, "resource": resource},
        )
    budget.limit = limit.amount
    budget.save()
    _forget_warnings(stream, budget)


def _bound(stream: Stream, scope: str, resource: str) -> tuple[int, int]:
    rows = Delivery.objects.filter(stream=stream)
    if scope.startswith("channel:"):
        rows = rows.filter(channel=scope.removeprefix("channel:"))
    sums = rows.aggregate(reserved=Sum(f"reserved_{resource}"), cost=Sum(f"cost_{resource}"), offers=Sum("offer_cost"))
    offers = (sums["offers"] or 0) if resource == "money" else 0
    return sums["reserved"] or 0, (sums["cost"] or 0) + offers


def _forget_warnings(stream: Stream, budget: Budget) -> None:
    used = budget.reserved + budget.committed
    given = DeliveryWarning.objects.filter(stream=stream, scope=budget.scope, resource=budget.resource)
    if used < stream.warn_share * budget.limit:
        given.delete()
    elif used < budget.limit:
        given.filter(level="reached").delete()
