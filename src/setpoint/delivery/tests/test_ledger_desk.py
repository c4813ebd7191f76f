"""The ledger as people read it: newest first, filtered, in words, as a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from setpoint.content import services as content
from setpoint.delivery import services
from setpoint.delivery.tests.conftest import plan_row
from setpoint.delivery.tests.test_api import api, call, urlpatterns  # noqa: F401 - the same addresses
from setpoint.delivery.types import Limit, Receipt, State
from setpoint.governance.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def planned(people, provider, now):
    offer = content.create_offer("five", now=now, kind="amount", value=5_000_000)
    template = content.create_template("Spring", channel="email", now=now)
    variant = content.create_variant(template.pk, "A", now=now, subject="s", body="x", format="text")
    ids = people(3)
    services.open_stream("campaign:1", limits=[Limit("campaign", "messages", 2)], now=now)
    rows = [plan_row(one, now, variant_id=variant.pk) for one in ids]
    rows[0] = replace(rows[0], offer_id=offer.pk, offer_kind="amount", offer_value=5_000_000, offer_liability=5_000_000)
    services.plan_deliveries("campaign:1", 1, rows, now=now)
    return ids, variant, offer


def test_newest_first_with_names_and_words(call, planned):  # noqa: F811
    ids, variant, offer = planned
    page = call("GET", "/deliveries?sort=newest&limit=2").json()
    assert [row["customer_id"] for row in page["items"]] == [ids[2], ids[1]]
    assert (page["total"], page["total_is_capped"]) == (3, False)
    assert page["items"][0]["words"] == "The campaign's limit is reached: messages."
    assert page["items"][0]["customer_name"] == "c2@example.com"
    rest = call("GET", f"/deliveries?sort=newest&limit=2&after={page['next']}").json()
    (first,) = rest["items"]
    assert (first["variant_name"], first["offer_name"], rest["total"], rest["next"]) == ("A", "five", None, None)
    assert call("GET", f"/deliveries/{first['id']}").json() == first
    assert call("GET", "/deliveries/999").status_code == 404
    for narrowed in (f"offer_id={offer.pk}", f"customer_id={ids[0]}"):
        assert len(call("GET", f"/deliveries?{narrowed}").json()["items"]) == 1
    assert call("GET", "/deliveries?channel=sms").json()["total"] == 0
    assert call("GET", f"/deliveries?variant_id={variant.pk}&source=campaign:1").json()["total"] == 3
    assert call("GET", "/deliveries?source=campaign:9").json()["items"] == []
    assert call("GET", "/deliveries/sources").json() == ["campaign:1"]


def test_an_offer_that_was_planned_is_used(planned, now):
    _ids, _variant, offer = planned
    assert content.get_offer(offer.pk).used_at == now


def test_a_ledger_is_taken_away_as_a_file(call, planned):  # noqa: F811
    answer = call("GET", "/deliveries/export?state=suppressed")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert ",campaign:1,1," in lines[1]
    entry = AuditEntry.objects.get(verb="exported")
    assert (entry.subject, entry.after) == ("list:deliveries", {"query": "state=suppressed"})


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (State.SUPPRESSED, "ghost", "held back at random"),
        (State.SUPPRESSED, "limit:customer:messages", "as many messages as the limit allows"),
        (State.SUPPRESSED, "limit:channel:email:money", "channel's limit is reached: money"),
        (State.FAILED, "content: The template loops", "could not be written: The template loops"),
        (State.FAILED, "gave up after 5 attempts: 421 slow", "slow down"),
        (State.BOUNCED, "550 5.1.1 unknown", "takes no mail"),
        (State.UNKNOWN, "x", "not sent again without proof"),
        (State.HANDED, "", ""),
        (State.SUPPRESSED, "something else", "something else"),
    ],
)
def test_every_reason_has_words(state, reason, words):
    said = services.reason_words(state, reason)
    assert words in said
    assert bool(said) == bool(words)


def test_a_customer_who_rests_gets_nothing_and_keeps_their_consent(people, provider, now):
    ids = people(2)
    services.open_stream("campaign:1", limits=[], now=now)
    services.pause_customer(ids[0], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in ids], now=now)
    assert [one.customer_id for one in services.claim(worker="w", now=now)] == [ids[1]]
    (row,) = services.find_deliveries(services.DeliveryQuery(customer_id=ids[0]))
    assert (row.state, row.reason) == ("suppressed", "paused")
    later = now + timedelta(days=30)
    assert (services.paused_until(ids[0], now=now), services.paused_until(ids[0], now=later)) == (later, None)
    services.plan_deliveries("campaign:1", 2, [plan_row(ids[0], later)], now=later)
    assert len(services.claim(worker="w2", now=later)) == 1
    services.end_pause(ids[0], now=later)
    assert services.record_receipts([Receipt("no such key", "accepted")], now=later) == {}
