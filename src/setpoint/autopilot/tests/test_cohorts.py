"""Cohorts: who counts as sent, from which data predictions come, and when a window is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.autopilot.cohorts import cohorts_of
from setpoint.autopilot.outcomes import Outcomes
from setpoint.autopilot.tests.test_pacing import SPEC, START
from setpoint.autopilot.types import Running

SIZE = 60
DECIDED = np.datetime64("2026-03-02T00:00:00", "us")


def running(metric: str = "conversions") -> Running:
    spec = replace(SPEC, goal=replace(SPEC.goal, metric=metric))  # type: ignore[arg-type]
    return Running(1, "campaign:1", "Spring", spec, 3, START, START, START + timedelta(days=21))


def outcomes(seed: int, rounds: int = 3) -> Outcomes:
    luck = np.random.default_rng(seed)
    size = SIZE * rounds
    number = np.repeat(np.arange(1, rounds + 1), SIZE)
    chosen = luck.integers(0, 3, size)
    held_back = (luck.random(size) < 0.3) & (chosen > 0)
    converted = luck.random(size) < 0.2
    return Outcomes(
        rounds=number,
        customer_ids=np.tile(np.arange(SIZE), rounds),
        features=luck.normal(size=(size, 2)),
        chosen=chosen,
        held_back=held_back,
        suppressed_share=np.where(chosen > 0, 0.3, 0.0),
        exposed=(chosen > 0) & ~held_back,
        converted=converted,
        value=converted * luck.lognormal(3, 0.5, size),
        echo=np.where(number < rounds, 0.0, np.nan),
        redeemed=np.zeros(size, dtype=bool),
        closed=number < rounds,
        none_probability=luck.uniform(0.2, 0.8, size),
        decided_at=DECIDED + (number - 1) * np.timedelta64(7, "D"),
    )


@given(seed=st.integers(0, 2**32), rounds=st.integers(1, 4))
def test_each_closed_round_is_one_cohort_of_those_chosen(seed: int, rounds: int) -> None:
    found = outcomes(seed, rounds)
    cohorts = cohorts_of(running(), found, "conversions")
    assert [cohort.round for cohort in cohorts] == list(range(1, rounds))
    for cohort in cohorts:
        mine = (found.rounds == cohort.round) & (found.chosen > 0)
        assert len(cohort.outcome) == np.count_nonzero(mine)
        assert np.array_equal(cohort.exposed, ~found.held_back[mine])
        assert np.array_equal(cohort.outcome, found.converted[mine].astype(float))
        assert np.all(cohort.suppressed_share > 0)


@given(seed=st.integers(0, 2**32))
def test_predictions_never_look_at_their_own_round_or_a_later_one(seed: int) -> None:
    found = outcomes(seed)
    now_and_later = found.rounds >= 2
    other = replace(found, converted=np.where(now_and_later, ~found.converted, found.converted))
    before, after = (cohorts_of(running(), each, "conversions")[1].prediction for each in (found, other))
    assert np.array_equal(before, after)


@given(seed=st.integers(0, 2**32))
def test_predictions_never_look_at_those_who_were_sent_something(seed: int) -> None:
    found = outcomes(seed)
    other = replace(found, converted=np.where(found.exposed, ~found.converted, found.converted))
    before, after = (cohorts_of(running(), each, "conversions")[1].prediction for each in (found, other))
    assert np.array_equal(before, after)


def test_the_first_round_predicts_nothing() -> None:
    assert not cohorts_of(running(), outcomes(1), "conversions")[0].prediction.any()


def test_a_prediction_finds_what_traits_tell() -> None:
    found = outcomes(2)
    told = found.features[:, 0] > 0
    cohort = cohorts_of(running(), replace(found, converted=told), "conversions")[1]
    mine = (found.rounds == 2) & (found.chosen > 0)
    assert np.corrcoef(cohort.prediction, told[mine])[0, 1] > 0.6


@pytest.mark.parametrize(
    ("goal", "metric", "has_echo"),
    [("conversions", "conversions", True), ("revenue", "revenue", True), ("conversions", "revenue", False)],
)
def test_the_echo_belongs_to_the_goals_own_measure(goal: str, metric: str, has_echo: bool) -> None:
    cohorts = cohorts_of(running(goal), outcomes(3), metric)
    assert [cohort.echo is not None for cohort in cohorts] == [has_echo, has_echo]


def test_an_echo_that_is_still_open_is_no_echo() -> None:
    found = outcomes(4)
    cohorts = cohorts_of(running(), replace(found, echo=np.where(found.rounds == 2, np.nan, 0.0)), "conversions")
    assert [cohort.echo is not None for cohort in cohorts] == [True, False]


def test_a_round_in_which_nobody_was_chosen_is_no_cohort() -> None:
    found = outcomes(5)
    assert [
        c.round
        for c in cohorts_of(
            running(), replace(found, chosen=np.where(found.rounds == 1, 0, found.chosen)), "conversions"
        )
    ] == [2]
