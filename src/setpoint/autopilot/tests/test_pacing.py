from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from setpoint.autopilot.pacing import round_limits, round_need, rounds_left
from setpoint.autopilot.types import ActionSpec, CampaignSpec, Evaluation, Goal, Limits
from setpoint.delivery.types import BudgetLine

START = datetime(2026, 3, 2, tzinfo=UTC)
SPEC = CampaignSpec(
    goal=Goal(metric="conversions", target=300, deadline=START + timedelta(days=70)),
    limits=Limits(money=1000),
    actions=ActionSpec(variants=(1,)),
)


def evaluation(estimate: float, error: float) -> Evaluation:
    return Evaluation(
        reading={"estimate": estimate, "standard_error": error, "exposed": 1000, "method": "group sequential"},
        goal_value=estimate,
        goal_proven=None,
        goal_interval=None,
        is_proven=False,
        proof_reason="",
        echo={},
        ratio={},
        harm=(),
        chance_of_goal=0.5,
        spend={},
        reserved={},
        revenue=0.0,
        incremental_revenue=0.0,
        incremental_revenue_interval=None,
        looks=(0.1,),
        planned_information=1.0,
        guards={},
    )


def test_ten_weeks_hold_ten_weekly_rounds() -> None:
    assert rounds_left(SPEC, START) == 10
    assert rounds_left(SPEC, START + timedelta(days=63)) == 1
    assert rounds_left(SPEC, START + timedelta(days=64)) == 0


@given(
    limit=st.integers(0, 10**12),
    used=st.floats(0, 1),
    rounds=st.integers(1, 50),
)
def test_a_round_never_gets_more_than_is_left(limit: int, used: float, rounds: int) -> None:
    line = BudgetLine("campaign", "money", limit, reserved=int(limit * used), committed=0)
    limits = round_limits([line], rounds, need=None)
    assert limits.money is not None
    assert 0 <= limits.money <= line.left


def test_limits_of_channels_go_to_their_channel() -> None:
    lines = [BudgetLine("channel:email", "messages", 100, 0, 0), BudgetLine("campaign", "time", 3600, 0, 0)]
    limits = round_limits(lines, 1, need=3.0)
    assert (limits.channel_messages, limits.seconds, limits.money, limits.need) == ({"email": 100}, 3600, None, 3.0)


def test_the_first_round_explores_without_a_need() -> None:
    assert round_need(SPEC, None, None, 10) is None


def test_need_grows_with_doubt_and_shrinks_with_progress() -> None:
    sure, unsure, ahead = (round_need(SPEC, evaluation(*each), None, 5) for each in ((250, 10), (250, 30), (330, 10)))
    assert sure is not None
    assert unsure is not None
    assert ahead is not None
    assert unsure > sure > ahead >= 0


def test_a_plain_count_needs_no_margin() -> None:
    gross = replace(SPEC, goal=replace(SPEC.goal, incremental=False))
    assert round_need(gross, evaluation(300, 50), None, 5) == 0.0


def test_while_too_little_is_known_to_judge_rounds_go_on_exploring() -> None:
    unread = evaluation(12, 5)
    unread = replace(unread, reading={**unread.reading, "method": "none"})
    assert round_need(SPEC, unread, None, 5) is None
