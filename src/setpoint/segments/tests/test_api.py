"""Segments over HTTP: each route, each refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from ninja import NinjaAPI

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import SetpointError
from setpoint.segments import services
from setpoint.segments.api import router

pytestmark = pytest.mark.django_db
Call = Callable[..., tuple[int, Any]]
LYON = {"trait": "city", "op": "=", "value": "Lyon"}


def _api() -> NinjaAPI:
    api = NinjaAPI(urls_namespace="segments-test")
    api.add_router("", router)

    @api.exception_handler(SetpointError)
    def told(request: Any, error: SetpointError) -> HttpResponse:
        return api.create_response(request, error.to_dict(), status=error.status)

    return api


API = _api()


@pytest.fixture
def call(now: datetime) -> Call:
    keys = {scope: create_api_key(scope, [scope], now=now)[0] for scope in ("segments:read", "segments:write")}

    def send(method: str, path: str, body: Any = None, scope: str = "segments:read") -> tuple[int, Any]:
        request = RequestFactory().generic(
            method, path, json.dumps(body), content_type="application/json", headers={"X-Api-Key": keys[scope]}
        )
        for pattern in API.urls[0]:
            if found := pattern.resolve(path.lstrip("/").partition("?")[0]):
                answer = found.func(request, *found.args, **found.kwargs)
                return answer.status_code, json.loads(answer.content or b"null")
        raise AssertionError(path)

    return send


def test_life_of_a_segment(call: Call) -> None:
    status, made = call("POST", "/segments", {"name": "Lyon", "tree": LYON}, "segments:write")
    assert (status, made["name"], made["tree"]) == (201, "Lyon", LYON)
    assert call("POST", "/segments", {"name": "Lyon", "tree": LYON}, "segments:write")[0] == 409
    path = f"/segments/{made['id']}"
    assert call("GET", path) == (200, made)
    changed = {"name": "All", "tree": {"everyone": True}}
    assert call("PATCH", path, changed | {"version": 1}, "segments:write")[1]["tree"] == {"everyone": True}
    assert call("PATCH", path, {"name": "B", "version": 1}, "segments:write")[0] == 409
    assert [each["name"] for each in call("GET", "/segments?limit=5")[1]["items"]] == ["All"]
    assert call("DELETE", path, scope="segments:write") == (204, None)
    assert call("GET", path)[0] == 404
    assert call("DELETE", path, scope="segments:write")[0] == 404


def test_preview_counts_without_keeping(call: Call, now: datetime) -> None:
    ids = upsert_customers([Profile({"user_id": c}, {"city": c}) for c in ("Lyon", "Nice")], now=now)
    people = [{"id": ids[0], "name": "Lyon", "traits": [{"name": "city", "value": "Lyon"}]}]
    told = {
        "count": 1,
        "total": 2,
        "counted_at": now.isoformat().replace("+00:00", "Z"),
        "words": 'city is "Lyon"',
        "text": 'trait city = "Lyon"',
        "notes": [],
        "sample": [ids[0]],
        "people": people,
    }
    assert call("POST", "/segments/preview", {"tree": LYON, "ticket": "a"}) == (200, told)
    assert call("GET", "/segments")[1]["total"] == 0


def test_refusals(call: Call) -> None:
    status, told = call("POST", "/segments/preview", {"tree": {"all": [{"trait": "a", "op": "~"}]}})
    assert (status, told["code"], told["field"]) == (400, "invalid", "all[0].op")
    assert call("POST", "/segments", {"name": "Lyon", "tree": LYON}, "segments:read")[0] == 403
    assert call("POST", "/segments", {"name": "a\0", "tree": LYON}, "segments:write")[0] == 400
    assert call("GET", "/segments")[1]["items"] == []


def test_text_is_read_or_refused_with_its_place(call: Call) -> None:
    told = {"tree": LYON, "text": 'trait city = "Lyon"'}
    assert call("POST", "/segments/parse", {"text": '(trait "city" = "Lyon")'}) == (200, told)
    status, refused = call("POST", "/segments/parse", {"text": "everyone or\n  trait"})
    assert (status, refused["field"], refused["line"], refused["column"]) == (400, "text", 2, 8)


def test_snapshots_and_growth(call: Call, now: datetime) -> None:
    upsert_customers([Profile({"user_id": c}, {"city": c}) for c in ("Lyon", "Nice")], now=now)
    made = call("POST", "/segments", {"name": "Lyon", "tree": LYON}, "segments:write")[1]
    path = f"/segments/{made['id']}"
    assert call("GET", f"{path}/growth") == (200, {"since": None, "days": []})
    assert services.count_next(now=now)
    assert not services.count_next(now=now)
    day = now.date().isoformat()
    assert call("GET", f"{path}/growth")[1] == {"since": day, "days": [{"day": day, "count": 1, "version": 1}]}
    assert call("POST", f"{path}/snapshots", {}, "segments:read")[0] == 403
    status, taken = call("POST", f"{path}/snapshots", {"name": "Spring"}, "segments:write")
    assert (status, taken["name"], taken["size"], taken["segment_id"]) == (201, "Spring", 1, made["id"])
    assert call("GET", f"{path}/snapshots") == (200, [taken]) == call("GET", "/snapshots")
    assert call("DELETE", f"/snapshots/{taken['id']}", scope="segments:write")[0] == 204
    assert call("GET", "/snapshots") == (200, [])
    assert call("DELETE", f"/snapshots/{taken['id']}", scope="segments:write")[0] == 404


def test_properties_of_events(call: Call) -> None:
    assert call("GET", "/segments/vocabulary/properties?event=Nothing") == (200, [])
