"""A proposal keeps every limit in whole micros, is replayable, and what it logs is what it drew from."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.decisions import economics, guard
from setpoint.decisions.actions import build_actions
from setpoint.decisions.proposing import propose
from setpoint.decisions.tests.worlds import (
    ACTIONS,
    OFFERS,
    VARIANTS,
    World,
    answer,
    campaign,
    is_sent,
    make_problem,
)
from setpoint.decisions.types import RoundLimits
from setpoint.kernel.errors import Invalid


def test_actions_are_offers_by_variants_on_their_own_channels():
    assert ACTIONS[0].key == "none"
    assert len(ACTIONS) == 1 + len(OFFERS) * len(VARIANTS)
    assert build_actions(OFFERS, VARIANTS, {"webhook": (0, 0)}, ["09:00"]) == (ACTIONS[0],)
    assert len(build_actions([], VARIANTS, {"email": (1, 0)}, ["09:00", "18:00"])) == 7


def test_too_many_actions_are_refused():
    with pytest.raises(Invalid):
        build_actions(OFFERS, VARIANTS, {"email": (1, 0)}, [str(k) for k in range(100)])


def uses(problem, proposal):
    sent = is_sent(proposal)
    cost = np.array([action.send_cost for action in problem.actions])[proposal.chosen] + proposal.liability
    return int(cost[sent].sum()), int(sent.sum())


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**8),
    st.integers(0, 400),
    st.sampled_from(["thompson", "fixed_split", "best_arm"]),
)
@settings(max_examples=8, deadline=None)
def test_what_is_put_aside_never_passes_a_limit(seed, money, messages, policy):
    world = World(seed, n=300)
    first = propose(make_problem(world, limits=RoundLimits(money=20_000_000)))
    past = answer(world, first)[0]
    for history in (None, past):
        limits = RoundLimits(money=money, messages=messages, seconds=500, channel_messages={"email": 350})
        problem = make_problem(world, round=2, limits=limits, history=history, policy=policy)
        proposal = propose(problem)
        spent, sent = uses(problem, proposal)
        assert spent <= money
        assert sent <= min(messages, 250, 350)
        assert proposal.probabilities.sum(axis=1) == pytest.approx(1)
        assert not proposal.guard_dropped[proposal.chosen > 0].any()


def test_the_same_problem_gives_the_same_bytes():
    problem = make_problem(World(3))
    first, second = propose(problem), propose(problem)
    for each in fields(first):
        one, other = getattr(first, each.name), getattr(second, each.name)
        assert one.tobytes() == other.tobytes() if isinstance(one, np.ndarray) else one == other


def test_liability_is_the_full_face_whatever_is_known():
    world = World(3)
    problem = make_problem(world)
    proposal = propose(problem)
    offered = proposal.chosen > 3
    assert offered.any()
    assert not offered.all()
    assert set(proposal.liability[offered]) == {2_000_000}
    assert set(proposal.liability[~offered]) == {0}


def test_ghosts_are_a_share_of_the_chosen_and_never_held_out():
    proposal = propose(make_problem(World(5), limits=RoundLimits(), ghost_share=0.3))
    chosen = (proposal.chosen > 0) & ~proposal.held_out
    assert proposal.ghost[chosen].mean() == pytest.approx(0.3, abs=0.06)
    assert not proposal.ghost[~chosen].any()
    out = proposal.held_out.mean()
    assert proposal.suppressed_share == pytest.approx(out + (1 - out) * 0.3)


def test_a_ghost_coin_sticks_for_as_many_rounds_as_asked():
    world = World(6)
    sticky = {"settings": {"base_rate": 0.06, "ghost_rounds": 10}, "limits": RoundLimits(), "ghost_share": 0.5}
    one, two = (propose(make_problem(world, round=number, **sticky)) for number in (1, 2))
    both = (one.chosen > 0) & (two.chosen > 0)
    assert (one.ghost[both] == two.ghost[both]).all()


def test_ineligible_customers_get_nothing():
    problem = make_problem(World(7))
    eligible = np.zeros_like(problem.contexts.eligible)
    eligible[:, 0] = True
    proposal = propose(replace(problem, contexts=replace(problem.contexts, eligible=eligible)))
    assert not proposal.chosen.any()
    assert proposal.forecast_cost == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"actions": ACTIONS[1:]},
        {"held_out": np.zeros(3, dtype=bool)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(broken):
    with pytest.raises(Invalid):
        propose(make_problem(World(8), **broken))


def test_features_that_are_not_numbers_are_refused():
    problem = make_problem(World(8))
    bad = problem.contexts.features.copy()
    bad[0, 0] = np.nan
    with pytest.raises(Invalid):
        propose(replace(problem, contexts=replace(problem.contexts, features=bad)))


ROWS = st.lists(st.tuples(st.integers(1, 1000), st.floats(-1, 1), st.booleans()), min_size=1, max_size=60)


@given(ROWS, st.integers(0, 20_000))
@settings(max_examples=100, deadline=None)
def test_the_guard_keeps_the_limit_and_treats_those_held_back_alike(rows, limit):
    use, worth, sent = (np.array(column) for column in zip(*rows, strict=True))
    lots = np.linspace(0, 1, len(rows))
    out = guard.dropped([(limit, use)], sent, worth, lots)
    kept = int(use[sent & ~out].sum())
    assert kept <= limit
    rank = np.lexsort((lots, np.maximum(worth, 1e-12) / use))
    assert np.all(np.diff(out[rank].astype(int)) <= 0), "one threshold for all, sent or held back"
    if out.any():
        last = rank[out.sum() - 1]
        assert sent[last]
        assert kept + use[last] > limit, "no more than needed"


@given(st.floats(0, 5), st.integers(0, 100))
def test_liabilities_are_rounded_up(amount, cost):
    action = replace(ACTIONS[4], send_cost=cost)
    reserve = np.array([[0.0, amount + cost / 1e6]])
    aside = economics.liabilities(reserve, (ACTIONS[0], action), np.array([1]))[0]
    assert amount * 1e6 - 1 <= aside <= amount * 1e6 + 1


def test_a_closed_loop_beats_test_then_best_by_half_per_money():
    ours, usual = [], []
    for seed in (1, 2, 3):
        world = World(seed)
        gained, spent, verdicts = campaign(world, "thompson")
        ours.append(gained / spent)
        gained, spent, _ = campaign(world, "best_arm", ghost_share=0.0)
        usual.append(gained / spent)
    assert verdicts[-1] == "proven"
    assert np.mean(ours) >= 1.5 * np.mean(usual), (ours, usual)


def test_without_heterogeneity_personalisation_is_mostly_not_proven():
    last = []
    for seed in range(6):
        world = World(seed, heterogeneity=0.0, n=5000)
        last.append(campaign(world, "fixed_split", rounds=2, money=20_000.0, ghost_share=0.3)[2][-1])
    assert last.count("proven") <= 1
    assert last.count("not proven") >= 4
