"""The signed-in person: who they are, what their pages remember, their sessions and notices."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from setpoint.governance import services
from setpoint.governance.models import AuditEntry, Notice
from setpoint.governance.tests.conftest import person, send, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]


def put(client: Client, path: str, body: Any) -> Any:
    return client.put(path, body, content_type="application/json")


def test_the_front_tells_whether_somebody_must_sign_up_first() -> None:
    client = Client()
    assert client.get("/api/front").json() | {"first_run": True, "signed_in": False} == client.get("/api/front").json()
    assert client.cookies["csrftoken"].value
    person()
    assert client.get("/api/front").json()["first_run"] is False


def test_me_says_who_and_what_they_may_do(now: datetime) -> None:
    person("support")
    shown = signed_in().get("/api/me").json()
    assert (shown["email"], shown["role"]) == ("ann@example.com", "support")
    assert shown["scopes"] == ["customers:read", "customers:write", "delivery:read"]
    assert (shown["second_factor"], shown["unread_notices"], shown["idle_minutes"]) == (False, 0, 15)
    assert datetime.fromisoformat(shown["now"]) == now
    ends = datetime.fromisoformat(shown["session_ends_at"]) - timezone.now()
    assert timedelta(minutes=14) < ends < timedelta(minutes=16)


def test_nobody_is_me_without_a_session(now: datetime) -> None:
    text, _key = services.create_api_key("tests", ["settings:read"], now=now)
    assert Client().get("/api/me").status_code == 401
    assert Client().get("/api/me", headers={"X-Api-Key": text}).status_code == 401


def test_one_changes_oneself_but_not_ones_role(now: datetime) -> None:
    person("analyst")
    client = signed_in()
    change = {"name": "Ann Lee", "language": "zh-hans", "theme": "dark", "timezone": "Asia/Shanghai"}
    shown = client.patch("/api/me", change, content_type="application/json").json()
    assert {name: shown[name] for name in change} == change
    assert AuditEntry.objects.latest("pk").after == change
    assert client.patch("/api/me", {"role": "owner"}, content_type="application/json").status_code == 400
    assert client.patch("/api/me", {"timezone": "Mars/Base"}, content_type="application/json").status_code == 400


def test_errors_speak_the_persons_language() -> None:
    person("support")
    client = signed_in()
    client.patch("/api/me", {"language": "zh-hans"}, content_type="application/json")
    assert client.get("/api/audit").json()["message"] == "您的角色不允许此操作：缺少权限 audit:read。"


def test_preferences_are_kept_per_person_and_bounded() -> None:
    person()
    person("analyst", "bob@example.com")
    ann, bob = signed_in(), signed_in("bob@example.com")
    views = {"columns": ["email", "name"], "filters": [{"trait": "city", "is": "Lyon"}]}
    assert put(ann, "/api/me/preferences/customers.views", {"value": views}).json() == {"value": views}
    assert ann.get("/api/me/preferences/customers.views").json() == {"value": views}
    assert bob.get("/api/me/preferences/customers.views").json() == {"value": None}
    assert put(ann, "/api/me/preferences/big", {"value": "x" * 33_000}).status_code == 413
    assert put(ann, "/api/me/preferences/Bad Key", {"value": 1}).status_code == 400
    assert put(ann, "/api/me/preferences/customers.views", {"value": None}).json() == {"value": None}


def test_sessions_are_listed_and_ended() -> None:
    person()
    here, there, elsewhere = signed_in(), signed_in(), signed_in()
    shown = here.get("/api/sessions").json()
    assert [session["is_current"] for session in shown].count(True) == 1
    assert {session["address"] for session in shown} == {"127.0.0.1"}
    tracked = next(session["id"] for session in there.get("/api/sessions").json() if session["is_current"])
    assert here.delete(f"/api/sessions/{tracked}").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert here.post("/api/sessions/end-others").json() == {"ended": 1}
    assert (here.get("/api/me").status_code, elsewhere.get("/api/me").status_code) == (200, 401)


def test_nobody_ends_a_session_of_somebody_else() -> None:
    person()
    person("owner", "bob@example.com")
    ann, bob = signed_in(), signed_in("bob@example.com")
    (session,) = ann.get("/api/sessions").json()
    assert bob.delete(f"/api/sessions/{session['id']}").status_code == 404
    assert ann.get("/api/me").status_code == 200


def test_notices_reach_those_whose_role_may_see_them(now: datetime) -> None:
    person("marketer")
    person("dpo", "dan@example.com")
    ann, dan = signed_in(), signed_in("dan@example.com")
    services.notify("campaign_held", "campaign:5", {"name": "Spring"}, now=now)
    services.notify("campaign_held", "campaign:5", {"name": "Spring"}, now=now)
    services.notify("import_finished", "import:2", {"rows": 9}, now=now)
    shown = ann.get("/api/notices").json()
    assert [(notice["kind"], notice["unread"]) for notice in shown["items"]] == [
        ("import_finished", True),
        ("campaign_held", True),
    ]
    assert (shown["unread"], ann.get("/api/me").json()["unread_notices"]) == (2, 2)
    assert [notice["kind"] for notice in dan.get("/api/notices").json()["items"]] == ["import_finished"]
    assert ann.post("/api/notices/read").json()["unread"] == 0
    assert [notice["unread"] for notice in ann.get("/api/notices").json()["items"]] == [False, False]
    assert Notice.objects.count() == 2


def test_a_password_is_changed_and_ends_other_sessions() -> None:
    person()
    here, there = signed_in(), signed_in()
    wrong = {"current_password": "not this one at all", "new_password": "quite another long walk"}
    assert send(here, "password/change", wrong).status_code == 400
    weak = {"current_password": "a long walk by the river", "new_password": "password1234"}
    assert send(here, "password/change", weak).json()["errors"][0]["code"] == "password_too_common"
    right = wrong | {"current_password": "a long walk by the river"}
    assert send(here, "password/change", right).status_code == 200
    assert (here.get("/api/me").status_code, there.get("/api/me").status_code) == (200, 401)
    assert AuditEntry.objects.filter(verb="changed password").count() == 1
