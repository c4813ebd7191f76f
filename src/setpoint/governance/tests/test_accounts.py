"""Signing up, in and out, as a browser does it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from setpoint.governance import services
from setpoint.governance.models import AuditEntry, User
from setpoint.governance.tests.conftest import PASSWORD, person, send, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]
ANN = {"email": "ann@example.com", "password": PASSWORD, "name": "Ann"}


def test_the_first_to_sign_up_is_the_owner_and_the_second_needs_an_invitation() -> None:
    client = Client()
    assert send(client, "signup", ANN).status_code == 200
    assert client.get("/api/company").status_code == 200
    assert User.objects.get().role == "owner"
    other = Client()
    assert send(other, "signup", ANN | {"email": "bob@example.com"}).status_code == 403
    assert User.objects.count() == 1


def test_an_invitation_lets_its_address_sign_up_once_in_its_role(now: datetime) -> None:
    person()
    link = services.link_of(services.invite("Bob@example.com", "marketer", now=now))
    token = link.rpartition("/")[2]
    bob = ANN | {"email": "bob@example.com", "invitation": token}
    assert send(Client(), "signup", bob | {"email": "eve@example.com"}).status_code == 403
    assert send(Client(), "signup", bob | {"invitation": token + "x"}).status_code == 403
    assert send(Client(), "signup", bob).status_code == 200
    assert User.objects.get(email="bob@example.com").role == "marketer"
    assert send(Client(), "signup", bob).status_code == 403


def test_two_who_sign_up_first_at_once_make_one_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    monkeypatch.setattr(
        "setpoint.governance.views._may_sign_up", lambda data: True
    )  # both were let in before either was saved
    late = send(Client(), "signup", ANN | {"email": "bob@example.com"})
    assert (late.status_code, User.objects.count()) == (403, 1)


def test_what_has_expired_is_swept_at_sign_in() -> None:
    person()
    old = signed_in()
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    signed_in()
    assert Session.objects.count() == 1
    assert old.get("/api/me").status_code == 401


def test_passwords_are_kept_by_argon2(settings: Any) -> None:
    settings.PASSWORD_HASHERS = import_module("setpoint.site.settings").PASSWORD_HASHERS
    assert person().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("password", ["short", "password1234", "ann@example.com", "x" * 129])
def test_weak_passwords_are_refused(password: str) -> None:
    refused = send(Client(), "signup", ANN | {"password": password})
    assert (refused.status_code, refused.json()["errors"][0]["param"]) == (400, "password")


@pytest.mark.parametrize(
    "password", ["  spaces inside and at the ends  ", "密码可以是任何语言的一句话吗当然", "emoji 🙂🙂🙂🙂 are fine"]
)
def test_any_character_may_stand_in_a_password(password: str) -> None:
    assert send(Client(), "signup", ANN | {"password": password}).status_code == 200
    signed_in(password=password)


def test_sign_up_does_not_tell_who_has_an_account(now: datetime) -> None:
    person()
    services.invite("bob@example.com", "marketer", now=now)
    taken = send(Client(), "signup", ANN)
    free = send(Client(), "signup", ANN | {"email": "nobody@example.com"})
    assert (taken.status_code, taken.content) == (free.status_code, free.content)


def test_sign_in_does_not_tell_who_has_an_account() -> None:
    person()
    known = send(Client(), "login", {"email": "ann@example.com", "password": "wrong wrong wrong"})
    unknown = send(Client(), "login", {"email": "eve@example.com", "password": "wrong wrong wrong"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.status_code == 400
    assert [entry.subject for entry in AuditEntry.objects.filter(verb="failed to sign in")] == [
        f"user:{User.objects.get().pk}",
        "user:unknown",
    ]


def test_five_wrong_passwords_lock_the_account_for_every_process() -> None:
    person()
    for _try in range(5):
        assert send(Client(), "login", {"email": "ann@example.com", "password": "wrong"}).status_code == 400
    refused = send(Client(), "login", {"email": "ann@example.com", "password": PASSWORD})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "too_many_login_attempts"


def wrong_tries(client: Client, times: int, **headers: str) -> None:
    for _try in range(times):
        refused = send(client, "login", {"email": "ann@example.com", "password": "wrong"}, **headers)
        assert refused.json()["errors"][0]["code"] == "email_password_mismatch"


def test_the_lock_holds_whatever_host_a_request_names() -> None:
    person()
    for port in range(5):
        wrong_tries(Client(), 1, Host=f"localhost:{9000 + port}")
    refused = send(Client(), "login", {"email": "ann@example.com", "password": PASSWORD}, Host="localhost:9999")
    assert refused.json()["errors"][0]["code"] == "too_many_login_attempts"


def test_nobody_locks_a_person_out_of_a_browser_in_which_they_signed_in_before() -> None:
    person()
    known = signed_in()
    send(known, "session", method="delete")
    wrong_tries(Client(), 5)
    assert send(Client(), "login", {"email": "ann@example.com", "password": PASSWORD}).status_code == 400
    assert send(known, "login", {"email": "ann@example.com", "password": PASSWORD}).status_code == 200


def test_a_known_browser_has_five_tries_too_and_is_known_to_its_own_account_alone() -> None:
    person()
    person("marketer", "bob@example.com")
    known = signed_in("bob@example.com")
    cookie = known.cookies["setpoint_device"]
    assert (cookie["httponly"], cookie["samesite"], "bob" in cookie.value) == (True, "Lax", False)
    wrong_tries(known, 3)
    wrong_tries(Client(), 2)
    assert send(known, "login", {"email": "ann@example.com", "password": PASSWORD}).status_code == 400
    for _try in range(5):
        send(known, "login", {"email": "bob@example.com", "password": "wrong"})
    assert send(known, "login", {"email": "bob@example.com", "password": PASSWORD}).status_code == 400


def test_a_session_reads_and_writes_with_the_scopes_of_its_role() -> None:
    person("analyst")
    client = signed_in()
    assert client.get("/api/company").status_code == 200
    refused = client.patch("/api/company", {"name": "X"}, content_type="application/json")
    assert (refused.status_code, refused.json()["scope"]) == (403, "settings:write")


def test_a_write_needs_the_token_against_cross_site_requests() -> None:
    person()
    client = Client(enforce_csrf_checks=True)
    assert send(client, "login", {"email": "ann@example.com", "password": PASSWORD}).status_code == 403
    client.get("/api/auth/session")
    token = client.cookies["csrftoken"].value
    login = {"email": "ann@example.com", "password": PASSWORD}
    assert send(client, "login", login, **{"X-CSRFToken": token}).status_code == 200
    refused = client.patch("/api/company", {"name": "X"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
    token = client.cookies["csrftoken"].value
    done = client.patch("/api/company", {"name": "X"}, content_type="application/json", headers={"X-CSRFToken": token})
    assert done.status_code == 200
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.origin) == (User.objects.get().actor, "127.0.0.1")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    person()
    cookie = signed_in().cookies["setpoint"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")


def test_signing_in_takes_a_new_session_whatever_the_browser_brought() -> None:
    person()
    client = Client()
    client.cookies["setpoint"] = planted = "abcdefghijklmnopqrstuvwxyz012345"
    send(client, "login", {"email": "ann@example.com", "password": PASSWORD})
    assert client.cookies["setpoint"].value != planted
    client.cookies["setpoint"] = planted
    assert client.get("/api/me").status_code == 401


def test_an_idle_session_ends_and_polling_does_not_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    idle, busy = signed_in(), signed_in()
    start = timezone.now()
    for minutes in (5, 10, 14):
        monkeypatch.setattr(timezone, "now", lambda minutes=minutes: start + timedelta(minutes=minutes))
        assert idle.get("/api/company").status_code == 200
        assert busy.get("/api/company", headers={"X-Setpoint-Active": "1"}).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(minutes=16))
    assert idle.get("/api/company").status_code == 401
    assert busy.get("/api/company").status_code == 200


def test_the_busiest_session_ends_after_twelve_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    client = signed_in()
    start, clock_start = timezone.now(), time.time()
    for minutes in range(10, 12 * 60, 10):
        later = timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda later=later: start + later)
        answer = client.get("/api/company", headers={"X-Setpoint-Active": "1"})
        assert answer.status_code == 200, minutes
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(hours=12, seconds=1))
    assert client.get("/api/company").status_code == 401
    assert time.time() - clock_start < 60


@pytest.mark.parametrize("changes", [{"role": "analyst"}, {"disabled_at": True}])
def test_a_new_role_or_being_disabled_ends_sessions(changes: dict[str, Any], now: datetime) -> None:
    person("owner", "boss@example.com")
    user = person("marketer")
    client = signed_in()
    services.change_person(user.pk, changes, now=now)
    assert client.get("/api/company").status_code == 401


def test_the_disabled_cannot_sign_in(now: datetime) -> None:
    person("owner", "boss@example.com")
    services.change_person(person("marketer").pk, {"disabled_at": True}, now=now)
    client = Client()
    answer = send(client, "login", {"email": "ann@example.com", "password": PASSWORD})
    assert answer.status_code != 200
    assert client.get("/api/company").status_code == 401


def test_signing_out_ends_the_session() -> None:
    person()
    client = signed_in()
    assert send(client, "session", method="delete").status_code == 202
    assert client.get("/api/company").status_code == 401


def test_a_call_with_a_key_looks_no_session_up(now: datetime, django_assert_num_queries: Any) -> None:
    person()
    client = signed_in()
    text, _key = services.create_api_key("tests", ["settings:read"], now=now)
    client.get("/api/company", headers={"Authorization": f"Bearer {text}"})
    with django_assert_num_queries(1):
        assert client.get("/api/company", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    assert client.get("/api/company", headers={"Authorization": "Bearer sp_api_wrong"}).status_code == 401


def test_simulated_time_does_not_touch_sessions(now: datetime) -> None:
    person()
    client = signed_in()
    assert client.get("/api/company").status_code == 200
