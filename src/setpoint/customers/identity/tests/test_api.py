"""Identity over HTTP: what pages read and people decide."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conftest import NOW
from setpoint.customers.identity.searching import run_next
from setpoint.customers.identity_models import Proposal
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.governance.services import create_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(now: Any) -> Any:
    """Calls the API with a key that may write customers."""
    key, _row = create_api_key("tests", ["customers:read", "customers:write"], now=now)
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def send(method: str, path: str, body: Any = None) -> Any:
        named = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
        return getattr(client, method)(f"/api/identity{path}", **named)

    return send


@pytest.fixture
def pair(now: Any) -> tuple[int, int]:
    """Two records of one person, and a proposal that they are."""
    first, second = upsert_customers(
        [
            Profile({"email": "ann@x.org"}, {"name": "Ann Lee", "born": "1980-01-02"}),
            Profile({"device": "phone-1"}, {"name": "Anne Lee", "born": "1980-01-02"}),
        ],
        now=NOW,
    )
    said = [{"column": "name", "how": "alike", "weight": 6.5}, {"column": "email", "how": "missing", "weight": 0.0}]
    Proposal.objects.create(first_id=first, second_id=second, score=0.93, home=0.5, evidence=said, at=NOW)
    return first, second


def test_a_proposal_is_shown_side_by_side_accepted_and_undone(call, pair) -> None:
    page = call("get", "/proposals?limit=10").json()
    assert (page["total"], page["next"]) == (1, None)
    (shown,) = page["items"]
    assert (shown["first"]["name"], shown["second"]["name"], shown["score"]) == ("Ann Lee", "Anne Lee", 0.93)
    assert shown["compared"] == [
        {"column": "name", "first": "Ann Lee", "second": "Anne Lee", "how": "alike", "weight": 6.5},
        {"column": "email", "first": "ann@x.org", "second": "", "how": "missing", "weight": 0.0},
    ]
    assert call("get", "/proposals?least=0.95").json()["total"] == 0
    done = call("post", f"/proposals/{shown['id']}/accept")
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert call("post", f"/proposals/{shown['id']}/reject").status_code == 409
    (merge,) = call("get", "/merges").json()["items"]
    assert (merge["survivor_id"], merge["merged_id"], merge["method"]) == (*pair, "person")
    assert (merge["first"]["name"], merge["second"]["name"]) == ("Ann Lee", "Anne Lee")
    assert merge["evidence"][0] == {"kind": "name", "value": "alike", "weight": 6.5}
    person = call("get", f"/people/{pair[1]}").json()
    assert (person["id"], person["records"]) == (pair[0], list(pair))
    assert [(name["kind"], name["record"]) for name in person["names"]] == [("email", pair[0]), ("device", pair[1])]
    undone = call("post", f"/merges/{merge['id']}/undo", {"why": "sisters"})
    assert undone.json()["undone_why"] == "sisters"
    assert call("get", "/merges?state=held").json()["total"] == 0
    assert call("get", f"/people/{pair[1]}").json()["records"] == [pair[1]]
    verbs = list(AuditEntry.objects.filter(verb__in=["merged", "split"]).values_list("verb", flat=True))
    assert verbs == ["merged", "split"]


def test_two_are_merged_by_hand_once(call, pair) -> None:
    body = {"first": pair[1], "second": pair[0]}
    assert call("post", "/merges", body).status_code == 201
    again = call("post", "/merges", body)
    assert (again.status_code, bool(again.json()["remedy"])) == (409, True)
    assert call("post", "/merges", {"first": pair[0], "second": 999999}).status_code == 404


def test_rules_are_read_and_changed_by_version(call) -> None:
    rules = call("get", "/rules").json()
    kinds = {rule["kind"]: rule for rule in rules["rules"]}
    assert kinds["user_id"]["single"]
    assert not kinds["phone"]["alone"]
    assert (rules["automatic_above"], rules["propose_above"], rules["version"]) == (None, 0.5, 0)
    changed = call(
        "patch", "/rules", {"version": 0, "automatic_above": 0.995, "rules": [kinds["device"] | {"joins": False}]}
    )
    assert changed.json()["automatic_above"] == 0.995
    assert call("patch", "/rules", {"version": 0, "automatic_above": None}).status_code == 409
    cleared = call("patch", "/rules", {"version": 1, "automatic_above": None}).json()
    assert cleared["automatic_above"] is None
    assert {rule["kind"]: rule["joins"] for rule in cleared["rules"]}["device"] is False
    assert call("patch", "/rules", {"automatic_above": 0.2}).status_code == 400


def test_a_search_is_started_once_and_cancelled(call) -> None:
    run = call("post", "/runs")
    assert (run.status_code, run.json()["state"]) == (201, "queued")
    assert call("post", "/proposals/accept-many", {"least": 0.9}).status_code == 409
    assert call("post", f"/runs/{run.json()['id']}/cancel").json()["state"] == "cancelled"
    call("post", "/runs")
    assert run_next(now=NOW)
    newest = call("get", "/runs").json()[0]
    assert newest["state"] == "failed"
    assert newest["failure"]["remedy"]


def test_lists_are_exported(call, pair) -> None:
    text = b"".join(call("get", "/proposals/export").streaming_content).decode()
    assert "Ann Lee,Anne Lee,name: alike (+6.5)" in text
    call("post", "/merges", {"first": pair[0], "second": pair[1]})
    lines = b"".join(call("get", "/merges/export").streaming_content).decode().strip().splitlines()
    assert len(lines) == 2
    assert AuditEntry.objects.filter(verb="exported").count() == 2
