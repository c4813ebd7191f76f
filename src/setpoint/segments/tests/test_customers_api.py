"""The list of customers over HTTP, and what is done with many of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from setpoint.customers import jobs
from setpoint.customers.services import upsert_customers, views
from setpoint.customers.tags import services as tags
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.governance.models import AuditEntry
from setpoint.governance.services import create_api_key
from setpoint.segments.choosing import chosen_by
from setpoint.segments.services import define_segment

pytestmark = pytest.mark.django_db
LYON = {"trait": "city", "op": "=", "value": "Lyon"}
GRANTED = (ConsentRecord("email", "marketing", "granted"),)


@pytest.fixture
def headers(now: datetime) -> dict[str, str]:
    text, _key = create_api_key("tests", ["customers:read", "customers:write"], now=now)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def ids(now: datetime) -> list[int]:
    cities = ("Lyon", "Nice", "Lyon", "Nice")
    return upsert_customers(
        [
            Profile({"email": f"p{n}@x.org"}, {"city": city, "age": n}, GRANTED[: n % 2])
            for n, city in enumerate(cities)
        ],
        now=now,
    )


def _get(client: Client, path: str, headers: dict[str, str]) -> Any:
    return client.get(f"/api/customers{path}", headers=headers)


def test_pages_go_both_ways(client: Client, headers: dict[str, str], ids: list[int]) -> None:
    first = _get(client, "?limit=3&sort=-trait:age", headers).json()
    assert ([one["id"] for one in first["items"]], first["total"], first["previous"]) == (ids[:0:-1], 4, None)
    second = _get(client, f"?limit=3&sort=-trait:age&after={first['next']}", headers).json()
    assert ([one["id"] for one in second["items"]], second["next"], second["capped"]) == (ids[:1], None, False)
    again = _get(client, f"?limit=3&sort=-trait:age&before={second['previous']}", headers).json()
    assert again["items"] == first["items"]


def test_plain_ids_are_places_too(client: Client, headers: dict[str, str], ids: list[int]) -> None:
    page = _get(client, "?limit=2&after=0", headers).json()
    assert [one["id"] for one in _get(client, f"?limit=2&after={page['next']}", headers).json()["items"]] == ids[2:]


def test_filters_join(client: Client, headers: dict[str, str], ids: list[int], now: datetime) -> None:
    kept = define_segment("Agreed", {"consent": "email"}, now=now)
    tree = quote(json.dumps(LYON))
    assert [one["id"] for one in _get(client, f"?tree={tree}", headers).json()["items"]] == [ids[0], ids[2]]
    both = _get(client, f"?segment_id={kept.id}&q=p3", headers).json()
    assert [(one["id"], one["consents"]) for one in both["items"]] == [
        (ids[3], [{"channel": "email", "purpose": "marketing", "state": "granted"}])
    ]
    assert _get(client, f"?segment_id={kept.id}&tree={tree}", headers).json()["total"] == 0


def test_by_a_tag(client: Client, headers: dict[str, str], ids: list[int], now: datetime) -> None:
    tags.define_tag(tags.TagDraft("vip"), now=now)
    tags.set_tag(ids[2], "vip", 0.7, now=now)
    assert [one["id"] for one in _get(client, "?tag=vip", headers).json()["items"]] == [ids[2]]
    assert _get(client, "?tag=nobody", headers).json()["total"] == 0


def test_only_the_traits_asked_for(client: Client, headers: dict[str, str], ids: list[int]) -> None:
    assert [one["traits"] for one in _get(client, "?traits=age&limit=1", headers).json()["items"]] == [{"age": 0}]
    assert [one["traits"] for one in _get(client, "?traits=&limit=1", headers).json()["items"]] == [{}]


def test_one_by_identity(client: Client, headers: dict[str, str], ids: list[int]) -> None:
    page = _get(client, "?identity=email:P1@x.org", headers).json()
    assert ([one["id"] for one in page["items"]], page["total"]) == ([ids[1]], 1)
    assert _get(client, "?identity=email:nobody@x.org", headers).json()["items"] == []


def test_the_list_as_a_file(client: Client, headers: dict[str, str], ids: list[int]) -> None:
    answer = _get(client, f"/export?traits=age&tree={quote(json.dumps(LYON))}", headers)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").split("\r\n")
    assert lines[0] == "id,name,user_id,email,phone,language,timezone,created_at,active_at,age"
    assert [line.split(",")[0] for line in lines[1:-1]] == [str(ids[0]), str(ids[2])]
    assert AuditEntry.objects.filter(verb="exported", subject="list:customers").count() == 1
    few = _get(client, f"/export?ids={ids[1]}", headers)
    assert b"".join(few.streaming_content).count(b"\r\n") == 2


def test_all_that_match_but_one(client: Client, headers: dict[str, str], ids: list[int], now: datetime) -> None:
    body = {
        "verb": "set_trait",
        "arguments": {"name": "vip", "value": True},
        "selection": {"filter": {"tree": json.dumps(LYON), "created_to": "2030-01-01T00:00:00Z"}, "without": [ids[2]]},
    }
    answer = client.post("/api/customers/jobs", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert jobs.run_next_job(chosen_by, now=now)
    shown = _get(client, f"/jobs/{answer.json()['id']}", headers).json()
    assert (shown["state"], shown["total"], shown["changed"]) == ("done", 1, 1)
    shown_now = views(ids)
    assert [shown_now[pk].traits.get("vip") for pk in ids] == [True, None, None, None]
    assert [one["id"] for one in _get(client, "/jobs", headers).json()] == [shown["id"]]
    ended = client.post(f"/api/customers/jobs/{shown['id']}/cancel", headers=headers)
    assert ended.status_code == 409


@pytest.mark.parametrize(
    "selection", [{}, {"ids": [1], "filter": {}}, {"filter": {"tree": "["}}, {"filter": {"segment_id": 99}}]
)
def test_a_selection_that_cannot_be_is_refused(
    client: Client, headers: dict[str, str], selection: dict[str, Any]
) -> None:
    body = {"verb": "suppress", "arguments": {"channel": "email", "reason": ""}, "selection": selection}
    answer = client.post("/api/customers/jobs", body, content_type="application/json", headers=headers)
    assert answer.status_code in (400, 404)
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "identity=ann",
        "identity=shoe:42",
        "identity=user_id:%00",
        "sort=shoe",
        "after=%3F",
        "tree=%5B",
        "q=%00",
    ],
)
def test_bad_questions_are_answered(client: Client, headers: dict[str, str], ids: list[int], query: str) -> None:
    assert _get(client, f"?{query}", headers).status_code in (200, 400)
