"""Whether an experiment can be trusted: each sign alone, and the gravest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setpoint.experiments.health import Signs, health_of, worst

GUARD = {"rate": 0.01, "at_least": 0.0, "limit": 0.02, "events": 1.0, "exposed": 100.0, "harm": False}
WELL = Signs(
    reading={"method": "group sequential"},
    ratio={"expected": 0.24, "observed": 0.25, "p_value": 0.6, "alarm": False},
    echo={"estimate": 1.0, "negative": False},
    guards={"unsubscribe_rate": GUARD},
    held_back_share=0.25,
)


def test_nothing_to_say_is_said() -> None:
    assert [each.code for each in health_of(WELL)] == ["healthy"]
    assert worst(health_of(WELL)) == "good"
    assert [each.code for each in health_of(None)] == ["nothing_measured"]


@pytest.mark.parametrize(
    ("change", "code", "level"),
    [
        ({"ratio": {"expected": 0.2, "observed": 0.4, "p_value": 1e-9, "alarm": True}}, "ratio_alarm", "stop"),
        ({"ratio": {"expected": 0.2, "observed": 0.23, "p_value": 0.004, "alarm": False}}, "ratio_odd", "attention"),
        ({"held_back_share": 0.0}, "no_hold_out", "stop"),
        ({"echo": {}}, "echo_open", "waiting"),
        ({"echo": {"estimate": -8.0, "negative": True}}, "pulled_forward", "attention"),
        ({"guards": {"complaint_rate": GUARD | {"harm": True}}}, "guard_harm.complaint_rate", "stop"),
        ({"guards": {"complaint_rate": GUARD | {"rate": 0.03}}}, "guard_near.complaint_rate", "attention"),
        ({"reading": {"method": "none"}, "missing": {"conversions": 12.0}}, "not_enough_data", "waiting"),
        ({"reading": {"method": "confidence sequence"}}, "plan_changed", "good"),
    ],
)
def test_each_sign_has_its_finding(change: dict[str, object], code: str, level: str) -> None:
    (found,) = health_of(replace(WELL, **change))  # type: ignore[arg-type]
    assert (found.code, found.level) == (code, level)


def test_the_gravest_comes_first() -> None:
    ill = replace(WELL, echo={}, guards={"unsubscribe_rate": GUARD | {"harm": True}}, reading={"method": "none"})
    assert [each.level for each in health_of(ill)] == ["stop", "waiting", "waiting"]
    assert worst(health_of(ill)) == "stop"
