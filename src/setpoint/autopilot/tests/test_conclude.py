"""The six stops, each by made-up evaluations, and which of two wins."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.autopilot.conclude import MIN_READINGS, RULES, USEFUL_SENDS, conclude
from setpoint.autopilot.tests.test_pacing import SPEC, START, evaluation
from setpoint.autopilot.types import Conclusion, Evaluation, Running
from setpoint.decisions.types import NO_ACTION, Action
from setpoint.delivery.types import BudgetLine

MODULE = import_module("setpoint.autopilot.conclude")
COST = 50_000
READ = replace(evaluation(20.0, 10.0), looks=(0.3, 0.6))
LATE = timedelta(days=63)
BAD: dict[str, dict[str, Any]] = {
    "harm": {"harm": ("guardrail:complaint_rate", "harm_proven")},
    "frozen": {"ratio": {"alarm": True}},
    "goal": {"is_proven": True, "proof_reason": "proven"},
    "futile": {"chance_of_goal": 0.01},
}


def running(days: float = 0.0, started: float = 0.0) -> Running:
    begun = START + timedelta(days=started)
    return Running(1, "campaign:1", "Spring", SPEC, 2, START, begun, begun + timedelta(days=days or 7))


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the campaign's lines; a message costs 0.05."""

    def lines(*given: BudgetLine) -> None:
        monkeypatch.setattr(MODULE.delivery, "budgets", lambda key: list(given))

    monkeypatch.setattr(MODULE, "actions_of", lambda spec: (NO_ACTION, Action(key="a", factors=(), send_cost=COST)))
    lines(BudgetLine("campaign", "money", 10**9, 0, 0))
    return lines


def stop(found: Evaluation, at: Running | None = None) -> tuple[str, str]:
    made = conclude(at or running(), found)
    assert msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(made))), Conclusion) == made
    assert {"estimate", "proven_at_least", "target", "spend", "ratio", "at"} <= set(made.evidence)
    return made.outcome, made.reason


def test_nothing_speaks_against_the_next_round(budget: Any) -> None:
    assert stop(READ) == ("next", "goal_not_yet_proven")


def test_a_proven_goal_stops(budget: Any) -> None:
    assert stop(replace(READ, **BAD["goal"])) == ("goal", "proven")


def test_an_estimate_above_the_target_is_no_proof(budget: Any) -> None:
    assert stop(replace(READ, goal_value=10 * SPEC.goal.target))[0] == "next"


def test_harm_names_its_first_cause(budget: Any) -> None:
    assert stop(replace(READ, **BAD["harm"])) == ("harm", "guardrail:complaint_rate")


def test_a_broken_split_freezes(budget: Any) -> None:
    assert stop(replace(READ, **BAD["frozen"])) == ("frozen", "sample_ratio")
    assert stop(replace(READ, ratio={"alarm": False}))[0] == "next"


@pytest.mark.parametrize("looks", range(MIN_READINGS + 1))
def test_little_chance_stops_only_after_enough_readings(budget: Any, looks: int) -> None:
    found = replace(READ, chance_of_goal=0.01, looks=(0.1,) * looks)
    assert stop(found)[0] == ("futile" if looks >= MIN_READINGS else "next")


def test_chance_at_the_bound_goes_on(budget: Any) -> None:
    assert stop(replace(READ, chance_of_goal=SPEC.futile_below))[0] == "next"


@pytest.mark.parametrize(
    ("started", "outcome"), [(0, "next"), (49, "next"), (56, "next"), (57, "deadline"), (63, "deadline")]
)
def test_without_time_for_another_window_the_deadline_stops(budget: Any, started: int, outcome: str) -> None:
    assert stop(READ, running(started=started))[0] == outcome


def test_a_late_turn_counts_from_now(budget: Any) -> None:
    assert stop(READ, running(days=64))[0] == "deadline"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (BudgetLine("campaign", "money", COST * USEFUL_SENDS, 0, 0), ""),
        (BudgetLine("campaign", "money", COST * USEFUL_SENDS, 0, 1), "limit:money"),
        (BudgetLine("campaign", "messages", 1000, 0, 1000 - USEFUL_SENDS), ""),
        (BudgetLine("campaign", "messages", 1000, 0, 1001 - USEFUL_SENDS), "limit:messages"),
        (BudgetLine("campaign", "time", 3600, 0, 3600), "limit:time"),
        (BudgetLine("channel:email", "messages", 10, 0, 10), ""),
    ],
)
def test_what_cannot_pay_a_useful_round_is_a_limit(budget: Any, line: BudgetLine, reason: str) -> None:
    budget(line)
    assert stop(READ) == (("limit", reason) if reason else ("next", "goal_not_yet_proven"))


def test_a_free_channel_needs_no_money_to_go_on(budget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "actions_of", lambda spec: (NO_ACTION, Action(key="a", factors=())))
    budget(BudgetLine("campaign", "money", 5, 0, 4))
    assert stop(READ)[0] == "next"


@given(names=st.sets(st.sampled_from(sorted(BAD)), min_size=1), late=st.booleans())
def test_of_several_reasons_the_first_rule_decides(names: set[str], late: bool) -> None:
    changes: dict[str, Any] = {}
    for name in names:
        changes |= BAD[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE.delivery, "budgets", lambda key: [])
        patch.setattr(MODULE, "actions_of", lambda spec: (NO_ACTION,))
        found = stop(replace(READ, **changes), running(started=LATE.days if late else 0))[0]
    assert found == next(outcome for outcome in RULES if outcome in names)


def test_harm_comes_before_the_goal_and_the_goal_before_every_limit() -> None:
    assert list(RULES) == ["harm", "frozen", "goal", "limit", "futile", "deadline"]
