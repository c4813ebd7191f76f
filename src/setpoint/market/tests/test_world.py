"""Worlds: validation, defaults, population, exports."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from setpoint.kernel.errors import Invalid, NotFound
from setpoint.market.population import make_population, write_population
from setpoint.market.reference import field_reference
from setpoint.market.world import load_world, parse_world, shipped

SMALL: dict[str, Any] = {"name": "small", "actions": {"variants": [{"name": "a"}]}}


def world_with(**changes: Any) -> dict[str, Any]:
    return json.loads(json.dumps({**SMALL, **changes}))


@pytest.mark.parametrize("name", shipped())
def test_shipped_worlds_are_valid_and_told_in_both_languages(name: str) -> None:
    world = load_world(name)
    assert world.name == name
    for text in (world.document["title"], world.document["description"]):
        assert text["en"]
        assert text["zh"] not in ("", text["en"])


def test_six_worlds_and_the_demo_are_shipped() -> None:
    six = {"easy", "no_effect", "sleeping_dogs", "drift", "pull_forward", "no_personalisation"}
    assert set(shipped()) == six | {"demo"}


def test_a_world_needs_no_more_than_a_name_and_a_variant() -> None:
    world = parse_world(SMALL)
    assert world.behaviour["horizon_days"] == 7
    assert world.brief["templates"]["a"]["subject"]["zh"] == "a"
    assert world.brief["slots"] == {"day": "01:00"}


SD_ZERO = {"kind": "generator", "traits": {"x": {"kind": "normal", "sd": 0}}}
ON_MARS = {"kind": "generator", "timezones": {"Mars/Olympus": 1}}
STRANGE_PAIR = {"variants": [{"name": "a"}], "pairs": [{"when": {"offer": "x", "variant": "a"}, "effect": {}}]}
ALIKE = {"variants": [{"name": "a"}, {"name": "ab"}]}
HOLLOW_OFFER = {"variants": [{"name": "a"}], "offers": [{"name": "x", "kind": "percent"}]}
UNREADABLE = {"templates": {"a": {"subject": {"en": "Hi"}, "body": {"en": "-"}}}}


@pytest.mark.parametrize(
    ("section", "value", "path", "words"),
    [
        ("behaviour", {"horizon_day": 3}, "behaviour", "horizon_days"),
        ("behaviour", {"horizon_days": -1}, "behaviour.horizon_days", "Days for which"),
        ("behaviour", {"redemption": "all"}, "behaviour.redemption", "number"),
        ("behaviour", {"baseline": {"traits": {"age": 1}}}, "behaviour.baseline.traits.age", "Known"),
        ("population", {"kind": "martians"}, "population.kind", "generator"),
        ("population", SD_ZERO, "population.traits.x.sd", "deviation"),
        ("population", ON_MARS, "population.timezones.Mars/Olympus", "IANA"),
        ("start", "tomorrow", "start", "2026"),
        ("start", "2026-03-02T06:00:00", "start", "2026"),
        ("actions", STRANGE_PAIR, "actions.pairs.0.when.offer", "none"),
        ("actions", ALIKE, "actions.variants", "differ"),
        ("actions", HOLLOW_OFFER, "actions.offers.0.percent", "number"),
        ("brief", UNREADABLE, "brief.templates.a.subject.en", "a"),
        ("brief", {"window_days": 90}, "brief.window_days", "deadline"),
    ],
)
def test_mistakes_are_answered_with_place_cause_and_remedy(section: str, value: Any, path: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_world(world_with(**{section: value}))
    assert caught.value.field == path
    assert words in caught.value.remedy


def test_all_problems_are_listed_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse_world(world_with(currency="euro", start=7))
    assert {problem["path"] for problem in caught.value.details["problems"]} == {"currency", "start"}


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"name": ')
    with pytest.raises(Invalid, match="line 1"):
        load_world(broken)
    with pytest.raises(NotFound) as caught:
        load_world("nowhere")
    assert "demo" in caught.value.remedy


@pytest.mark.parametrize("name", ["demo", "drift"])
def test_a_filled_world_is_a_world(name: str) -> None:
    filled = json.loads(json.dumps(load_world(name).document))
    assert parse_world(filled).document == filled


def test_the_cdnow_population_is_the_published_one() -> None:
    world = load_world("demo")
    people = make_population(world, 1)
    assert people.size == 23_570
    assert len(people.purchases.amount) == 69_659
    assert people.purchases.days_before.min() == 1


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    world = load_world("easy")
    one, same, other = (make_population(world, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.traits["age"], same.traits["age"])
    assert np.array_equal(one.purchases.amount, same.purchases.amount)
    assert not np.array_equal(one.traits["age"], other.traits["age"])


def test_traits_follow_their_distributions() -> None:
    traits = {
        "n": {"kind": "normal", "mean": 5, "sd": 2},
        "b": {"kind": "bernoulli", "share": 0.3},
        "l": {"kind": "lognormal", "mean": 10, "sigma": 0.5},
        "p": {"kind": "poisson", "mean": 4},
        "c": {"kind": "choice", "weights": {"x": 1, "y": 3}},
    }
    people = make_population(
        parse_world(world_with(population={"kind": "generator", "size": 40_000, "traits": traits})), 3
    )
    assert people.traits["n"].mean() == pytest.approx(5, abs=0.05)
    assert people.traits["b"].mean() == pytest.approx(0.3, abs=0.01)
    assert people.traits["l"].mean() == pytest.approx(10, abs=0.15)
    assert people.traits["p"].mean() == pytest.approx(4, abs=0.05)
    assert (people.traits["c"] == "y").mean() == pytest.approx(0.75, abs=0.01)
    assert people.standard["n"].std() == pytest.approx(1, abs=0.02)


def test_sampling_keeps_customers_as_they_are() -> None:
    whole = make_population(load_world("demo"), 1)
    document = json.loads(json.dumps(load_world("demo").document)) | {
        "population": {**load_world("demo").population, "size": 500}
    }
    few = make_population(parse_world(document), 1)
    assert few.size == 500
    assert np.array_equal(few.traits["age"], whole.traits["age"][few.keys])
    assert np.array_equal(few.user_ids, whole.user_ids[few.keys])


def test_exports_are_what_a_company_would_hand_over(tmp_path: Path) -> None:
    world = load_world("easy")
    customers, purchases = write_population(world, 1, tmp_path)
    with customers.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "user_id",
        "email",
        "first_name",
        "language",
        "timezone",
        "consent_email",
        "engagement",
        "price_sensitivity",
        "age",
    ]
    assert {row["consent_email"] for row in rows} == {"yes", "no"}
    with purchases.open(encoding="utf-8", newline="") as file:
        bought = list(csv.DictReader(file))
    assert list(bought[0]) == ["user_id", "date", "amount", "order_id"]
    assert max(row["date"] for row in bought) < world.start.date().isoformat()
    assert len({row["order_id"] for row in bought}) == len(bought)


def test_a_world_with_webhooks_exports_their_addresses(tmp_path: Path) -> None:
    document = world_with(population={"kind": "generator", "size": 5, "consent_share": 0})
    document["actions"]["channels"] = [{"name": "email"}, {"name": "webhook"}]
    customers, _ = write_population(parse_world(document), 1, tmp_path)
    with customers.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["webhook"] == first["user_id"]
    assert first["consent_webhook"] == "no"


def test_exports_can_be_read_back_as_a_population_of_files(tmp_path: Path) -> None:
    write_population(load_world("easy"), 1, tmp_path)
    population = {
        "kind": "file", "customers": "customers.csv", "purchases": "purchases.csv",
        "traits": {"age": {"kind": "column"}, "frequency": {"kind": "derived", "from": "frequency"}},
    }  # fmt: skip
    again = make_population(parse_world(world_with(population=population), folder=tmp_path), 9)
    first = make_population(load_world("easy"), 1)
    assert np.array_equal(again.traits["age"], first.traits["age"])
    assert np.array_equal(again.traits["frequency"], first.traits["frequency"])
    assert np.array_equal(again.emails, first.emails)


def test_the_guide_holds_every_field_of_the_schema() -> None:
    guide = Path(__file__).resolve().parents[4] / "docs" / "worlds.md"
    assert field_reference() in guide.read_text(encoding="utf-8"), "run: python -m setpoint.market schema --markdown"
