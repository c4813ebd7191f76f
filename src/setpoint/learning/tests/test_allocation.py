"""Limits are never passed, the bound is a bound, and the best choice is nearly found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from setpoint.learning.allocation import Need, allocate
from setpoint.learning.types import Resource


def make_case(seed: int, n: int, width: int, kinds: int):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.3, 1, (n, width))
    values[:, 0] = 0
    cost = rng.gamma(1.0, 1.0, (n, width))
    cost[:, 0] = 0
    sends = np.ones(width)
    sends[0] = 0
    channel = np.zeros(width)
    channel[1 : 1 + width // 2] = 1
    every = [
        Resource("money", float(rng.uniform(0, n)), cost),
        Resource("messages", float(rng.integers(0, n + 1)), sends),
        Resource("email:money", float(rng.uniform(0, n / 2)), cost, channel),
        Resource("email:messages", float(rng.integers(0, n + 1)), sends, channel),
    ]
    eligible = rng.random((n, width)) < 0.8
    eligible[:, 0] = True
    weight = np.where(rng.random(n) < 0.15, 0.0, 0.9)
    return values, cost, every[:kinds], eligible, weight


def exact(values, resources, eligible, weight, *, need=None, cost=None):
    """The optimum by mixed-integer programming (HiGHS)."""
    n, width = values.shape
    objective = -(values * weight[:, None]) if need is None else cost * weight[:, None]
    one = np.kron(np.eye(n), np.ones(width))
    constraints = [LinearConstraint(one, 1, 1)]
    for resource in resources:
        amounts = np.broadcast_to(resource.amounts, (n, width)) * (1 if resource.actions is None else resource.actions)
        constraints.append(LinearConstraint((amounts * weight[:, None]).ravel()[None], -np.inf, resource.limit))
    if need is not None:
        constraints.append(LinearConstraint((values * weight[:, None]).ravel()[None], need, np.inf))
    bounds = Bounds(0, eligible.astype(float).ravel())
    solved = milp(objective.ravel(), integrality=np.ones(n * width), constraints=constraints, bounds=bounds)
    return solved.fun if solved.success else None


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(2, 5), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_limits_hold_and_the_bound_bounds_the_optimum(seed, n, width, kinds):
    values, _, resources, eligible, weight = make_case(seed, n, width, kinds)
    found = allocate(values, resources, weight=weight, eligible=eligible)
    assert eligible[np.arange(n), found.chosen].all()
    for resource in resources:
        assert found.usage[resource.name] <= resource.limit + 1e-9
    best = -exact(values, resources, eligible, weight)
    assert found.value <= best + 1e-6
    assert found.bound >= best - 1e-5 * max(1, best)
    assert found.value == pytest.approx((values[np.arange(n), found.chosen] * weight).sum())


@given(st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_large_cases_are_solved_to_within_two_customers(seed):
    values, _, resources, eligible, weight = make_case(seed, 4000, 6, 4)
    found = allocate(values, resources, weight=weight, eligible=eligible)
    again = allocate(values, resources, weight=weight, eligible=eligible, prices=found.prices)
    assert found.bound - found.value <= 2 * values.max() + 1e-4 * found.bound
    assert again.value == pytest.approx(found.value, abs=2 * values.max())
    assert all(found.usage[each.name] <= each.limit * (1 + 1e-9) for each in resources)


@given(st.integers(0, 10**6), st.floats(0.05, 0.95))
@example(162, 0.5)  # nothing can be bought, so nothing is needed
@settings(max_examples=25, deadline=None)
def test_a_need_is_reached_at_nearly_the_least_cost(seed, share):
    values, cost, resources, eligible, weight = make_case(seed, 12, 4, 2)
    most = allocate(values, resources, weight=weight, eligible=eligible)
    need = share * most.value
    found = allocate(values, resources, weight=weight, eligible=eligible, need=Need(need, cost))
    assert found.reached
    assert found.effect >= need - 1e-9
    assert all(found.usage[each.name] <= each.limit + 1e-9 for each in resources)
    least = exact(values, resources, eligible, weight, need=need, cost=cost)
    assert found.value >= least - 1e-6
    assert found.bound <= least + 1e-5


def test_a_need_of_a_large_audience_costs_what_the_certificate_says():
    values, cost, resources, eligible, weight = make_case(5, 4000, 6, 1)
    most = allocate(values, resources, weight=weight, eligible=eligible)
    found = allocate(values, resources, weight=weight, eligible=eligible, need=Need(most.value / 2, cost))
    assert found.gap < 0.02
    assert found.effect == pytest.approx(most.value / 2, rel=0.02)
    assert found.usage["money"] < most.usage["money"]


def test_an_unreachable_need_gets_the_most_that_the_limits_allow():
    values, cost, resources, eligible, weight = make_case(5, 500, 4, 2)
    most = allocate(values, resources, weight=weight, eligible=eligible)
    found = allocate(values, resources, weight=weight, eligible=eligible, need=Need(10 * most.value + 1, cost))
    assert not found.reached
    assert found.value == pytest.approx(most.value)


def test_nothing_to_spend_means_nobody():
    values, cost, _, eligible, weight = make_case(1, 50, 4, 1)
    found = allocate(values, [Resource("money", 0.0, cost)], weight=weight, eligible=eligible)
    assert not found.chosen.any()


def test_no_limits_and_no_customers():
    assert allocate(np.zeros((0, 3)), []).value == 0
    found = allocate(np.array([[0.0, 1.0, 2.0], [0.0, -1.0, -2.0]]), [])
    assert found.chosen.tolist() == [2, 0]


def test_held_out_rows_are_priced_but_use_nothing():
    values = np.tile([0.0, 1.0], (10, 1))
    weight = np.array([1.0] * 5 + [0.0] * 5)
    found = allocate(values, [Resource("messages", 5.0, np.array([0.0, 1.0]))], weight=weight)
    assert found.usage["messages"] == 5
    assert found.chosen[:5].all()
