"""Content over HTTP, as a program meets it."""

import json

import pytest
from django.test import override_settings
from django.urls import path
from ninja import NinjaAPI

from setpoint.content.api import router
from setpoint.content.tests.sources import MAIL
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError

pytestmark = pytest.mark.django_db
api = NinjaAPI(urls_namespace="content-test")
api.add_router("", router)


@api.exception_handler(SetpointError)
def answer(request, error):
    return api.create_response(request, error.to_dict(), status=error.status)


urlpatterns = [path("api/", api.urls)]


@pytest.fixture
def call(client, now):
    key, _row = create_api_key("test", ["content:read", "content:write"], now=now)

    def send(method, address, body=None):
        headers = {"Authorization": f"Bearer {key}"}
        data = json.dumps(body) if body is not None else ""
        with override_settings(ROOT_URLCONF=__name__):
            answer = client.generic(method, f"/api{address}", data, "application/json", headers=headers)
        return answer.status_code, answer.json()

    return send


def test_a_template_from_nothing_to_preview(call):
    status, template = call("POST", "/templates", {"name": "Spring"})
    assert (status, template["channel"], template["variants"]) == (201, "email", [])
    status, variant = call("POST", f"/templates/{template['id']}/variants", {"name": "A", "subject": "s", "body": MAIL})
    assert (status, variant["version"]) == (201, 1)
    status, variant = call("PATCH", f"/variants/{variant['id']}", {"subject": "t"})
    assert (status, variant["version"], variant["subject"], variant["body"]) == (200, 2, "t", MAIL)
    status, offer = call("POST", "/offers", {"name": "five", "kind": "amount", "value": 5_000_000})
    assert (status, offer["text"]["zh"]) == (201, "立减 €5.00")
    assert call("GET", "/offers")[1]["items"][0]["name"] == "five"
    assert call("GET", "/templates")[1]["items"][0]["variants"][0]["id"] == variant["id"]
    status, error = call("POST", f"/variants/{variant['id']}/preview", {"customer_id": 99})
    assert (status, error["code"], error["field"]) == (404, "not_found", "customer_id")


def test_a_broken_source_is_explained(call):
    _status, template = call("POST", "/templates", {"name": "Spring"})
    source = {"subject": "s", "body": "<p>\n{{ x }}</p>", "format": "html"}
    status, error = call("POST", f"/templates/{template['id']}/variants", {"name": "A"} | source)
    assert (status, error["field"], error["line"]) == (400, "body", 2)
    status, problems = call("POST", "/variants/check", source)
    assert (status, problems[0]["severity"], problems[0]["line"]) == (200, "error", 2)


def test_a_key_without_the_scope_is_refused(client, now):
    key, _row = create_api_key("other", ["customers:read"], now=now)
    with override_settings(ROOT_URLCONF=__name__):
        assert client.get("/api/templates", headers={"Authorization": f"Bearer {key}"}).status_code == 403
        assert client.get("/api/templates").status_code == 401
