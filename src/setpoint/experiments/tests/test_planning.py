from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.experiments.forecast import NOTHING_READ
from setpoint.experiments.increment import ReadingPlan, read_sums
from setpoint.experiments.services import chance_of_goal, planned_information, power_plan
from setpoint.experiments.sums import sums_of, total
from setpoint.experiments.tests.test_increment import counted
from setpoint.experiments.tests.worlds import World, play
from setpoint.experiments.types import PowerQuestion
from setpoint.kernel.errors import Invalid

QUESTION = PowerQuestion(
    audience=20_000,
    chosen_per_round=5000,
    rounds=10,
    base_rate=0.03,
    ghost_share=0.2,
    holdout_share=0.05,
    target=200.0,
    assumed_effect=0.012,
)


def chance(effect=40.0, target=300.0, rounds=8, read=NOTHING_READ, variance=800.0, sd=5.0):
    forecast = {"forecast_effect_per_round": effect, "forecast_sd": sd, "forecast_variance_per_round": variance}
    return chance_of_goal(read, remaining_rounds=rounds, target=target, **forecast)


@settings(max_examples=15)
@given(st.floats(0, 100), st.floats(0, 100), st.floats(50, 500))
def test_more_effect_never_lowers_the_chance(one, two, target):
    low, high = sorted((one, two))
    assert chance(low, target).proof <= chance(high, target).proof
    assert chance(low, target).estimate <= chance(high, target).estimate


@settings(max_examples=15)
@given(st.floats(0, 100), st.floats(50, 500))
def test_a_proof_is_rarer_than_an_estimate_that_meets_the_target(effect, target):
    found = chance(effect, target)
    assert 0 <= found.proof <= 1
    assert found.proof <= found.estimate + 0.06


def test_the_end_is_certain():
    judged = read_sums(counted(600, 60), ReadingPlan(2000.0))
    assert chance(rounds=0, read=judged, target=judged.proven_at_least - 1).proof == 1.0
    assert chance(rounds=0, read=judged, target=judged.estimate + 1) == type(chance())(0.0, 0.0, judged.estimate)


def test_without_effect_the_chance_of_a_false_proof_is_below_alpha():
    assert chance(0.0, target=0.001, sd=0.0).proof < 0.05


def test_same_question_same_answer():
    assert chance() == chance()


def test_planned_information_is_what_a_campaign_sees():
    world = World(rounds=10, spread=0.1, base=0.05)
    seen = np.mean([total(sums_of(play(world, np.random.default_rng(seed))[0])).variance for seed in range(3)])
    expected = planned_information(world.customers / 2 * world.rounds, world.share, world.base)
    assert seen == pytest.approx(expected, rel=0.08)
    with pytest.raises(Invalid):
        planned_information(1000, 0.0, 0.03)


def test_standard_error_and_chance_agree_with_simulation():
    plan = power_plan(QUESTION)
    assert plan.sends == 38_000
    assert plan.withheld == 12_000
    assert plan.assumed_increment == pytest.approx(456)
    assert plan.standard_error == pytest.approx(np.sqrt(50_000 * 0.03 * 0.76 / 0.24 + 456))
    assert plan.chance_of_proof > 0.8
    assert "fine" in plan.advice


def test_advice_when_the_target_cannot_be_proven():
    plan = power_plan(replace(QUESTION, target=420.0))
    assert plan.chance_of_proof < 0.5
    assert set(plan.advice) >= {"lower_target", "more_rounds"}
    assert plan.details["lower_target"]["target"] == plan.largest_target < 420
    assert plan.details["more_rounds"]["rounds"] > 10
    assert set(plan.details) == set(plan.advice)
    again = power_plan(replace(QUESTION, target=plan.largest_target))
    assert again.chance_of_proof >= 0.78


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": 900.0}, "target_above_assumed"),
        ({"ghost_share": 0.0, "holdout_share": 0.0}, "no_hold_out"),
        ({"base_rate": 0.0}, "no_hold_out"),
        ({"audience": 3000}, "audience_used_up"),
        ({"base_rate": 0.0005, "target": 10.0}, "too_few_conversions"),
        ({"ghost_share": 0.0, "holdout_share": 0.02, "target": 250.0}, "raise_ghost_share"),
    ],
)
def test_advice_codes(change, code):
    assert code in power_plan(replace(QUESTION, **change)).advice


@settings(max_examples=10)
@given(st.floats(0.02, 0.6), st.integers(1, 15), st.floats(0.002, 0.3))
def test_plans_are_sound(ghost, rounds, base):
    plan = power_plan(replace(QUESTION, ghost_share=ghost, rounds=rounds, base_rate=base))
    assert plan.smallest_provable > plan.standard_error > 0
    assert 0 <= plan.chance_of_proof <= 1
    assert plan.sends + plan.withheld == pytest.approx(5000 * rounds, abs=1)
    assert plan.information > 0
