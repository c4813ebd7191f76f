"""API keys: shown once, kept as a hash, valid until revoked."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import RequestFactory

from setpoint.governance import keys
from setpoint.governance.auth import actor_of, require
from setpoint.governance.models import ApiKey, AuditEntry
from setpoint.governance.services import authenticate_key, create_api_key, revoke_api_key
from setpoint.kernel.errors import Invalid, NotFound, Refused, Unauthorised

pytestmark = pytest.mark.django_db


def test_the_key_itself_is_not_kept(now: datetime) -> None:
    text, key = create_api_key("shop", ["customers:read"], now=now)
    assert text.startswith("sp_api_")
    assert len(text) == len("sp_api_") + 43
    assert key.prefix == text[:12]
    kept = " ".join(str(value) for value in ApiKey.objects.values_list().get())
    assert text not in kept
    assert text not in str(list(AuditEntry.objects.values()))


def test_a_key_is_recognised_with_its_scopes(now: datetime) -> None:
    text, key = create_api_key("shop", ["customers:read", "customers:write", "customers:read"], now=now)
    view = authenticate_key(text)
    assert view is not None
    assert (view.id, view.name, view.scopes) == (key.pk, "shop", {"customers:read", "customers:write"})
    assert authenticate_key(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert authenticate_key("sp_" + "x" * 10_000) is None
    assert authenticate_key("sp_api_\ud800") is None


def test_a_write_key_sends_events_and_nothing_else(now: datetime) -> None:
    text, key = create_api_key("web", ["customers:write"], kind="write", now=now)
    assert text.startswith("sp_write_")
    assert key.scopes == ["events:write"]


def test_a_revoked_key_is_refused_at_once_here_and_soon_elsewhere(now: datetime, monkeypatch) -> None:
    text, key = create_api_key("shop", ["customers:read"], now=now)
    assert authenticate_key(text)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=now)
    later = keys.time.monotonic() + keys.CACHE_SECONDS
    monkeypatch.setattr(keys.time, "monotonic", lambda: later)
    assert authenticate_key(text) is None
    other, second = create_api_key("crm", ["customers:read"], now=now)
    assert authenticate_key(other)
    revoke_api_key(second.pk, now=now)
    assert authenticate_key(other) is None


def test_a_known_key_costs_no_query(now: datetime, django_assert_num_queries, monkeypatch) -> None:
    text, _key = create_api_key("shop", ["customers:read"], now=now)
    moment = keys.time.monotonic()
    monkeypatch.setattr(keys.time, "monotonic", lambda: moment)
    authenticate_key(text)
    with django_assert_num_queries(0):
        assert authenticate_key(text)


@pytest.mark.parametrize("scopes", [[], ["customers"], ["customers:read", "everything"]])
def test_unknown_scopes_are_refused(scopes: list[str], now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        create_api_key("shop", scopes, now=now)
    assert refusal.value.field == "scopes"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_names_are_checked(name: str, now: datetime) -> None:
    with pytest.raises(Invalid):
        create_api_key(name, ["customers:read"], now=now)


def test_revoking_an_unknown_key_tells_so(now: datetime) -> None:
    with pytest.raises(NotFound):
        revoke_api_key(4711, now=now)


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_either_header_opens_the_door(header: str, now: datetime, rf: RequestFactory) -> None:
    text, key = create_api_key("shop", ["customers:read"], now=now)
    sent = f"Bearer {text}" if header == "Authorization" else text
    request = rf.get("/", headers={header: sent})
    request.auth = require("customers:read")(request)
    assert actor_of(request) == f"api-key:{key.pk} shop"
    with pytest.raises(Refused):
        require("customers:write")(request)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}])
def test_without_a_valid_key_cause_and_remedy_are_told(headers: dict[str, str], rf: RequestFactory) -> None:
    with pytest.raises(Unauthorised) as refusal:
        require("customers:read")(rf.get("/", headers=headers))
    assert refusal.value.remedy


def test_a_misspelt_scope_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="customer:read"):
        require("customer:read")
