"""A campaign's limits as the ledger keeps them: integers, a scope and a resource each."""

from __future__ import annotations

from setpoint.autopilot.types import Limits
from setpoint.delivery.types import BudgetLine, Limit, Resource
from setpoint.kernel import money

HOUR = 3600


def ledger_limits(limits: Limits) -> list[Limit]:
    """All limits that are set, money in micros, hours in seconds."""
    found = [_limit("campaign", "money", limits.money), _limit("campaign", "messages", limits.messages)]
    found.append(_limit("campaign", "time", limits.hours))
    for channel, own in sorted(limits.per_channel.items()):
        found += [
            _limit(f"channel:{channel}", "money", own.money),
            _limit(f"channel:{channel}", "messages", own.messages),
        ]
    each = limits.per_customer
    found.append(_limit("customer", "messages", each.messages, each.window_days))
    found.append(_limit("customer", "money", each.money, each.window_days))
    return [limit for limit in found if limit is not None]


def in_units(line: BudgetLine, amount: int) -> float:
    """An amount of a limit's resource as people say it: money in the main unit, time in hours."""
    return amount / {"money": money.MICROS, "time": HOUR}.get(line.resource, 1)


def _limit(scope: str, resource: Resource, amount: float | None, window_days: int | None = None) -> Limit | None:
    if amount is None:
        return None
    return Limit(scope=scope, resource=resource, amount=_whole(resource, amount), window_days=window_days)


def _whole(resource: Resource, amount: float) -> int:
    if resource == "money":
        return money.to_micros(amount)
    return int(amount * HOUR) if resource == "time" else int(amount)
