"""Destinations over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from setpoint.destinations import services
from setpoint.destinations.tests.conftest import SECRET
from setpoint.destinations.tests.test_runs import people
from setpoint.governance.models import AuditEntry
from setpoint.governance.services import create_api_key

pytestmark = pytest.mark.django_db
READ, WRITE = ("customers:read",), ("customers:read", "imports:write")


def call(method: str, path: str, body: Any = None, *, scopes: tuple[str, ...] = WRITE) -> tuple[int, Any]:
    from setpoint.kernel import clock

    key, _record = create_api_key("test", list(scopes), now=clock.now())
    told = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(Client(), method)(f"/api{path}", headers={"X-Api-Key": key}, **told)
    if answer.streaming:
        return answer.status_code, b"".join(answer.streaming_content)
    return answer.status_code, json.loads(answer.content or b"null")


def test_life_of_an_export(now: datetime) -> None:
    ids = people(now, 3)
    kinds = {kind["name"]: kind["takes_all"] for kind in call("get", "/destinations/kinds", scopes=READ)[1]}
    assert kinds == {"files": True, "sql": False, "webhook": False}
    body = {"name": "people", "plugin": "files", "settings": {"file": "p.csv"}, "columns": {"email": "mail"}}
    assert call("post", "/exports", body, scopes=READ)[0] == 403
    assert call("post", "/exports", body, scopes=("imports:write",))[0] == 403, "who may not see people sends none"
    _status, tested = call("post", "/exports/test", {"plugin": "files", "settings": {"file": "p.csv"}})
    assert [column["source"] for column in tested["columns"]][:2] == ["customer_id", "user_id"]
    status, made = call("post", "/exports", body)
    assert (status, made["health"], made["what"]) == (201, "new", "customers")
    path = f"/exports/{made['id']}"
    assert call("get", f"{path}/file")[0] == 404
    assert call("post", f"{path}/run", {})[0] == 201
    assert call("post", f"{path}/run", {})[0] == 409
    assert services.run_next(now=now)
    lines = ["customer_id,mail", *(f"{pk},u{n}@x.example" for n, pk in enumerate(ids))]
    assert call("get", f"{path}/file") == (200, "".join(f"{line}\r\n" for line in lines).encode())
    assert AuditEntry.objects.filter(verb="exported", subject=f"export:{made['id']}").exists()
    _status, history = call("get", f"{path}/runs", scopes=READ)
    assert [(run["state"], run["rows_written"]) for run in history["items"]] == [("done", 3)]
    assert call("get", f"{path}/refused", scopes=READ)[1]["total"] == 0
    assert call("post", f"{path}/pause")[1]["health"] == "paused"
    assert call("post", f"{path}/resume")[1]["health"] == "healthy"
    stale = call("patch", path, {"version": 9, "name": "other"})
    assert stale[0] == 409
    assert call("patch", path, {"version": 1, "name": "other"})[1]["name"] == "other"
    assert [one["name"] for one in call("get", "/exports?q=oth", scopes=READ)[1]["items"]] == ["other"]
    assert call("delete", path)[0] == 204
    assert call("get", path)[0] == 404


def test_secrets_never_come_back(now: datetime) -> None:
    body = {"name": "calls", "plugin": "webhook", "settings": {"url": "https://x.example/in", "secret": SECRET}}
    _status, made = call("post", "/exports", body)
    assert made["secrets_set"] == ["secret"]
    assert SECRET not in json.dumps(call("get", f"/exports/{made['id']}")[1])
