from dataclasses import replace
from math import inf

import numpy as np
import pytest

from setpoint.experiments.services import echo_check, goal_is_proven, net_reading, read_increment
from setpoint.experiments.tests.worlds import World, planned, play
from setpoint.experiments.types import EchoCheck, Reading


def reading(estimate, low, **more):
    return Reading(estimate, low, (low, inf), 10.0, "proven", "group sequential", 0.9, 5, 900, 300, 90.0, 30.0, **more)


def echo(net=(300, 150), far=(300, 50), *, z=0.1, share=0.9):
    return EchoCheck(4, 900, share, 5.0, 50.0, z, z < -1.645, z < -0.84, reading(*net), reading(*far))


PROVEN = reading(300, 210)


@pytest.mark.parametrize(
    ("window", "after", "reason"),
    [
        (PROVEN, echo(), "proven"),
        (reading(300, 199), echo(), "window_below_target"),
        (PROVEN, None, "echo_open"),
        (PROVEN, echo(net=(170, 20)), "net_below_target"),
        (PROVEN, echo(net=(300, -1)), "net_not_positive"),
        (PROVEN, echo(far=(100, -1)), "proven"),
        (PROVEN, echo(far=(100, -1), z=-1.0), "net_not_positive"),
        (PROVEN, echo(z=-2.0), "pulled_forward"),
        (PROVEN, echo(net=(300, 190), z=-2.0), "proven"),
    ],
)
def test_rules(window, after, reason):
    check = goal_is_proven(window, after, 200.0)
    assert (check.proven, check.reason) == (reason == "proven", reason)


def test_too_little_data_is_no_proof():
    silent = read_increment([], planned_information=10.0)
    assert goal_is_proven(silent, None, 1.0).reason == "not_enough_data"
    after = replace(echo(), net=silent)
    assert goal_is_proven(PROVEN, after, 200.0).reason == "echo_not_enough_data"


def test_echo_of_sends_that_cause():
    cohorts, truth = play(World(effect=0.03), np.random.default_rng(5))
    check = echo_check(cohorts[:-1], planned_information=planned(cohorts))
    assert not check.negative
    assert check.exposed_share == 1.0
    assert check.net.estimate == pytest.approx(truth[-2], abs=3 * check.net.standard_error)
    window = read_increment(cohorts, planned_information=planned(cohorts))
    assert goal_is_proven(window, check, truth[-1] / 3).proven


def test_echo_of_sends_that_only_move():
    cohorts, _ = play(World(moved=0.03), np.random.default_rng(6))
    check = echo_check(cohorts, planned_information=planned(cohorts))
    window = read_increment(cohorts, planned_information=planned(cohorts))
    assert window.proven_at_least > 100
    assert check.negative
    assert check.far.proven_at_least < 0
    assert goal_is_proven(window, check, 100.0).reason == "pulled_forward"


def test_only_closed_echoes_count():
    cohorts, _ = play(World(), np.random.default_rng(7))
    still_open = [replace(cohort, echo=None) for cohort in cohorts]
    assert echo_check(still_open, planned_information=100.0) is None
    assert net_reading(still_open, planned_information=100.0) is None
    half = echo_check([*cohorts[:4], *still_open[4:]], planned_information=planned(cohorts))
    sent = [int(cohort.exposed.sum()) for cohort in cohorts]
    assert half.exposed_share == sum(sent[:4]) / sum(sent)
    assert half.cohorts == 4
    assert net_reading(cohorts[:4], planned_information=planned(cohorts)) == half.net


def test_looks_of_the_echo_follow_the_rounds():
    cohorts, _ = play(World(), np.random.default_rng(8))
    plan = planned(cohorts)
    window = read_increment(cohorts[:4], planned_information=plan)
    check = echo_check(cohorts[:4], planned_information=plan)
    assert check.net.information == pytest.approx(window.information)
    assert check.net.looks == 4
    sequence = echo_check(cohorts[:4], planned_information=plan, method="confidence sequence")
    assert sequence.net.method == "confidence sequence"
