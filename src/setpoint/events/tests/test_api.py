"""The endpoints for imports and recent events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.testing import TestClient

from setpoint.customers.models import Customer
from setpoint.events import services
from setpoint.events.api import router
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError

pytestmark = pytest.mark.django_db
api = NinjaAPI(urls_namespace="events-tests")
api.add_router("", router)


@api.exception_handler(SetpointError)
def refuse(request: HttpRequest, error: SetpointError) -> HttpResponse:
    return api.create_response(request, error.to_dict(), status=error.status)


class Caller:
    """Calls the endpoints with one key."""

    def __init__(self, key: str) -> None:
        self.client = TestClient(api)
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, body: Any = None, **named: Any) -> Any:
        return self.client.post(path, json={} if body is None else body, headers=self.headers, **named)

    def upload(self, content: bytes, **form: str) -> Any:
        file = SimpleUploadedFile("people.csv", content)
        return self.client.post("/imports", data=form, FILES={"file": file}, headers=self.headers)


@pytest.fixture
def caller(now: datetime) -> Caller:
    return Caller(create_api_key("t", ["imports:write", "customers:read"], now=now)[0])


def test_an_import_from_upload_to_problems(caller: Caller, now: datetime) -> None:
    made = caller.upload(b"email,age\na@example.com,3\nbad,4\n", target="customers", name="People")
    assert made.status_code == 201, made.content
    job = made.json()
    assert (job["state"], job["rows_total"], job["columns"]) == ("created", 2, ["email", "age"])
    path = f"/imports/{job['id']}"
    seen = caller.post(f"{path}/preview").json()
    assert seen["rows"][0] == {"email": "a@example.com", "age": "3"}
    assert seen["problems"][0]["field"] == "email"
    assert (
        caller.post(f"{path}/run", {"mapping": {"columns": {"email": "email", "age": "trait:years"}}}).json()["state"]
        == "queued"
    )
    services.run_next_import(now=now)
    done = caller.get(path).json()
    assert (done["state"], done["rows_good"], done["rows_bad"]) == ("done", 1, 1)
    assert caller.get(f"{path}/problems").json()[0]["row"] == 2
    assert b"bad,4,2,email" in caller.get(f"{path}/problems.csv").content
    assert [each["id"] for each in caller.get("/imports").json()] == [job["id"]]


def test_run_at_once_cancel_and_resume(caller: Caller) -> None:
    job = caller.upload(b"email\na@example.com\n", target="customers", run="true").json()
    path = f"/imports/{job['id']}"
    assert job["state"] == "queued"
    assert caller.post(f"{path}/cancel").json()["state"] == "cancelled"
    assert caller.post(f"{path}/run").status_code == 409
    assert caller.post(f"{path}/resume").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"", {"target": "customers"}),
        (b"city\nLyon\n", {"target": "customers", "run": "true"}),
        (b"email\na@example.com\n", {"target": "customers", "mapping": "{"}),
        (b"email\na@example.com\n", {"target": "customers", "mapping": "[1]"}),
        (b"email\na@example.com\n", {"target": "customers", "mapping": '{"columns": {"x": "email"}}'}),
    ],
)
def test_bad_uploads_are_refused_with_remedy(caller: Caller, content: bytes, form: dict[str, str]) -> None:
    answer = caller.upload(content, **form)
    assert answer.status_code == 400
    assert answer.json()["remedy"]
    assert caller.get("/imports").json() == []


def test_what_is_not_there(caller: Caller) -> None:
    for path in ("/imports/7", "/imports/7/problems", "/imports/7/problems.csv"):
        assert caller.get(path).status_code == 404
    for verb in ("preview", "run", "cancel", "resume"):
        assert caller.post(f"/imports/7/{verb}").status_code == 404


def test_recent_events_are_newest_first(caller: Caller, now: datetime) -> None:
    services.accept(
        [
            {
                "type": "track",
                "userId": "u",
                "event": name,
                "timestamp": now - timedelta(days=age),
                "properties": {"n": age},
            }
            for age, name in enumerate(["Visit", "Order Completed", "Visit"])
        ],
        now=now,
    )
    services.fold_inbox(now=now)
    customer = Customer.objects.get()
    found = caller.get(f"/events/recent?customer_id={customer.pk}&limit=2").json()
    assert [(event["event"], event["properties"]) for event in found] == [
        ("Visit", {"n": 0}),
        ("Order Completed", {"n": 1}),
    ]
    assert caller.get("/events/recent?customer_id=999").json() == []


def test_a_key_without_the_scope_is_refused(now: datetime) -> None:
    caller = Caller(create_api_key("t", ["content:read"], now=now)[0])
    assert caller.get("/imports").status_code == 403
    assert caller.get("/events/recent?customer_id=1").status_code == 403
