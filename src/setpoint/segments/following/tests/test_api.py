"""Followed segments over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from setpoint.events import services as events
from setpoint.governance.services import create_api_key
from setpoint.segments import services as segments
from setpoint.segments.following import services, turning

pytestmark = pytest.mark.django_db


def call(method: str, path: str, scopes: list[str], now: datetime) -> tuple[int, Any]:
    key, _record = create_api_key("test", scopes, now=now)
    answer = getattr(Client(), method)(f"/api{path}", headers={"X-Api-Key": key})
    return answer.status_code, json.loads(answer.content or b"null")


def test_life_of_a_followed_segment(now: datetime) -> None:
    turning.wake()
    pk = segments.define_segment("buyers", {"performed": "Bought"}, now=now).id
    path = f"/segments/{pk}/following"
    assert call("get", path, ["segments:read"], now)[0] == 404
    assert call("put", path, ["segments:read"], now)[0] == 403
    assert call("put", path, ["segments:write"], now)[1]["mode"] == "starting"
    services.run_turn(now=now)
    events.accept(
        [{"type": "track", "event": "Bought", "userId": f"u{n}", "messageId": f"b{n}"} for n in range(3)], now=now
    )
    services.run_turn(now=now)
    _status, listed = call("get", "/segments/following", ["segments:read"], now)
    assert listed["most"] == services.MOST_FOLLOWED
    assert [(one["name"], one["mode"], one["members"]) for one in listed["items"]] == [("buyers", "live", 3)]
    _status, page = call("get", f"/segments/{pk}/changes?limit=2", ["segments:read"], now)
    assert [(one["message_id"], one["entered"], one["cause"]) for one in page["items"]] == [
        ("b2", True, "event"),
        ("b1", True, "event"),
    ]
    _status, rest = call("get", f"/segments/{pk}/changes?limit=2&before={page['next']}", ["segments:read"], now)
    assert ([one["customer_name"] for one in rest["items"]], rest["next"]) == (["u0"], None)
    assert call("delete", path, ["segments:write"], now)[0] == 204
    assert call("get", f"/segments/{pk}/changes", ["segments:read"], now)[0] == 404
