"""Tags that Setpoint makes itself, from the lake and the traits, in the background and over the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from setpoint.customers.models import Tag, TagChange
from setpoint.customers.removing import remove_customers
from setpoint.customers.services import upsert_customers
from setpoint.customers.tags import services as tags
from setpoint.customers.types import Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.governance.tests.conftest import cheap_passwords, no_tries_yet, person, signed_in
from setpoint.insights.models import Finding
from setpoint.insights.tagging.cells import LEAST_BUYERS
from setpoint.insights.tagging.findings import look_anew, make
from setpoint.insights.tagging.refreshing import refresh_next
from setpoint.insights.tests.test_services import event
from setpoint.segments.services import define_segment

__all__ = ["cheap_passwords", "no_tries_yet"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]
DAY = timedelta(days=1)
LYON = {"trait": "city", "op": "=", "value": "Lyon"}


def _people(count: int, now: datetime, **traits: Any) -> list[int]:
    return upsert_customers([Profile({"user_id": f"u{n}"}, traits) for n in range(count)], now=now)


def _happened(rows: list[dict[str, Any]], version: int = 1) -> None:
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(rows, EVENTS), app="test", version=version)


def _shop(now: datetime, count: int = 250) -> list[int]:
    """Customers who bought so often and so long ago as their number says; the last tenth only looked."""
    ids = _people(count, now - 400 * DAY)
    rows = []
    for number, pk in enumerate(ids):
        if number >= count * 9 // 10:
            rows.append(event(pk, "Product Viewed", now - DAY))
            continue
        days = [1 + number + order for order in range(1 + number % 7)]
        rows += [event(pk, "Order Completed", now - day * DAY, 10.0 + number) for day in days]
    rows.append(event(ids[0], "Order Refunded", now - DAY / 2, -4.0))
    _happened(rows)
    return ids


def _work(now: datetime) -> int:
    """Whatever is due; how many pieces of work that was."""
    return next(number for number in range(100) if not refresh_next(now))


def _api(role: str = "owner") -> Client:
    person(role)
    return signed_in()


def _send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/api/{path}", {} if body is None else body, content_type="application/json")


def test_a_rule_gives_its_tag_and_lets_it_fade(now: datetime) -> None:
    ann, ben = upsert_customers(
        [Profile({"user_id": "a"}, {"city": "Lyon"}), Profile({"user_id": "b"}, {"city": "Nice"})], now=now
    )
    client = _api()
    rule = {"name": "lyonese", "kind": "rule", "tree": LYON, "weight": 0.8, "half_life_days": 2, "every_minutes": 5}
    made = _send(client, "post", "tags", rule).json()
    assert (made["kind"], made["layer"], made["members"], made["words"]) == ("rule", "behaviour", 0, 'city is "Lyon"')
    _work(now)
    assert tags.weights_of(ann, at=now + 30 * DAY) == {"lyonese": 0.8}  # it holds, so it does not fade
    assert client.get(f"/api/tags/{made['id']}").json()["members"] == 1
    upsert_customers(
        [Profile({"user_id": "a"}, {"city": "Nice"}), Profile({"user_id": "b"}, {"city": "Lyon"})], now=now
    )
    _work(now + DAY)
    assert tags.weights_of(ann, at=now + 3 * DAY) == {"lyonese": 0.4}
    assert tags.weights_of(ben, at=now + 3 * DAY) == {"lyonese": 0.8}
    upsert_customers([Profile({"user_id": "a"}, {"city": "Lyon"})], now=now + 3 * DAY)
    _work(now + 4 * DAY)
    assert tags.weights_of(ann, at=now + 9 * DAY) == {"lyonese": 0.8}
    told = [(one.by, round(one.before, 9), one.after) for one in tags.history_of(ann)]
    assert told == [("rule", round(0.8 * 2**-1.5, 9), 0.8), ("rule", 0.8, 0.8), ("rule", 0.0, 0.8)]
    upsert_customers([Profile({"user_id": "a"}, {"city": "Nice"})], now=now + 9 * DAY)
    for day in (10, 30):
        _work(now + day * DAY)
    assert tags.history_of(ann)[0].after == 0.0
    assert client.get(f"/api/tags/{made['id']}").json()["members"] == 1


def test_a_rule_without_half_life_takes_its_tag_at_once(now: datetime) -> None:
    (ann,) = _people(1, now, city="Lyon")
    tag = tags.define_tag(tags.TagDraft("lyonese", "rule", "behaviour", {"tree": LYON}, every_minutes=1), now=now)
    _work(now)
    upsert_customers([Profile({"user_id": "u0"}, {"city": "Nice"})], now=now)
    _work(now + DAY)
    assert tags.tags_of(ann, at=now + DAY) == []
    assert tags.find_tag(tag.pk).members == 0


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="transactions elsewhere may hold the mark back: one look more"
)
def test_what_did_not_change_is_not_looked_at_again(now: datetime) -> None:
    _people(1, now, city="Lyon")
    tag = tags.define_tag(tags.TagDraft("lyonese", "rule", "behaviour", {"tree": LYON}, every_minutes=1), now=now)
    _work(now)
    Tag.objects.filter(pk=tag.pk).update(weight=0.1)  # behind its back: a look would bring it to the customers
    _work(now + DAY)
    assert TagChange.objects.count() == 1
    tags.update_tag(tag.pk, {"weight": 0.2}, now=now + DAY)
    _work(now + DAY)
    assert TagChange.objects.count() == 2


def test_a_rule_that_cannot_be_read_says_so_and_the_others_go_on(now: datetime) -> None:
    (ann,) = _people(1, now, city="Lyon")
    bad = tags.define_tag(tags.TagDraft("a bad one", "rule", "behaviour", {"tree": {"no": 1}}), now=now)
    tags.define_tag(tags.TagDraft("lyonese", "rule", "behaviour", {"tree": LYON}), now=now)
    _work(now)
    assert tags.weights_of(ann, at=now) == {"lyonese": 1.0}
    shown = _api().get(f"/api/tags/{bad.pk}").json()
    assert shown["failure"]["remedy"]


def test_value_cells_of_a_shop(now: datetime) -> None:
    ids = _shop(now)
    client = _api()
    assert client.get("/api/insights/rfm").json()["report"] is None
    _work(now)
    told = client.get("/api/insights/rfm").json()
    report = told["report"]
    assert (report["is_enough"], report["buyers"], report["known"]) == (True, 225, 250)
    assert sum(place["count"] for place in report["grid"]) == 225
    assert Tag.objects.filter(name__startswith="rfm:", kind="rule", layer="value").exists()
    members = {row["key"]: row["count"] for row in report["cells"]}
    shown = {tag["how"]["rfm"]: tag["members"] for tag in client.get("/api/tags").json() if "rfm" in tag["how"]}
    assert shown == {key: count for key, count in members.items() if count}
    standing = client.get(f"/api/customers/{ids[0]}/standing").json()
    assert (standing["orders"], standing["money"], standing["returns"], standing["returned"]) == (1, 6.0, 1, 4.0)
    assert standing["cell"] in members
    assert (standing["risk"], standing["more_than"]["recency"] > 90) == ("low", True)
    looker = client.get(f"/api/customers/{ids[-1]}/standing").json()
    assert (looker["cell"], looker["risk"], looker["orders"], looker["more_than"]["money"]) == (None, None, 0, None)


def test_cells_move_with_what_people_do_and_every_buyer_has_one(now: datetime) -> None:
    ids = _shop(now)
    make("rfm", now=now)
    first = tags.tag_frame(at=now)
    _happened([event(ids[200], "Order Completed", now + DAY, 500.0) for _n in range(9)], version=2)
    make("rfm", now=now + 2 * DAY)
    frame = tags.tag_frame(at=now + 2 * DAY)
    people = frame["customer_id"].to_pylist()
    assert (len(people), len(set(people)), len(first)) == (225, 225, 225)
    assert tags.tags_of(ids[200], at=now + 2 * DAY)[0].how["rfm"] in ("champions", "new", "potential_loyalist")
    assert [one.after for one in tags.history_of(ids[200])][:2] in ([1.0, 0.0], [0.0, 1.0])


def test_other_customers_are_looked_at_at_once_and_with_the_last_one_goes_what_was_found(now: datetime) -> None:
    ids = _shop(now)
    own = tags.define_tag(tags.TagDraft("regular", "manual", "fact", {}), now=now, actor="ann")
    _work(now)
    assert not refresh_next(now)
    look_anew(now=now)
    assert refresh_next(now)
    assert Tag.objects.filter(name__startswith="rfm:").exists()
    remove_customers(ids, actor="ann", now=now)
    look_anew(now=now)
    assert list(Tag.objects.all()) == [own]


def test_limits_of_ones_own(now: datetime) -> None:
    _shop(now)
    client = _api()
    limits = {"recency": [10, 20, 30, 40], "frequency": [2, 3, 4, 5], "money": [20, 40, 60, 80]}
    wrong = {"mode": "rules", "limits": {**limits, "money": [20, 10, 60, 80]}}
    assert _send(client, "patch", "insights/rfm", wrong).json()["field"] == "limits.money"
    seen = client.get("/api/insights/rfm").json()["version"]
    assert (
        _send(client, "patch", "insights/rfm", {"mode": "rules", "limits": limits, "version": seen}).status_code == 200
    )
    assert _send(client, "patch", "insights/rfm", {"mode": "quantiles", "version": seen}).status_code == 409
    _work(now)
    report = client.get("/api/insights/rfm").json()["report"]
    assert [step["low"] >= low for step, low in zip(report["steps"]["money"][1:], limits["money"], strict=True)] == [
        True
    ] * 4
    assert report["steps"]["recency"][4]["high"] <= 10


def test_a_few_buyers_get_no_cell_and_the_customer_page_says_so(now: datetime) -> None:
    ids = _people(LEAST_BUYERS - 1, now)
    _happened([event(pk, "Order Completed", now - DAY, 9.0) for pk in ids])
    _work(now)
    client = _api()
    told = client.get("/api/insights/rfm").json()
    assert (told["report"]["is_enough"], told["report"]["least"]) == (False, LEAST_BUYERS)
    assert not Tag.objects.exists()
    shown = client.get(f"/api/customers/{ids[0]}/standing").json()
    assert (shown["cell"], shown["orders"], shown["more_than"]["money"]) == (None, 1, None)


def test_clusters_become_tags(now: datetime) -> None:
    _shop(now)
    client = _api()
    _work(now)
    told = client.get("/api/insights/clusters").json()
    groups = told["report"]["groups"]
    shown = {tag["how"]["cluster"]: tag for tag in client.get("/api/tags").json() if "cluster" in tag["how"]}
    assert {row["key"]: row["count"] for row in groups} == {key: tag["members"] for key, tag in shown.items()}
    assert all(tag["how"]["words"] and tag["kind"] == "model" for tag in shown.values())
    assert _send(client, "patch", "insights/clusters", {"k": 99}).status_code == 400
    assert _send(client, "patch", "insights/clusters", {"k": 2, "version": told["version"]}).status_code == 200
    _work(now + DAY / 24)
    again = client.get("/api/insights/clusters").json()["report"]
    assert (again["k"], again["is_set"]) == (2, True)
    alive = tags.tag_frame(at=now + DAY)
    assert len(alive.filter(pa.array(np.char.startswith(alive["tag"].to_numpy().astype(str), "cluster:")))) == 250


def test_names_that_setpoint_uses_are_its_own(now: datetime) -> None:
    client = _api()
    answer = _send(client, "post", "tags", {"name": "rfm:champions"})
    assert (answer.status_code, answer.json()["field"]) == (400, "name")


@pytest.mark.django_db(transaction=True)  # on PostgreSQL versions are numbers of transactions
def test_tags_over_the_api(now: datetime) -> None:
    (ann,) = _people(1, now)
    client = _api()
    made = _send(client, "post", "tags", {"name": "vip", "half_life_days": 10, "description": "Shop owners"}).json()
    assert (made["layer"], made["version"], made["boost"]) == ("fact", 1, 1.0)
    assert _send(client, "post", "tags", {"name": "vip"}).status_code == 409
    seen = client.get(f"/api/customers/{ann}").json()["version"]
    put = _send(client, "put", f"customers/{ann}/tags", {"name": "vip", "weight": 0.5, "version": seen})
    assert [(tag["name"], tag["weight"]) for tag in put.json()["tags"]] == [("vip", 0.5)]
    assert (
        _send(client, "put", f"customers/{ann}/tags", {"name": "vip", "weight": 1, "version": seen}).status_code == 409
    )
    boost = {"factor": 1.5, "ends_at": (now + DAY).isoformat(), "reason": "Fair in Lyon"}
    made_boost = _send(client, "post", f"tags/{made['id']}/boosts", boost).json()
    assert client.get(f"/api/customers/{ann}/tags").json()["tags"][0]["weight"] == 0.75
    assert client.delete(f"/api/tags/{made['id']}/boosts/{made_boost['id']}").status_code == 204
    changed = _send(client, "patch", f"tags/{made['id']}", {"half_life_days": None, "version": 1}).json()
    assert (changed["half_life_days"], changed["version"], changed["weight"]) == (None, 2, 1.0)
    assert _send(client, "patch", f"tags/{made['id']}", {"weight": 0.1, "version": 1}).status_code == 409
    assert _send(client, "patch", f"tags/{made['id']}", {"tree": LYON}).json()["field"] == "tree"
    assert _send(client, "post", f"tags/{made['id']}/archive", {"back": False}).json()["archived_at"]
    assert client.get(f"/api/customers/{ann}/tags").json()["tags"] == []
    assert [row["put"] for row in client.get(f"/api/tags/{made['id']}/changes").json()] == [1]
    model = _send(client, "post", "tags", {"name": "churn", "kind": "model", "model": "churn-net"}).json()
    scores = {"model": "churn-net", "model_version": "7", "at": now.isoformat()}
    scores["scores"] = [{"customer_id": ann, "score": 0.9}]  # type: ignore[assignment]
    assert _send(client, "post", f"tags/{model['id']}/scores", scores).json() == {"put": 1, "taken": 0}
    told = client.get(f"/api/customers/{ann}/standing").json()["predictions"]
    assert [(one["name"], one["weight"]) for one in told] == [("churn", 0.9)]


def test_the_segments_of_a_customer_with_their_reasons(now: datetime) -> None:
    (ann,) = _people(1, now, city="Lyon", age=30)
    old = {"trait": "age", "op": ">", "value": 60}
    for name, tree in (("Old", old), ("Lyonese", LYON), ("Both", {"all": [LYON, {"not": old}]})):
        define_segment(name, tree, now=now)
    told = _api().get(f"/api/customers/{ann}/segments").json()
    assert [(one["name"], len(one["conditions"])) for one in told] == [("Both", 4), ("Lyonese", 1)]
    assert told[1]["conditions"][0]["seen"] == "Lyon"


def test_the_tags_shown_are_exported_by_name(now: datetime) -> None:
    vip, _old = (tags.define_tag(tags.TagDraft(name), now=now) for name in ("vip", "old"))
    client = _api("analyst")
    for query, names in (({}, ["old", "vip"]), ({"id": [vip.pk]}, ["vip"])):
        pieces = client.get("/api/tags/export", query).streaming_content
        lines = b"".join(pieces).decode("utf-8-sig").splitlines()
        assert [line.split(",")[1] for line in lines[1:]] == names


def test_an_analyst_looks_and_changes_nothing(now: datetime) -> None:
    (ann,) = _people(1, now)
    tags.define_tag(tags.TagDraft("vip"), now=now)
    client = _api("analyst")
    assert client.get("/api/tags").status_code == 200
    for method, path in (("post", "tags"), ("put", f"customers/{ann}/tags"), ("patch", "insights/rfm")):
        assert _send(client, method, path, {"name": "vip"}).status_code == 403
    assert tags.tags_of(ann, at=now) == []
    assert not Finding.objects.exists()
