"""Governance over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.testing import TestClient

from setpoint.governance.api import router
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def client() -> TestClient:
    api = NinjaAPI(urls_namespace="governance-test")
    api.add_router("", router)

    @api.exception_handler(SetpointError)
    def tell(request: HttpRequest, error: SetpointError) -> HttpResponse:
        return api.create_response(request, error.to_dict(), status=error.status)

    return TestClient(api)


@pytest.fixture
def headers(now: datetime) -> dict[str, str]:
    text, _key = create_api_key("tests", ["settings:read", "settings:write", "keys:write", "audit:read"], now=now)
    return {"Authorization": f"Bearer {text}"}


def test_the_company_is_shown_and_changed(client: TestClient, headers: dict[str, Any]) -> None:
    assert client.get("/company", headers=headers).json()["currency"] == "EUR"
    answer = client.patch("/company", json={"currency": "CNY", "name": None}, headers=headers)
    assert (answer.status_code, answer.json()["currency"], answer.json()["name"]) == (200, "CNY", "My company")
    refusal = client.patch("/company", json={"timezone": "Mars/Olympus"}, headers=headers)
    assert (refusal.status_code, refusal.json()["field"]) == (400, "timezone")
    (entry,) = client.get("/audit?subject=company", headers=headers).json()["items"]
    assert entry["actor"].endswith(" tests")


def test_a_key_is_made_shown_once_and_revoked(client: TestClient, headers: dict[str, Any]) -> None:
    made = client.post("/api-keys", json={"name": "bi", "scopes": ["settings:read"]}, headers=headers)
    assert made.status_code == 201
    text = made.json()["key"]
    assert client.get("/company", headers={"X-Api-Key": text}).status_code == 200
    assert text not in client.get("/api-keys", headers=headers).content.decode()
    assert client.patch("/company", json={}, headers={"X-Api-Key": text}).status_code == 403
    ended = client.delete(f"/api-keys/{made.json()['id']}", headers=headers)
    assert ended.json()["revoked_at"]
    assert client.get("/company", headers={"X-Api-Key": text}).status_code == 401


def test_a_write_key_opens_nothing_here(client: TestClient, headers: dict[str, Any]) -> None:
    made = client.post("/api-keys", json={"name": "web", "kind": "write"}, headers=headers).json()
    assert made["scopes"] == ["events:write"]
    assert client.get("/company", headers={"X-Api-Key": made["key"]}).status_code == 403


def test_the_trail_has_pages(client: TestClient, headers: dict[str, Any]) -> None:
    for name in ("a", "b", "c"):
        client.patch("/company", json={"name": name}, headers=headers)
    first = client.get("/audit?limit=3", headers=headers).json()
    second = client.get(f"/audit?limit=3&after={first['next']}", headers=headers).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/audit?limit=501", None, 422),
        ("get", "/audit?after=-1", None, 422),
        ("get", "/audit?subject=%00", None, 422),
        ("delete", "/api-keys/999", None, 404),
        ("delete", "/api-keys/0", None, 422),
        ("delete", "/api-keys/99999999999999999999", None, 422),
        ("post", "/api-keys", {"name": "x", "scopes": ["root"]}, 400),
        ("post", "/api-keys", {"name": "\0", "scopes": ["settings:read"]}, 400),
        ("post", "/api-keys", {"name": "x"}, 400),
        ("patch", "/company", {"name": "\0"}, 400),
        ("patch", "/company", {"colour": "#000000"}, 422),
    ],
)
def test_bad_input_is_the_callers_fault(
    client: TestClient, headers: dict[str, Any], method: str, path: str, body: Any, status: int
) -> None:
    assert getattr(client, method)(path, json=body, headers=headers).status_code == status


def test_nobody_gets_in_without_a_key(client: TestClient) -> None:
    answer = client.get("/company")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert answer.json()["remedy"]
