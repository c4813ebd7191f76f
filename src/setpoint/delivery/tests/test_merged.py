"""The ledger and merged customers: caps count all records of a person, a round gives a person one message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from setpoint.customers.identity.merging import merge, split
from setpoint.customers.services import contacts, record_consent, suppress, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import services
from setpoint.delivery.models import Delivery
from setpoint.delivery.tests.conftest import bare_compose, plan_row
from setpoint.delivery.types import Limit

pytestmark = pytest.mark.django_db
MONEY = Limit("campaign", "money", 1_000_000)


def _people(now, count=2):
    agreed = (ConsentRecord("email", "marketing", "granted"),)
    return upsert_customers([Profile({"email": f"p{n}@example.com"}, consents=agreed) for n in range(count)], now=now)


def _send(now):
    services.send_due(worker="w1", now=now, compose=bare_compose)
    return {row.customer_id: (row.state, row.reason) for row in Delivery.objects.all()}


def test_a_round_gives_a_person_one_message(provider, now):
    elder, younger = _people(now)
    services.open_stream("campaign:1", limits=(MONEY,), now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in (elder, younger)], now=now)
    merge(elder, younger, actor="ann", now=now)
    assert _send(now) == {elder: ("handed", ""), younger: ("suppressed", "merged")}


def test_a_message_planned_for_a_merged_record_goes_to_the_survivor(provider, now):
    elder, younger = _people(now)
    services.open_stream("campaign:1", limits=(MONEY,), now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(younger, now)], now=now)
    row = merge(elder, younger, actor="ann", now=now)
    assert contacts([younger], channel="email", purpose="marketing")[younger].address == "p1@example.com"
    assert _send(now) == {younger: ("handed", "")}
    split(row.pk, actor="ann", now=now)
    record_consent([younger], "email", "marketing", "denied", source="link", now=now)
    assert contacts([elder, younger], channel="email", purpose="marketing")[elder].refusal is None


def test_caps_count_what_any_record_had(provider, now):
    elder, younger = _people(now)
    cap = Limit("customer", "messages", 1, window_days=7)
    services.open_stream("campaign:1", limits=(MONEY, cap), now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(younger, now)], now=now)
    _send(now)
    merge(elder, younger, actor="ann", now=now)
    later = now + timedelta(days=1)
    report = services.plan_deliveries("campaign:1", 2, [plan_row(elder, later)], now=later)
    assert report.states == {"suppressed": 1}


def test_the_unsubscribe_link_of_a_merged_record_works_and_complaints_unite(now):
    elder, younger = _people(now)
    merge(elder, younger, actor="ann", now=now)
    suppress("email", "p0@example.com", "hard bounce", now=now)
    assert contacts([elder], channel="email", purpose="marketing")[elder].refusal is None
    suppress("email", "P0@example.com", "complaint", now=now)  # the first reason is kept
    assert contacts([elder], channel="email", purpose="marketing")[elder].refusal is None
    record_consent([younger], "email", "marketing", "denied", source="unsubscribe link", now=now + timedelta(hours=1))
    assert contacts([elder, younger], channel="email", purpose="marketing")[elder].refusal == "no_consent"


def test_a_complaint_about_any_address_bars_a_merged_person(now):
    elder, younger = _people(now)
    suppress("email", "p0@example.com", "complaint", now=now)
    assert contacts([younger], channel="email", purpose="marketing")[younger].refusal is None
    merge(elder, younger, actor="ann", now=now)
    assert contacts([younger], channel="email", purpose="marketing")[younger].refusal == "suppressed"
