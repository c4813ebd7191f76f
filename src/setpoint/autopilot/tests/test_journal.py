from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.journal import Journal, restore
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.tests.test_pacing import SPEC, START, evaluation
from setpoint.autopilot.types import Evaluation, Running

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Answer:
    value: int
    note: str = "added later"


@pytest.fixture
def running() -> Running:
    campaign = Campaign.objects.create(name="Spring", spec={}, created_at=START)
    return Running(
        id=campaign.pk,
        key=campaign.key,
        name="Spring",
        spec=SPEC,
        number=1,
        launched_at=START,
        round_started_at=START,
        now=START,
    )


def test_a_finished_step_is_never_run_again(running: Running) -> None:
    calls = []

    def work(campaign: Running) -> Answer:
        calls.append(campaign.number)
        return Answer(len(calls))

    assert Journal().steps(running, 1)(work, running) == Answer(1)
    assert Journal().steps(running, 1)(work, running) == Answer(1)
    assert Journal().steps(running, 2)(work, running) == Answer(2)
    assert calls == [1, 1]


def test_a_step_that_fails_leaves_no_trace(running: Running) -> None:
    def work(campaign: Running) -> Answer:
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        Journal().steps(running, 1)(work, running)
    assert not Step.objects.exists()


def test_a_result_of_an_older_version_takes_the_defaults(running: Running) -> None:
    Step.objects.create(campaign_id=running.id, round=1, name="work", result={"value": 3}, finished_at=START)

    def work(campaign: Running) -> Answer:
        raise AssertionError("must not run")

    assert Journal().steps(running, 1)(work, running) == Answer(3, "added later")


def test_waiting_names_the_moment(running: Running) -> None:
    steps = Journal().steps(running, 1)
    with pytest.raises(Waiting) as waiting:
        steps.wait_until(START + timedelta(days=7))
    assert waiting.value.until == START + timedelta(days=7)
    late = replace(running, now=START + timedelta(days=7))
    Journal().steps(late, 1).wait_until(START + timedelta(days=7))


def test_an_evaluation_survives_the_journal() -> None:
    import json

    import msgspec

    before = evaluation(12.5, 3.0)
    assert restore(json.loads(json.dumps(msgspec.to_builtins(before))), Evaluation) == before
