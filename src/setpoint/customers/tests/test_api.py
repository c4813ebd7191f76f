"""Customers over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.testing import TestClient

from setpoint.customers.api import router
from setpoint.customers.services import contacts
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError

pytestmark = pytest.mark.django_db
ANN = {
    "identities": {"user_id": "1", "email": "Ann@X.org"},
    "traits": {"city": "Lyon", "age": 30},
    "consents": [{"channel": "email", "purpose": "marketing", "state": "granted"}],
    "timezone": "Europe/Paris",
    "at": "2026-03-01T00:00:00+08:00",
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    api = NinjaAPI(urls_namespace="customers-test")
    api.add_router("", router)

    @api.exception_handler(SetpointError)
    def tell(request: HttpRequest, error: SetpointError) -> HttpResponse:
        return api.create_response(request, error.to_dict(), status=error.status)

    return TestClient(api)


@pytest.fixture
def headers(now: datetime) -> dict[str, str]:
    text, _key = create_api_key("tests", ["customers:read", "customers:write"], now=now)
    return {"Authorization": f"Bearer {text}"}


def test_a_customer_is_put_shown_and_found(client: TestClient, headers: dict[str, Any]) -> None:
    put = client.put("/customers", json=ANN, headers=headers)
    assert put.status_code == 200
    assert put.json()["identities"] == {"user_id": "1", "email": "ann@x.org"}
    assert [each["state"] for each in put.json()["consents"]] == ["granted"]
    again = client.put("/customers", json=ANN | {"traits": {"age": None}, "at": None}, headers=headers).json()
    assert (again["id"], again["traits"]) == (put.json()["id"], {"city": "Lyon"})
    assert client.get(f"/customers/{again['id']}", headers=headers).json() == again
    assert client.get("/customers/traits", headers=headers).json() == {"age": "number", "city": "text"}


@pytest.mark.django_db(transaction=True)  # PostgreSQL's versions are numbers of transactions
def test_a_customer_is_changed_by_who_saw_the_version(client: TestClient, headers: dict[str, Any]) -> None:
    shown = client.put("/customers", json=ANN, headers=headers).json()
    path = f"/customers/{shown['id']}"
    assert (shown["name"], shown["suppressed"], shown["active_at"]) == ("ann@x.org", [], None)
    changed = client.patch(
        path, json={"version": shown["version"], "traits": {"city": "Nice", "age": None}}, headers=headers
    )
    assert changed.status_code == 200
    assert (changed.json()["traits"], changed.json()["version"] > shown["version"]) == ({"city": "Nice"}, True)
    late = client.patch(path, json={"version": shown["version"], "traits": {"city": "Lyon"}}, headers=headers)
    assert (late.status_code, late.json()["changes"][-1]["after"]["traits"]) == (409, {"city": "Nice", "age": None})
    same = client.patch(path, json={"traits": {"city": "Nice"}, "language": "en"}, headers=headers).json()
    assert same["traits"] == {"city": "Nice"}
    assert client.patch("/customers/999", json={"traits": {"x": 1}}, headers=headers).status_code == 404
    assert client.patch(path, json={"traits": {"": 1}}, headers=headers).status_code == 400


def test_every_change_of_consent_is_shown(client: TestClient, headers: dict[str, Any]) -> None:
    pk = client.put("/customers", json=ANN, headers=headers).json()["id"]
    said = {"channel": "email", "state": "denied", "source": "phone call"}
    client.post(f"/customers/{pk}/consents", json=said, headers=headers)
    history = client.get(f"/customers/{pk}/consents", headers=headers).json()
    assert [each["state"] for each in history] == ["granted", "denied"]
    assert client.get("/customers/999/consents", headers=headers).status_code == 404


def test_consent_and_suppression_decide_who_is_written_to(client: TestClient, headers: dict[str, Any]) -> None:
    pk = client.put("/customers", json=ANN, headers=headers).json()["id"]

    def refusal() -> str | None:
        return contacts([pk], channel="email", purpose="marketing")[pk].refusal

    assert refusal() is None
    said = {"channel": "email", "state": "denied", "source": "phone call"}
    answer = client.post(f"/customers/{pk}/consents", json=said, headers=headers).json()
    assert [(each["state"], each["source"]) for each in answer] == [("denied", "phone call")]
    assert refusal() == "no_consent"
    kept = client.post("/suppressions", json={"channel": "*", "address": "ANN@x.org"}, headers=headers)
    assert (kept.status_code, kept.json()["address"]) == (200, "ann@x.org")
    assert refusal() == "suppressed"
    assert len(client.get("/suppressions?channel=*", headers=headers).json()["items"]) == 1
    assert client.get("/suppressions?channel=sms", headers=headers).json()["items"] == []
    gone = f"/suppressions?channel={quote('*')}&address=ann@x.org"
    assert client.delete(gone, headers=headers).status_code == 204
    assert client.delete(gone, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/customers/999", None, 404),
        ("get", "/customers/0", None, 422),
        ("get", "/customers/x", None, 422),
        ("get", f"/customers/{10**30}", None, 422),
        ("get", "/suppressions?channel=%00", None, 400),
        ("put", "/customers", {}, 422),
        ("put", "/customers", {"identities": {}}, 400),
        ("put", "/customers", {"identities": {"user_id": "\0"}}, 400),
        ("put", "/customers", {"identities": {"user_id": "1"}, "traits": {"a": "\0"}}, 400),
        ("put", "/customers", {"identities": {"user_id": "1"}, "traits": {"a": 10**400}}, 400),
        ("put", "/customers", {"identities": {"user_id": "1"}, "traits": {"a": float("inf")}}, 400),
        ("put", "/customers", {"identities": {"user_id": "1"}, "at": "0001-01-01T00:00:00+14:00"}, 400),
        ("put", "/customers", {"identities": {"user_id": "1"}, "timezone": "\0"}, 200),
        ("post", "/customers/999/consents", {"channel": "email", "state": "denied"}, 404),
        ("post", "/customers/999/consents", {"channel": "email", "state": "maybe"}, 422),
        ("post", "/customers/999/consents", {"channel": "\0", "state": "denied"}, 400),
        ("post", "/suppressions", {"channel": "email", "address": "x"}, 400),
        ("post", "/suppressions", {"channel": "email", "address": "a@b.c", "reason": "\0"}, 400),
        ("delete", "/suppressions?channel=email&address=%00", None, 400),
    ],
)
def test_bad_input_is_the_callers_fault(
    client: TestClient, headers: dict[str, Any], method: str, path: str, body: Any, status: int
) -> None:
    assert getattr(client, method)(path, json=body, headers=headers).status_code == status


def test_traits_nested_too_deeply_are_refused(client: TestClient, headers: dict[str, Any]) -> None:
    deep: Any = 1
    for _level in range(500):
        deep = [deep]
    body = {"identities": {"user_id": "1"}, "traits": {"a": deep}}
    assert client.put("/customers", json=body, headers=headers).status_code == 400


def test_reading_needs_no_more_than_the_scope_to_read(client: TestClient, now: datetime) -> None:
    text, _key = create_api_key("reader", ["customers:read"], now=now)
    reader = {"X-Api-Key": text}
    assert client.get("/customers/traits", headers=reader).status_code == 200
    assert client.put("/customers", json=ANN, headers=reader).status_code == 403
    assert client.get("/customers/traits").status_code == 401
