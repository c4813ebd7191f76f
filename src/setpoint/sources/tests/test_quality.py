"""Data quality: each figure is what it says, on real customers, with a trend; previews try rules and change nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.events.models import ImportJob
from setpoint.kernel.errors import Invalid
from setpoint.sources import quality
from setpoint.sources.cleaning.previews import preview_rules, set_trait_rules, trait_rules
from setpoint.sources.models import QualityReading

pytestmark = pytest.mark.django_db


def people(now: datetime, count: int = 10, plan: str = "gold") -> None:
    profiles = [
        Profile(
            {"user_id": f"{number}"},
            traits={"mail": f"p{number}@example.com" if number else "broken", "plan": plan}
            | ({"age": number * 10} if number % 2 else {}),
            at=now - timedelta(days=3),
        )
        for number in range(count)
    ]
    upsert_customers(profiles, now=now)


def test_figures_of_traits(now: datetime) -> None:
    people(now)
    assert quality.measure_due(now=now)
    assert not quality.measure_due(now=now)
    found = {each.trait: each for each in quality.trait_quality(now=now)}
    age, mail, plan = found["age"].now, found["mail"], found["plan"].now
    assert (age.completeness, age.validity, age.uniqueness, age.drift) == (0.5, 1.0, 1.0, None)
    assert (mail.meaning, mail.now.validity, mail.examples) == ("email", 0.9, ("broken",))
    assert (plan.uniqueness, plan.freshness_days) == (0.1, 3.0)


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [
        (["+8613800138000", "+1380013"], "phone"),
        (["12", "1,5", "x"], "number"),
        (["2026-01-02", "2026-03-04T05:06:07Z"], "date"),
        (["yes", "no"], "boolean"),
        (["gold", "12"], "text"),
        ([], "text"),
    ],
)
def test_what_values_seem_to_be(texts: list[str], meaning: str) -> None:
    assert quality.meaning_of("t", pa.array(texts, pa.string())) == meaning


def test_drift_is_told_against_the_last_day(now: datetime) -> None:
    people(now)
    quality.measure(now=now)
    later = now + timedelta(days=1)
    people(later + timedelta(days=3), plan="silver")
    quality.measure(now=later)
    found = {each.trait: each for each in quality.trait_quality(now=later)}
    assert found["plan"].now.drift is not None
    assert found["plan"].now.drift > 5
    assert found["mail"].now.drift == 0
    assert len(found["plan"].trend) == 2


def test_measuring_twice_a_day_keeps_one_reading_and_can_be_asked_for(now: datetime) -> None:
    people(now)
    quality.measure(now=now)
    later = now + timedelta(hours=1)
    quality.ask_to_measure(actor="ann", now=later)
    assert quality.measure_due(now=later)
    assert QualityReading.objects.filter(trait="plan").count() == 1
    assert quality.measured_at() == later


@pytest.mark.parametrize(("brought", "minutes", "is_due"), [(1, 5, True), (1, 4, False), (0, 5, False)])
def test_what_landed_is_measured_some_minutes_later(now: datetime, brought: int, minutes: int, is_due: bool) -> None:
    people(now)
    quality.measure(now=now)
    ImportJob.objects.create(
        size=1, created_at=now, finished_at=now - timedelta(seconds=2), rows_created=brought, state="done"
    )
    later = now + timedelta(minutes=minutes)
    assert quality.measure_due(now=later) is is_due
    quality.measure(now=now + timedelta(minutes=10))
    assert not quality.measure_due(now=now + timedelta(minutes=16))


def test_the_stability_index() -> None:
    assert quality.drift_of({"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}) == 0
    assert quality.drift_of({"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.1}) == pytest.approx(0.8789, abs=1e-4)


def test_a_preview_takes_numbers_and_shows_rows_before_and_after(now: datetime) -> None:
    people(now)
    rules = [
        {"kind": "missing", "column": "age", "how": "mean"},
        {"kind": "text", "column": "plan", "case": "upper"},
        {"kind": "email", "column": "mail", "on_bad": "refuse"},
    ]
    found = preview_rules(rules, now=now)
    assert (found.rows, found.kept) == (10, 9)
    assert [(each.changed, each.emptied, each.refused) for each in found.touched] == [(5, 0, 0), (10, 0, 0), (0, 0, 1)]
    assert found.rules[0]["fitted"] == {"value": 50.0, "rows": 5}
    assert any(each.refused_by == 3 and each.before["mail"] == "broken" for each in found.changed)
    with pytest.raises(Invalid, match="needs numbers"):
        set_trait_rules(rules, actor="ann", now=now)
    assert set_trait_rules(found.rules, actor="ann", now=now, seen=trait_rules().version).version == 2
