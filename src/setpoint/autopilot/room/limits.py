"""Limits as pages show them: amounts of people, how near the end, and what one step more would bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.room.types import Level, LimitView, Price
from setpoint.delivery.models import Budget
from setpoint.kernel import money

SCALE: Mapping[str, float] = {"money": money.MICROS, "time": 3600}
STEP: Mapping[str, float] = {"money": 100.0, "messages": 100.0, "time": 1.0}
_ORDER = {"campaign": 0, "customer": 2}
_RESOURCES = ("money", "messages", "time")


def limits_of(
    campaigns: Iterable[Campaign], prices: Mapping[str, float] | None = None
) -> dict[str, tuple[LimitView, ...]]:
    """The limits of many campaigns by key, in one query: the campaign's own first, money before messages and time."""
    keys = [campaign.key for campaign in campaigns]
    found: defaultdict[str, list[LimitView]] = defaultdict(list)
    for budget in Budget.objects.filter(stream__source__in=keys).select_related("stream"):
        found[budget.stream.source].append(_view(budget, prices or {}))
    return {key: tuple(sorted(lines, key=_place)) for key, lines in found.items()}


def money_of(lines: Iterable[LimitView]) -> LimitView | None:
    """The campaign's money."""
    return next((line for line in lines if line.scope == "campaign" and line.resource == "money"), None)


def price_name(scope: str, resource: str) -> str:
    """How a plan names a limit's shadow price."""
    return resource if scope == "campaign" else f"{scope}:{resource}"


def _view(budget: Budget, prices: Mapping[str, float]) -> LimitView:
    scale = SCALE.get(budget.resource, 1.0)
    limit, reserved, committed = (getattr(budget, name) / scale for name in ("limit", "reserved", "committed"))
    price = prices.get(price_name(budget.scope, budget.resource), 0.0)
    step = STEP.get(budget.resource, 1.0)
    return LimitView(
        scope=budget.scope,
        resource=next(each for each in ("money", "messages", "time") if each == budget.resource),
        limit=limit,
        reserved=reserved,
        committed=committed,
        left=(budget.limit - budget.reserved - budget.committed) / scale,
        level=_level(budget),
        warn_at=budget.stream.warn_share,
        window_days=budget.window_days or None,
        price=Price(step, price * step) if price > 0 else None,
    )


def _level(budget: Budget) -> Level:
    used = budget.reserved + budget.committed
    if budget.scope == "customer":
        return "ok"
    if used >= budget.limit:
        return "reached"
    return "near" if used >= budget.stream.warn_share * budget.limit else "ok"


def _place(line: LimitView) -> tuple[int, str, int]:
    return _ORDER.get(line.scope, 1), line.scope, _RESOURCES.index(line.resource)
