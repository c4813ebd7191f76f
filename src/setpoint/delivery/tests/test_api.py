"""The API: channels without their secrets, the ledger, and bad input."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import ValidationError

from setpoint.delivery import services
from setpoint.delivery.api import router
from setpoint.delivery.models import ChannelAccount
from setpoint.delivery.tests.conftest import plan_row
from setpoint.delivery.types import Limit
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError

api = NinjaAPI(urls_namespace="delivery-test")
api.add_router("", router)


@api.exception_handler(SetpointError)
def on_error(request: HttpRequest, error: SetpointError) -> HttpResponse:
    return api.create_response(request, error.to_dict(), status=error.status)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return api.create_response(request, {"code": "invalid", "message": str(error.errors)}, status=400)


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
SMTP = {
    "plugin": "smtp",
    "settings": {"host": "127.0.0.1", "port": 9, "from_address": "a@b.example", "password": "open sesame"},
}


@pytest.fixture
def call(client, now):
    text, _key = create_api_key("test", ["delivery:read", "delivery:write"], now=now)

    def send(method, address, body=None):
        headers = {"Authorization": f"Bearer {text}"}
        return client.generic(method, f"/api{address}", body or b"", content_type="application/json", headers=headers)

    return send


def put(call, name, body):
    import json

    return call("PUT", f"/channels/{name}", json.dumps(body))


def test_a_channel_is_set_up_shown_without_secrets_and_removed(call):
    answer = put(call, "email", SMTP | {"cost_per_message": 1200})
    assert answer.status_code == 200
    assert "sesame" not in answer.content.decode()
    assert "/hooks/email?token=" in answer.json()["hook_url"]
    assert "sesame" not in ChannelAccount.objects.get().settings
    assert [one["cost_per_message"] for one in call("GET", "/channels").json()] == [1200]
    assert call("GET", "/channels/email/health").json()["state"] == "ready"
    tested = call("POST", "/channels/email/test", b'{"address": "me@example.com"}')
    assert (tested.status_code, tested.json()["status"]) == (200, "retry")
    assert call("DELETE", "/channels/email").status_code == 204
    assert call("GET", "/channels/email/health").status_code == 404


def test_a_channel_in_use_is_not_removed(call, people, provider, now):
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(people(1)[0], now)], now=now)
    assert call("DELETE", "/channels/email").status_code == 409


def test_the_ledger_and_its_rows_in_pages(call, people, provider, now):
    services.open_stream("campaign:1", limits=[Limit("campaign", "messages", 4)], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in people(5)], now=now)
    seen = call("GET", "/ledger/campaign:1").json()
    assert seen["states"] == {"reserved": 4, "suppressed": 1}
    assert seen["budgets"][0]["left"] == 0
    assert {warning["level"] for warning in seen["warnings"]} == {"near", "reached"}
    first = call("GET", "/deliveries?source=campaign:1&limit=3").json()
    rest = call("GET", f"/deliveries?source=campaign:1&limit=3&after={first['next']}").json()
    assert len({row["id"] for row in first["items"] + rest["items"]}) == 5
    assert rest["next"] is None
    assert len(call("GET", "/deliveries?state=suppressed").json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("PUT", "/channels/email", b'{"plugin": "pigeon", "settings": {}}', 404),
        ("PUT", "/channels/email", b'{"plugin": "smtp", "settings": {}}', 400),
        ("PUT", "/channels/email", b'{"plugin": "smtp", "settings": {"host": "a\\u0000"}}', 400),
        ("PUT", "/channels/%00", b"{}", 400),
        ("PUT", "/channels/email", b"{", 400),
        ("POST", "/channels/email/test", b'{"address": "a\\nb"}', 400),
        ("GET", "/deliveries?after=99999999999999999999", None, 400),
        ("GET", "/deliveries?source=%00", None, 400),
        ("GET", "/deliveries?round=-1", None, 400),
        ("GET", "/deliveries?state=gone", None, 400),
        ("GET", "/ledger/nobody", None, 404),
    ],
)
def test_bad_input_is_answered_with_its_cause(call, method, address, body, status):
    answer = call(method, address, body)
    assert answer.status_code == status
    assert answer.json()


def test_a_key_without_the_scope_is_refused(client, now):
    text, _key = create_api_key("other", ["delivery:read"], now=now)
    headers = {"Authorization": f"Bearer {text}"}
    answer = client.put("/api/channels/email", b"{}", content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert client.get("/api/channels").status_code == 401
