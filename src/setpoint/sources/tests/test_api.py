"""Sources over HTTP: from a test to refused rows, secrets never told, inbound calls by signature alone."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from setpoint.governance.models import AuditEntry
from setpoint.governance.services import create_api_key
from setpoint.governance.types import SCOPES
from setpoint.sources import services
from setpoint.sources.tests.test_plugins import SECRET, signed
from setpoint.sources.tests.test_runs import PEOPLE

pytestmark = pytest.mark.django_db


class Caller:
    """Calls the API with a key that may do everything."""

    def __init__(self, now: datetime, scopes: list[str]) -> None:
        key, _view = create_api_key("test", scopes, now=now)
        self.client, self.headers = Client(), {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.generic(
            method.upper(), f"/api{path}", json.dumps(body), "application/json", headers=self.headers
        )
        assert answer.status_code == status
        is_json = status not in (202, 204) and "json" in answer.get("Content-Type", "")
        return answer.json() if is_json else answer


@pytest.fixture
def call(now: datetime) -> Caller:
    return Caller(now, sorted(SCOPES))


def test_from_upload_to_replay(call: Caller, now: datetime) -> None:
    made = call("post", "/connections", {"name": "People", "plugin": "files", "settings": {"settle_seconds": 0}}, 201)
    place = f"/connections/{made['id']}"
    assert (made["health"], made["mapping"], made["last_run"]) == ("new", {"columns": {}} | BARE, None)
    file = BytesIO(PEOPLE.encode())
    file.name = "people.csv"
    sent = call.client.post(f"/api{place}/files", {"file": file}, headers=call.headers)
    assert (sent.status_code, sent.json()) == (201, {"name": "people.csv"})
    found = call("post", "/connections/test", {"connection_id": made["id"]})
    assert (found["columns"], found["target"], found["identity"]) == (["email", "name", "age"], "customers", ["email"])
    chosen = {name: found[name] for name in ("target", "mapping", "identity")}
    call("patch", place, chosen | {"version": made["version"], "schedule_minutes": 60})
    call("patch", place, {"version": made["version"], "name": "late"}, 409)
    assert call("post", f"{place}/run", {}, 201)["state"] == "queued"
    assert call("get", place)["health"] == "waiting"
    assert services.run_next(now=now)
    (run,) = call("get", f"{place}/runs")["items"]
    assert (run["state"], run["rows_read"], run["rows_created"], run["rows_refused"]) == ("done", 3, 2, 1)
    (refused,) = call("get", f"{place}/refused")["items"]
    assert refused["content"] == {"email": "nonsense", "name": "Cy", "age": "22"}
    assert refused["remedy"]
    listed = call("get", "/connections?q=peop")
    assert (listed["total"], listed["items"][0]["health"], listed["items"][0]["last_run"]["id"]) == (
        1,
        "healthy",
        run["id"],
    )
    exported = b"".join(call("get", f"{place}/refused/export").streaming_content).decode("utf-8-sig")
    assert exported.splitlines()[0] == "file,row,field,cause,remedy,email,name,age,text"
    call("post", f"{place}/pause", {})
    assert call("get", place)["health"] == "paused"
    call("delete", place, status=204)
    call("get", place, status=404)
    verbs = set(AuditEntry.objects.filter(subject=f"connection:{made['id']}").values_list("verb", flat=True))
    assert verbs == {"created", "uploaded", "changed", "ran", "paused", "deleted"}


BARE = dict.fromkeys(
    ("consents", "event", "currency", "timezone", "dates", "decimals", "no_customer", "repeats", "charges")
)


def test_secrets_are_never_told(call: Caller) -> None:
    settings = {"engine": "mysql", "host": "db.example.com", "database": "d", "query": "people", "password": "s3cret"}
    made = call("post", "/connections", {"name": "Shop", "plugin": "sql", "settings": settings}, 201)
    assert made["secrets_set"] == ["password"]
    assert "s3cret" not in json.dumps([made, call("get", "/connections"), call("get", f"/connections/{made['id']}")])
    refused = call("post", "/connections", {"name": "x", "plugin": "sql", "settings": {"engine": "mysql"}}, 400)
    assert (refused["field"], bool(refused["remedy"])) == ("database", True)


def test_rules_are_previewed_then_saved(call: Caller, now: datetime) -> None:
    made = call("post", "/connections", {"name": "P", "plugin": "files", "settings": {"settle_seconds": 0}}, 201)
    services.upload_file(made["id"], "p.csv", BytesIO(PEOPLE.encode()), actor="t", now=now)
    rules = [{"kind": "email", "column": "email", "on_bad": "refuse"}]
    found = call("post", "/cleaning/preview", {"connection_id": made["id"], "rules": rules})
    assert (found["rows"], found["kept"], found["touched"][0]["refused"]) == (3, 2, 1)
    saved = call("patch", f"/connections/{made['id']}", {"rules": found["rules"]})
    assert saved["rules"][0]["on_bad"] == "refuse"
    assert call("put", "/cleaning/rules", {"rules": [{"kind": "name", "column": "name"}]})["version"] == 2
    wrong = call("put", "/cleaning/rules", {"rules": [{"kind": "magic", "column": "name"}]}, 400)
    assert (wrong["field"], wrong["row"]) == ("kind", 1)


def test_what_can_be_set_is_declared(call: Caller) -> None:
    plugins = {each["name"]: each["settings"] for each in call("get", "/sources/kinds")}
    assert {"files", "http", "sql", "webhook"} <= set(plugins)
    password = next(each for each in plugins["sql"] if each["name"] == "password")
    assert (password["kind"], password["when_setting"]) == ("secret", "engine")
    assert len(call("get", "/cleaning/kinds")) == 16
    assert call("get", "/data-quality") == {"measured_at": None, "traits": []}
    call("post", "/data-quality/measure", {}, 202)


def test_reading_is_not_writing(now: datetime) -> None:
    reader = Caller(now, ["customers:read"])
    reader("get", "/connections")
    reader("post", "/connections", {"name": "x", "plugin": "files"}, 403)


def test_inbound_calls_need_a_signature_and_nothing_else(call: Caller, client: Client) -> None:
    made = call("post", "/connections", {"name": "Hook", "plugin": "webhook", "settings": {"secret": SECRET}}, 201)
    assert made["inbound_path"] == f"/inbound/{made['id']}"
    body = '{"email": "ann@example.com"}'
    post = lambda headers, path=made["inbound_path"]: client.post(path, body, "application/json", headers=headers)  # noqa: E731
    assert post(signed(body, "m1")).status_code == 204
    assert post(signed(body, "m1")).status_code == 200
    assert post({}).status_code == 401
    assert post(signed(body, "m2"), "/inbound/999").status_code == 401
