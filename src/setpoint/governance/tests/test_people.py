"""People, roles, invitations and ways back in."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client
from django.utils import timezone

from setpoint.governance import services, views
from setpoint.governance.models import AuditEntry, Invitation, User
from setpoint.governance.tests.conftest import PASSWORD, person, send, signed_in
from setpoint.governance.types import ROLES, Acting
from setpoint.kernel.errors import Conflict, NotFound, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]


def acting(user: User) -> Any:
    return services.acting_as(Acting(user.actor, user.scopes, "here", user.pk))


def patch(client: Client, path: str, body: Any) -> Any:
    return client.patch(path, body, content_type="application/json")


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def test_the_matrix_is_the_one_that_is_enforced() -> None:
    person()
    shown = signed_in().get("/api/roles").json()
    assert {role["name"]: set(role["scopes"]) for role in shown["roles"]} == {
        role: set(scopes) for role, scopes in ROLES.items()
    }


def test_owners_may_everything_and_others_never_manage_people() -> None:
    managing = {"users:write", "keys:write", "settings:write", "delivery:write"}
    assert managing <= ROLES["owner"]
    assert {role: ROLES[role] & managing for role in ROLES if role != "owner"} == {
        role: frozenset() for role in ROLES if role != "owner"
    }


def test_the_last_owner_stays(now: datetime) -> None:
    ann = person()
    for changes in ({"role": "analyst"}, {"disabled_at": True}):
        with pytest.raises(Conflict):
            services.change_person(ann.pk, changes, now=now)
    person("owner", "bob@example.com")
    assert services.change_person(ann.pk, {"role": "analyst"}, now=now).role == "analyst"


def test_nobody_gives_or_takes_more_than_they_hold(now: datetime) -> None:
    owner, dan = person(), person("dpo", "dan@example.com")
    limited = Acting("api-key:1 hr", frozenset({"users:write", "customers:read"}), "here")
    with services.acting_as(limited):
        with pytest.raises(Refused):
            services.invite("eve@example.com", "owner", now=now)
        with pytest.raises(Refused):
            services.change_person(dan.pk, {"role": "owner"}, now=now)
        with pytest.raises(Refused):
            services.change_person(owner.pk, {"disabled_at": True}, now=now)
        with pytest.raises(Refused):
            services.reset_link(owner.pk, now=now)
    with acting(dan), pytest.raises(Refused):
        services.create_api_key("mine", ["customers:read"], now=now)
    with services.acting_as(Acting("api-key:2 ci", frozenset({"keys:write"}), "")), pytest.raises(Refused):
        services.create_api_key("more", ["customers:write"], now=now)


def test_two_people_changing_one_person(now: datetime) -> None:
    person()
    bob = person("analyst", "bob@example.com")
    client = signed_in()
    assert patch(client, f"/api/users/{bob.pk}", {"role": "support", "version": 1}).json()["version"] == 2
    stale = patch(client, f"/api/users/{bob.pk}", {"role": "dpo", "version": 1})
    assert (stale.status_code, stale.json()["current_version"]) == (409, 2)
    assert stale.json()["changes"][0]["after"]["role"] == "support"


def test_people_are_listed_exported_and_changed() -> None:
    person()
    bob = person("analyst", "bob@example.com")
    client = signed_in()
    assert [row["email"] for row in client.get("/api/users").json()["items"]] == ["ann@example.com", "bob@example.com"]
    body = b"".join(client.get("/api/users/export").streaming_content).decode()
    assert body.splitlines()[2].startswith(f"{bob.pk},bob@example.com,,analyst,false")
    shown = patch(client, f"/api/users/{bob.pk}", {"disabled": True}).json()
    assert shown["disabled_at"]
    assert patch(client, f"/api/users/{bob.pk}", {"disabled": False}).json()["disabled_at"] is None
    assert [entry.verb for entry in AuditEntry.objects.filter(subject=f"user:{bob.pk}")] == [
        "created",
        "changed",
        "changed",
    ]


def test_an_invitation_expires_is_revoked_and_replaced(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    client = signed_in()
    first = post(client, "/api/invitations", {"email": "Bob@example.com", "role": "support"}).json()
    second = post(client, "/api/invitations", {"email": "bob@example.com", "role": "analyst"}).json()
    token = second["link"].rpartition("/")[2]
    assert client.get(f"/api/join/{first['link'].rpartition('/')[2]}").status_code == 400
    assert Client().get(f"/api/join/{token}").json()["role"] == "analyst"
    assert [row["id"] for row in client.get("/api/invitations").json()] == [second["id"]]
    start = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(days=7, seconds=1))
    assert Client().get(f"/api/join/{token}").status_code == 400
    monkeypatch.undo()
    client.delete(f"/api/invitations/{second['id']}")
    assert Client().get(f"/api/join/{token}").status_code == 400
    assert post(client, "/api/invitations", {"email": "ann@example.com", "role": "support"}).status_code == 409


def test_an_analyst_sees_invitations_without_their_links(now: datetime) -> None:
    person()
    person("analyst", "bob@example.com")
    services.invite("eve@example.com", "owner", now=now)
    (shown,) = signed_in("bob@example.com").get("/api/invitations").json()
    assert shown["link"] == ""


def test_an_invitation_is_mailed_where_mail_is_set_up(
    now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from setpoint.governance import mail as system_mail

    settings.SETPOINT_MAIL = "smtp://mail.example"
    monkeypatch.setattr(system_mail, "send_aside", system_mail.hand_over)
    services.update_company(name="Tea House", now=now)
    invitation = services.invite("bob@example.com", "support", now=now)
    services.mail_invitation(invitation)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["bob@example.com"], "Tea House invites you to Setpoint")
    assert services.link_of(invitation) in sent.body


def test_a_reset_link_works_once(now: datetime) -> None:
    ann = person()
    link = services.reset_link(ann.pk, now=now)
    key = link.rpartition("/")[2]
    fresh = {"key": key, "password": "another long evening"}
    assert send(Client(), "password/reset", fresh).status_code == 202
    signed_in(password="another long evening")
    assert send(Client(), "password/reset", fresh).status_code == 400


def test_a_forgotten_password_is_answered_the_same_for_everybody(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from setpoint.governance import accounts
    from setpoint.governance import mail as system_mail

    settings.SETPOINT_MAIL = "smtp://mail.example"
    monkeypatch.setattr(accounts, "send_aside", system_mail.hand_over)
    person()
    started = time.monotonic()
    known = send(Client(), "password/request", {"email": "ann@example.com"})
    unknown = send(Client(), "password/request", {"email": "eve@example.com"})
    assert time.monotonic() - started >= 2 * views.LEAST_SECONDS, "nor by how long it takes"
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.com"]
    key = sent.body.partition("/reset-password/")[2].split()[0]
    assert send(Client(), "password/reset", {"key": key, "password": "another long evening"}).status_code == 202
    signed_in(password="another long evening")


def test_a_sign_in_link_works_once(now: datetime) -> None:
    token = services.sign_in_link(person().pk, now=now).rpartition("/")[2]
    client = Client()
    assert send(client, "link", {"token": token + "x"}).status_code == 400
    assert send(client, "link", {"token": token}).status_code == 200
    assert client.get("/api/me").json()["email"] == "ann@example.com"
    assert send(Client(), "link", {"token": token}).status_code == 400


def test_a_second_factor_is_set_up_asked_for_and_replaced_by_recovery_codes() -> None:
    person()
    client = signed_in()
    asked = send(client, "reauthenticate", {"password": PASSWORD})
    assert asked.status_code == 200
    offered = client.get("/api/auth/authenticators/totp")
    secret = offered.json()["meta"]["secret"]
    picture = client.get("/api/me/second-factor.svg")
    assert (picture["Content-Type"], b"<svg" in picture.content) == ("image/svg+xml", True)
    assert send(client, "authenticators/totp", {"code": "000000"}).status_code == 400
    code = code_of(secret)
    assert send(client, "authenticators/totp", {"code": code}).status_code == 200
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data)
    assert "added second factor" in AuditEntry.objects.values_list("verb", flat=True)
    codes = client.get("/api/auth/authenticators/recovery-codes").json()["data"]["unused_codes"]
    assert len(codes) == 10
    other = Client()
    halfway = send(other, "login", {"email": "ann@example.com", "password": PASSWORD})
    assert (halfway.status_code, other.get("/api/me").status_code) == (202, 401)
    assert send(other, "2fa/authenticate", {"code": code}).status_code == 400  # it turned the factor on
    assert send(other, "2fa/authenticate", {"code": codes[0]}).status_code == 200
    assert other.get("/api/me").json()["second_factor"] is True
    again = Client()
    send(again, "login", {"email": "ann@example.com", "password": PASSWORD})
    assert send(again, "2fa/authenticate", {"code": codes[0]}).status_code == 400


def test_a_code_of_the_app_works_once() -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    secret = generate_totp_secret()
    TOTP.activate(person(), secret)
    code = code_of(secret)
    first, second = Client(), Client()
    for client in (first, second):
        send(client, "login", {"email": "ann@example.com", "password": PASSWORD})
    assert send(first, "2fa/authenticate", {"code": code}).status_code == 200
    assert send(second, "2fa/authenticate", {"code": code}).status_code == 400


def test_codes_cannot_be_guessed() -> None:
    user = person()
    secret = generate_totp_secret()
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(user, secret)
    client = Client()
    send(client, "login", {"email": "ann@example.com", "password": PASSWORD})
    answers = [send(client, "2fa/authenticate", {"code": f"{number:06d}"}) for number in range(6)]
    assert answers[-1].json()["errors"][0]["code"] == "too_many_login_attempts"
    assert send(client, "2fa/authenticate", {"code": code_of(secret)}).status_code == 400


def test_the_company_can_ask_everybody_for_a_second_factor(now: datetime) -> None:
    user = person()
    person("analyst", "bob@example.com")
    services.update_company(second_factor_required=True, now=now)
    bob = signed_in("bob@example.com")
    refused = bob.get("/api/company")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")
    assert bob.get("/api/me").json()["second_factor_required"] is True
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(User.objects.get(email="bob@example.com"), generate_totp_secret())
    assert bob.get("/api/company").status_code == 200
    services.forget_second_factor(User.objects.get(email="bob@example.com").pk, now=now)
    assert bob.get("/api/me").status_code == 401
    assert user.is_active


def test_who_is_not_there_is_not_found(now: datetime) -> None:
    with pytest.raises(NotFound):
        services.change_person(99, {"role": "analyst"}, now=now)
    with pytest.raises(NotFound):
        services.person_by_email("nobody@example.com")
    assert Invitation.objects.count() == 0
