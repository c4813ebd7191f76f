from dataclasses import replace
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from setpoint.experiments.increment import ReadingPlan, read_sums
from setpoint.experiments.services import read_increment
from setpoint.experiments.sums import IncrementSums, bounds, sums_of, total
from setpoint.experiments.tests.worlds import World, planned, play
from setpoint.experiments.types import Cohort
from setpoint.kernel.errors import Invalid


def cohort(sent, withheld, share=0.25, number=1):
    """A cohort of given outcomes."""
    outcome = np.array([*sent, *withheld], dtype=float)
    exposed = np.array([True] * len(sent) + [False] * len(withheld))
    return Cohort(number, exposed, np.full(len(outcome), share), outcome, np.zeros(len(outcome)))


def counted(sent, withheld, share=0.25):
    """Sums of conversions without any prediction."""
    weight, conversions = (1 - share) / share, float(sent + withheld)
    parts = {"conversions_exposed": sent, "conversions_withheld": withheld, "effect": sent - weight * withheld}
    spread = {"variance": weight * conversions, "outcome_part": weight * conversions}
    return IncrementSums(10_000, 3_000, **parts, **spread, outcomes=conversions, squares=conversions)


def test_estimate_by_hand():
    found = total(sums_of([cohort([1, 1, 0, 0, 0, 1], [1, 0], share=0.25)]))
    assert (found.exposed, found.withheld) == (6, 2)
    assert (found.conversions_exposed, found.conversions_withheld) == (3.0, 1.0)
    # centres: rows 1, 3, 5, 7 have the mean of the held-back among rows 0, 2, 4, 6 (one conversion), and vice versa
    residual_sent, residual_withheld = [1 - 0, 1 - 1, 0, -1, 0, 1 - 1], [1 - 0, 0 - 1]
    assert found.effect == pytest.approx(sum(residual_sent) - 3 * sum(residual_withheld))


def test_the_estimate_is_unbiased_whatever_the_prediction():
    random = np.random.default_rng(4)
    outcome = np.concatenate([np.ones(40), np.zeros(160)])
    without = outcome.copy()
    without[:15] = 0.0
    guess = random.normal(0.3, 1.0, 200)
    share, found = 0.3, []
    for _ in range(4000):
        sent = random.random(200) >= share
        rows = Cohort(1, sent, np.full(200, share), np.where(sent, outcome, without), guess)
        found.append(float(total(sums_of([rows])).effect) - float((outcome - without)[sent].sum()))
    assert np.mean(found) == pytest.approx(0, abs=4 * np.std(found) / sqrt(len(found)))


@given(st.permutations(range(5)))
def test_sums_add_up_in_any_order(order):
    parts = sums_of(play(World(customers=400, rounds=5), np.random.default_rng(2))[0])
    forward, shuffled = total(parts), total([parts[place] for place in order])
    for name in IncrementSums.__dataclass_fields__:
        assert getattr(forward, name) == pytest.approx(getattr(shuffled, name))


@given(st.integers(20, 400), st.integers(10, 120), st.floats(0.5, 4))
def test_bounds_surround_the_estimate_and_widen(sent, withheld, multiplier):
    near, far = bounds(counted(sent, withheld), multiplier), bounds(counted(sent, withheld), multiplier + 0.5)
    assert far.lower <= near.lower <= near.estimate <= near.upper <= far.upper


@pytest.mark.parametrize(("sent", "withheld"), [(90, 12), (200, 40), (400, 100)])
def test_the_bound_agrees_with_the_exact_binomial_law(sent, withheld):
    """At the bound, held-back conversions this few have about the chance that the multiplier stands for."""
    low = float(bounds(counted(sent, withheld), 1.645).lower)
    chance = binom.cdf(withheld, round(sent + withheld - low), 0.25)
    chance_mid = chance - 0.5 * binom.pmf(withheld, round(sent + withheld - low), 0.25)
    assert chance_mid == pytest.approx(0.05, abs=0.014)
    assert chance > 0.04


def test_refuses_to_judge_too_little():
    reading = read_sums(counted(30, 4), ReadingPlan(1000.0))
    assert reading.verdict == "not enough data"
    assert reading.method == "none"
    assert reading.missing == {"conversions": 16.0, "conversions_withheld": 6.0}
    assert reading.reason == (
        "Too little has happened to judge: 16 more conversions in all and 6 more conversions among those held back "
        "are needed."
    )
    assert reading.proven_at_least == -inf


def test_nothing_at_all_is_not_enough_data():
    reading = read_increment([], planned_information=100.0)
    assert (reading.verdict, reading.estimate, reading.exposed) == ("not enough data", 0.0, 0)
    silent = read_increment([cohort([0] * 50, [0] * 20)], planned_information=100.0)
    assert silent.verdict == "not enough data"


def test_verdicts():
    assert read_sums(counted(400, 60), ReadingPlan(1400.0)).verdict == "proven"
    assert read_sums(counted(300, 100), ReadingPlan(1200.0)).verdict == "not proven"
    assert read_sums(counted(200, 150), ReadingPlan(1200.0)).verdict == "harm proven"


def test_the_same_look_twice_is_one_look():
    plan = ReadingPlan(2000.0, looks=(0.3,))
    first = read_sums(counted(300, 60), plan)
    again = read_sums(counted(300, 60), replace(plan, looks=(0.3, first.information)))
    assert (again.proven_at_least, again.looks) == (first.proven_at_least, first.looks) == (first.proven_at_least, 2)


def test_the_last_look_spends_what_is_left():
    plan = ReadingPlan(3000.0)
    assert read_sums(counted(300, 60), replace(plan, last=True)).multiplier == pytest.approx(1.645, abs=1e-3)
    assert read_sums(counted(300, 60), plan).multiplier > 2.1


@pytest.mark.parametrize(
    ("plan", "field"), [({"alpha": 0.0}, "alpha"), ({"planned_information": 0.0}, "planned_information")]
)
def test_impossible_plans_are_refused(plan, field):
    with pytest.raises(Invalid) as caught:
        read_increment([], **{"planned_information": 10.0} | plan)
    assert caught.value.field == field


def test_a_row_that_could_not_be_held_back_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        sums_of([cohort([1, 0], [1], share=0.0)])


def test_amounts_are_winsorised():
    calm = [0.0] * 2000 + [20.0] * 100
    wild = sums_of([cohort([*calm, 1e6], calm)])[0]
    assert wild.effect < 200
    assert wild.outcomes == pytest.approx(201 * 20.0, rel=0.3)


@pytest.mark.parametrize("method", ["group sequential", "confidence sequence"])
def test_the_bound_holds_at_all_looks(method):
    """Repeated customers, faithful and rare buyers, a persistent hold-out, an effect that ends: error at most alpha."""
    world, random, misses, campaigns = World(rounds=6, effect=0.02, effect_rounds=2), np.random.default_rng(11), 0, 150
    for _ in range(campaigns):
        cohorts, truth = play(world, random)
        parts, plan = sums_of(cohorts), ReadingPlan(planned(cohorts), method=method)
        looks, missed = [], False
        for number in range(1, len(parts) + 1):
            reading = read_sums(total(parts[:number]), replace(plan, looks=tuple(looks)))
            looks += [reading.information] if reading.method != "none" else []
            missed |= reading.proven_at_least > truth[number - 1]
        misses += missed
    assert misses <= binom.ppf(0.999, campaigns, 0.05)


def test_repeated_customers_widen_the_bound():
    cohorts, _ = play(World(spread=2.0, holdout=0.2), np.random.default_rng(3))
    tied = bounds(total(sums_of(cohorts)), 1.645)
    loose = bounds(total(sums_of([replace(cohort, customer_ids=None) for cohort in cohorts])), 1.645)
    assert tied.estimate == loose.estimate
    assert 1.02 < tied.standard_error / loose.standard_error < 1.6
