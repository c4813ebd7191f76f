"""Every registered policy keeps the contract; each built-in does what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.kernel.errors import NotFound
from setpoint.learning.checks import ACTIONS, check_policy, make_situation, make_trials
from setpoint.learning.drawing import draw, expected_use, within_limits
from setpoint.learning.exploring import balanced
from setpoint.learning.policies.best_arm import BestArmAfterTest
from setpoint.learning.policies.fixed_split import FixedSplit
from setpoint.learning.policies.thompson import Thompson
from setpoint.learning.registry import make_policy, policies
from setpoint.learning.types import Distribution, Resource


@pytest.mark.parametrize("name", policies.names())
def test_every_registered_policy_keeps_the_contract(name):
    check_policy(lambda: make_policy(name))


class Careless:
    version = "careless/1"

    def fit(self, trials):
        return self

    def distribution(self, situation):
        return Distribution(np.full(situation.eligible.shape, 1 / len(situation.actions)))


def test_the_suite_finds_a_policy_that_sends_to_the_ineligible():
    with pytest.raises(AssertionError, match="not eligible"):
        check_policy(Careless)


def test_an_unknown_policy_is_named_with_the_known_ones():
    with pytest.raises(NotFound) as caught:
        make_policy("guess")
    assert "thompson" in caught.value.remedy


@pytest.mark.parametrize("policy", [Thompson(), FixedSplit(), BestArmAfterTest()])
@pytest.mark.parametrize("trials", [None, make_trials(3000)])
def test_limits_hold_in_expectation(policy, trials):
    situation = make_situation(2000, trials, money=30.0)
    answer = policy.fit(trials).distribution(situation)
    for resource in situation.resources:
        assert expected_use(answer.probabilities, resource, situation.weight)[0] <= resource.limit * 1.11


def test_thompson_never_puts_all_on_one_action():
    trials = make_trials(6000)
    answer = Thompson().fit(trials).distribution(make_situation(500, trials))
    assert answer.floor > 0
    assert answer.probabilities.max() < 1


def test_thompson_prefers_better_actions_once_they_are_known():
    trials = make_trials(40_000)
    situation = make_situation(2000, trials, money=1e9)
    situation = replace(situation, resources=(Resource("messages", 400.0, situation.resources[1].amounts),))
    shares = Thompson().fit(trials).distribution(situation).probabilities.mean(axis=0)
    assert shares[4] == shares[1:].max()
    assert shares[4] > 2 * shares[1]


def test_a_small_need_spends_less():
    trials = make_trials(20_000)
    situation = make_situation(2000, trials, money=200.0)
    much = Thompson().fit(trials).distribution(situation).probabilities
    little = Thompson().fit(trials).distribution(replace(situation, need=5.0)).probabilities
    money = situation.resources[0]
    assert expected_use(little, money, situation.weight)[0] < expected_use(much, money, situation.weight)[0] / 2


def test_best_arm_tests_first_and_then_sends_the_best_rate():
    trials = make_trials(20_000)
    first = make_situation(2000, None, money=1e9)
    tested = BestArmAfterTest(test_share=0.2).fit(None).distribution(first).probabilities
    assert tested[:, 1:].sum(axis=1).max() == pytest.approx(0.2)
    rates = [trials.converted[trials.exposed & (trials.chosen == a)].mean() for a in range(1, len(ACTIONS))]
    best = 1 + int(np.argmax(rates))
    later = make_situation(2000, trials, money=1e9)
    shares = BestArmAfterTest().fit(trials).distribution(later).probabilities
    served = (shares[:, best] == 1) | ~later.eligible[:, best]
    assert served[: len(served) // 4].all()


def test_fixed_split_follows_its_weights():
    situation = make_situation(1000, None, money=1e9)
    situation = replace(situation, resources=())
    key = ACTIONS[2].key
    shares = FixedSplit({key: 1.0}).distribution(situation).probabilities
    assert (shares[:, 2] == situation.eligible[:, 2]).all()


def test_exploration_is_balanced_towards_cheap_actions_and_keeps_limits():
    situation = make_situation(3000, None, money=40.0)
    shares = balanced(situation)
    assert shares[:, 1].mean() > 3 * shares[:, 3].mean() > 0
    assert expected_use(shares, situation.resources[0], situation.weight)[0] <= 40.0 + 1e-9


@given(st.integers(0, 10**6), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_draws_follow_the_probabilities(seed, width):
    rng = np.random.default_rng(seed)
    row = rng.dirichlet(np.ones(width)) * (rng.random(width) < 0.8)
    row = row / row.sum() if row.sum() > 0 else np.eye(width)[0]
    table = np.tile(row, (20_000, 1))
    chosen = draw(table, (np.arange(20_000) + 0.5) / 20_000)
    assert np.bincount(chosen, minlength=width) / 20_000 == pytest.approx(row, abs=1e-3)
    assert draw(table[:1], np.array([np.nextafter(1, 0)]))[0] == np.flatnonzero(row)[-1]


@given(st.integers(0, 10**6), st.floats(0.1, 50))
@settings(max_examples=40, deadline=None)
def test_scaling_to_limits_leaves_room_for_luck(seed, limit):
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(4), 200)
    amounts = rng.gamma(1, 1, (200, 4))
    amounts[:, 0] = 0
    resource = Resource("money", limit, amounts)
    kept, share = within_limits(table, [resource], np.ones(200), deviations=1.0)
    mean, _ = expected_use(kept, resource, np.ones(200))
    assert mean <= limit + 1e-9
    assert kept.sum(axis=1) == pytest.approx(1)
    assert kept[:, 1:] == pytest.approx(table[:, 1:] * share)
