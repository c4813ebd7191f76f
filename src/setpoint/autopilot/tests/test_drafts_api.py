"""Drafts over HTTP: what the wizard asks and is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.presets import PRESETS
from setpoint.autopilot.tests.company import Company
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.governance import services as governance

pytestmark = pytest.mark.django_db
Ask = Callable[..., Any]


@pytest.fixture
def ask(now: Any) -> Ask:
    key, _record = governance.create_api_key("wizard", ("campaigns:read", "campaigns:write"), now=now)
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def asked(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = client.generic(method, f"/api{path}", "" if body is None else json.dumps(body), "application/json")
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return asked


def test_a_draft_is_begun_changed_copied_and_deleted(desk: Company, ask: Ask) -> None:
    draft = ask("POST", "/campaigns", {"name": "", "spec": {}}, 201)
    assert {problem["field"] for problem in draft["problems"]} >= {"name", "goal.target", "actions.variants"}
    assert {problem["step"] for problem in draft["problems"]} == {"goal", "limits", "actions"}
    path = f"/campaigns/{draft['id']}"
    saved = ask("PATCH", path, {"version": 1, "name": "Spring", "spec": {"goal": {"target": 10}}})
    assert (saved["version"], saved["spec"]["goal"]["target"], saved["spec"]["goal"]["metric"]) == (2, 10, None)
    assert ask("GET", f"{path}/draft") == saved
    assert ask("POST", f"{path}/duplicate", {}, 201)["name"] == "Copy of Spring"
    ask("DELETE", f"{path}?version=1", status=409)
    ask("DELETE", f"{path}?version=2", status=204)
    ask("GET", f"{path}/draft", status=404)


def test_an_unseen_version_is_told_with_who_changed_which_fields(desk: Company, ask: Ask) -> None:
    path = f"/campaigns/{ask('POST', '/campaigns', {'name': 'a', 'spec': {}}, 201)['id']}"
    ask("PATCH", path, {"version": 1, "spec": {"goal": {"target": 10}, "hold_out": 0.1}})
    refused = ask("PATCH", path, {"version": 1, "name": "b"}, 409)
    assert (refused["field"], refused["current_version"]) == ("version", 2)
    [change] = refused["changes"]
    assert change["before"] == {"goal.target": None, "hold_out": 0.05}
    assert change["after"] == {"goal.target": 10, "hold_out": 0.1, "version": 2}
    assert change["actor"]


def test_a_patch_has_to_say_what_it_saw(desk: Company, ask: Ask) -> None:
    path = f"/campaigns/{ask('POST', '/campaigns', {'name': 'a', 'spec': {}}, 201)['id']}"
    ask("PATCH", path, {"name": "b"}, 400)


def test_questions_answer_with_the_version_they_are_about(
    company: Company, provider: RecordingChannel, ask: Ask
) -> None:
    draft = ask("POST", "/campaigns", {"name": "a", "spec": company.spec()}, 201)
    path = f"/campaigns/{draft['id']}"
    for question in ("audience", "overlaps", "forecast", "plausibility"):
        assert ask("POST", f"{path}/{question}", {"ticket": "t-1"})["version"] == 1
    found = ask("POST", f"{path}/forecast", {})
    assert found["lacks"] == []
    assert found["assumptions"]["past_campaigns"] == 0
    assert 0 <= found["forecast"]["chance_of_goal"] <= 1
    ask("POST", f"{path}/forecast", {"ticket": "a b"}, 400)


def test_what_somebody_else_changed_is_not_launched(company: Company, provider: RecordingChannel, ask: Ask) -> None:
    draft = ask("POST", "/campaigns", {"name": "a", "spec": company.spec()}, 201)
    path = f"/campaigns/{draft['id']}"
    ask("PATCH", path, {"version": 1, "name": "b"})
    ask("POST", f"{path}/launch", {"version": 1}, 409)
    assert Campaign.objects.get(pk=draft["id"]).state == "draft"
    assert ask("POST", f"{path}/launch", {"version": 2})["state"] == "running"


def test_presets_are_whole_in_both_languages(desk: Company, ask: Ask) -> None:
    found = ask("GET", "/campaign-presets")
    assert [preset["key"] for preset in found] == [preset.key for preset in PRESETS]
    assert {preset["business"] for preset in found} == {"e-commerce", "social", "content", "game"}
    for preset in found:
        words = [preset["name"], preset["about"], preset["advice"]]
        words += [text[part] for text in preset["texts"] for part in ("name", "subject")]
        words += [offer["name"] for offer in preset["offers"]]
        assert all(word["en"] and word["zh"] for word in words)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_preset_leaves_only_what_a_person_has_to_say(desk: Company, ask: Ask, preset: Any) -> None:
    draft = ask("POST", "/campaigns", {"name": preset.key, "spec": preset.spec}, 201)
    lacking = {problem["field"] for problem in draft["problems"] if problem["kind"] == "missing"}
    assert lacking == {"goal.target", "goal.deadline", "limits.money", "actions.variants"}
    assert [problem for problem in draft["problems"] if problem["kind"] != "missing"] == []
