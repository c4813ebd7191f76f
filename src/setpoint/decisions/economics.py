"""Money and other limited things of a round: what actions cost, what is put aside for them, and the limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setpoint.decisions.types import Action, DecisionProblem, Floats, Ints, RoundLimits
from setpoint.kernel.money import MICROS
from setpoint.learning.response import Economics
from setpoint.learning.types import Resource

_UNCAPPED = 3.0
_BASIS_POINTS = 10_000


def economics(problem: DecisionProblem) -> Economics:
    """Costs in the main currency unit. A percent offer costs its share of the order's value, at most its cap; one
    without a cap is counted as at most three times the expected discount."""
    order = problem.contexts.order_value
    typical = np.column_stack([_redemption(action, order) for action in problem.actions])
    most = np.column_stack([_most(action, order) for action in problem.actions])
    value = order if problem.goal == "revenue" else np.ones_like(order)
    costs = np.array([action.send_cost / MICROS for action in problem.actions])
    return Economics(costs, np.minimum(typical, most), most, value)


def _redemption(action: Action, order: Floats) -> Floats:
    if action.offer_kind == "percent":
        return action.offer_value / _BASIS_POINTS * order
    return np.full(len(order), action.offer_value / MICROS if action.offer_kind == "amount" else 0.0)


def _most(action: Action, order: Floats) -> Floats:
    if action.offer_kind == "percent" and not action.offer_cap:
        return _UNCAPPED * _redemption(action, order)
    if action.offer_kind == "percent":
        return np.full(len(order), action.offer_cap / MICROS)
    return _redemption(action, order)


def liabilities(reserve: Floats, actions: Sequence[Action], chosen: Ints) -> Ints:
    """(n,) whole micros to put aside for the chosen action's offer, rounded up. `reserve` (n, A) in the main unit."""
    costs = np.array([action.send_cost for action in actions], dtype=np.int64)
    rows = reserve[np.arange(len(chosen)), chosen] * MICROS
    aside: Ints = np.maximum(0, np.ceil(rows - costs[chosen] - 1e-6)).astype(np.int64)
    offered = np.array([action.offer_kind != "none" for action in actions])
    return np.where(offered[chosen], aside, 0)


def resources(limits: RoundLimits, actions: Sequence[Action], reserve: Floats) -> tuple[Resource, ...]:
    """The limits as learning sees them, money in the main unit. `reserve` (n, A) is what one send puts aside."""
    sends = np.array([action.key != "none" for action in actions], dtype=float)
    seconds = np.array([float(action.send_seconds) for action in actions]) * sends
    on = {name: _on(actions, name) for name in {*limits.channel_money, *limits.channel_messages}}
    found = [
        _limited("money", limits.money, reserve, None, MICROS),
        _limited("messages", limits.messages, sends, None, 1),
        _limited("seconds", limits.seconds, seconds, None, 1),
        *(_limited(f"{c}:money", limit, reserve, on[c], MICROS) for c, limit in sorted(limits.channel_money.items())),
        *(_limited(f"{c}:messages", limit, sends, on[c], 1) for c, limit in sorted(limits.channel_messages.items())),
    ]
    return tuple(each for each in found if each is not None)


def _on(actions: Sequence[Action], channel: str) -> Floats:
    return np.array([action.channel == channel for action in actions], dtype=float)


def _limited(name: str, limit: int | None, amounts: Floats, actions: Floats | None, unit: int) -> Resource | None:
    return None if limit is None else Resource(name, limit / unit, amounts, actions)


def exact_uses(limits: RoundLimits, actions: Sequence[Action], chosen: Ints, liability: Ints) -> list[tuple[int, Ints]]:
    """Each limit with what each row would use of it, in integers: micros, messages, seconds."""
    cost = np.array([action.send_cost for action in actions], dtype=np.int64)[chosen] + liability
    sends = (chosen > 0).astype(np.int64)
    seconds = np.array([action.send_seconds for action in actions], dtype=np.int64)[chosen]
    channels = np.array([action.channel for action in actions])[chosen]
    uses: list[tuple[int | None, Ints]] = [
        (limits.money, cost * sends),
        (limits.messages, sends),
        (limits.seconds, seconds * sends),
        *((limit, cost * sends * (channels == name)) for name, limit in limits.channel_money.items()),
        *((limit, sends * (channels == name)) for name, limit in limits.channel_messages.items()),
    ]
    return [(limit, use) for limit, use in uses if limit is not None]
