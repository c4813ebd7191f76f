"""Channels as people set them up: forms, kept secrets, pauses, tests of the connection, health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from setpoint.content import services as content
from setpoint.delivery import accounts, services
from setpoint.delivery.faults import explain_fault
from setpoint.delivery.health import Week, count_day
from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.delivery.tests.conftest import plan_row
from setpoint.delivery.trying import masked
from setpoint.delivery.types import Feedback, Receipt
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, LimitReached, NotFound

pytestmark = pytest.mark.django_db
SMTP = {"host": "127.0.0.1", "port": 9, "from_address": "a@b.example", "username": "u", "password": "open sesame"}


def test_every_setting_of_a_plug_in_can_be_a_field_of_a_form():
    fields = {one.name: {each.name: each for each in one.fields} for one in services.plugins()}
    smtp = fields["smtp"]
    assert (smtp["host"].required, smtp["host"].kind, smtp["host"].label) == (True, "text", "Mail server")
    assert (smtp["port"].kind, smtp["port"].default) == ("integer", 25)
    assert (smtp["port"].begins, smtp["security"].begins, smtp["host"].begins) == (587, "starttls", None)
    assert smtp["port"].follows == {"security": {"starttls": 587, "tls": 465, "none": 25}}
    assert (smtp["security"].kind, smtp["security"].choices) == ("choice", ("none", "starttls", "tls"))
    assert (smtp["password"].kind, smtp["password"].default) == ("secret", None)
    assert (fields["webhook"]["idempotent"].kind, fields["webhook"]["idempotent"].advanced) == ("flag", True)
    assert fields["recording"] == {}


def test_a_secret_that_is_left_out_stays(now):
    services.set_channel("email", "smtp", SMTP, now=now)
    for given in ({}, {"password": ""}):
        rest = {name: value for name, value in SMTP.items() if name != "password"}
        account = services.set_channel("email", "smtp", rest | given, now=now)
        assert accounts.settings_of(account)["password"] == "open sesame"
    shown, secrets = services.shown_settings(account)
    assert (shown["host"], secrets) == ("127.0.0.1", ["password"])
    assert "password" not in shown
    assert "sesame" not in str(list(AuditEntry.objects.values_list("before", "after")))
    with pytest.raises(Conflict):
        services.set_channel("email", "smtp", SMTP, seen=1, now=now)
    assert services.set_channel("email", "smtp", SMTP, seen=3, now=now).version == 4


def test_a_paused_channel_lets_messages_wait(people, provider, now):
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(people(1)[0], now)], now=now)
    services.pause_channel("email", paused=True, reason="provider change", now=now, actor="user:1")
    assert services.claim(worker="w", now=now) == []
    account = services.find_account("email")
    health = services.health_of(account, Week(), now=now)
    assert (health.state, health.verdict, account.pause_reason) == ("disabled", "stop", "provider change")
    services.pause_channel("email", paused=False, now=now)
    assert len(services.claim(worker="w", now=now)) == 1
    assert list(AuditEntry.objects.filter(subject="channel:email").values_list("verb", flat=True)) == [
        "created", "paused", "resumed",
    ]  # fmt: skip


def test_a_connection_is_checked_without_sending(now):
    found = services.check_connection("email", "smtp", SMTP)
    assert found.ok is False
    assert found.fault is not None
    assert found.fault.cause == "Nothing listens at this address and port."
    assert services.check_connection("email", "recording", {}).ok is None
    assert not ChannelAccount.objects.exists()


def test_a_test_message_says_so_and_stays_outside_the_ledger(provider, now):
    template = content.create_template("Spring", channel="email", now=now)
    body = "Hi {{ customer.first_name | default('friend') }} {{ links.unsubscribe }}"
    variant = content.create_variant(template.pk, "A", now=now, subject="Sale", body=body, format="text")
    receipt, fault = services.send_test("email", "me@x.example", message=services.Message(variant.pk), now=now)
    (sent,) = provider.taken.values()
    assert (receipt.status, fault, sent.subject) == ("accepted", None, "[Test] Sale")
    assert sent.text.startswith("Hi friend")
    assert not Delivery.objects.exists()
    (kept,) = services.recent_tests("email")
    assert (kept.address, kept.variant_id) == ("m***@x.example", variant.pk)
    assert AuditEntry.objects.filter(verb="tested").count() == 1
    for _more in range(9):
        services.send_test("email", "me@x.example", now=now)
    with pytest.raises(LimitReached):
        services.send_test("email", "me@x.example", now=now)
    services.send_test("email", "me@x.example", now=now + timedelta(seconds=61))


def test_a_refused_test_message_is_explained(provider, now):
    provider.answer = lambda message: Receipt(message.key, "retry", detail="535 5.7.8 bad credentials")
    _receipt, fault = services.send_test("email", "me@x.example", now=now)
    assert fault is not None
    assert "password" in fault.cause
    assert masked("x") == "x***x"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("ConnectionRefusedError: [Errno 111] Connection refused", "Nothing listens"),
        ("gaierror: [Errno -2] Name or service not known", "name is not known"),
        ("TimeoutError: timed out", "did not answer in time"),
        ("SSLError: CERTIFICATE_VERIFY_FAILED", "certificate"),
        ("421 4.7.0 try later", "slow down"),
        ("550 5.1.1 no such user", "takes no mail"),
        ("550 5.7.1 policy", "does not want"),
        ("554 spam", "does not want"),
        ("552 too big", "too large"),
        ("503 Service Unavailable", "failed while it took"),
        ("401 bad signature", "signature"),
        ("strange", "strange"),
        ("", "nothing"),
    ],
)
def test_a_providers_words_have_a_cause_and_a_remedy(words, cause):
    found = explain_fault(words)
    assert cause in found.cause
    assert found.remedy


def test_a_week_is_counted_as_it_happens(people, provider, now):
    ids = people(4)
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in ids], now=now)
    statuses = iter(["accepted", "accepted", "bounced", "rejected"])
    provider.answer = lambda message: Receipt(message.key, next(statuses), detail="550 5.1.1 gone")
    claims = services.claim(worker="w", now=now)
    services.record_receipts([Receipt(one.key, next(statuses), detail="550 5.1.1 gone") for one in claims], now=now)
    assert services.weeks(now=now) == {"email": Week(handed=3, bounced=1, failed=1)}
    for _again in range(2):
        services.record_feedback(
            [Feedback("complained", claims[0].key, now), Feedback("delivered", claims[1].key, now)], now=now
        )
    assert services.weeks(now=now)["email"] == Week(handed=3, delivered=1, bounced=1, complained=1, failed=1)
    assert services.weeks(now=now + timedelta(days=7)) == {}
    account = services.find_account("email")
    assert (account.last_success_at, account.last_failure_at) == (now, now)
    assert services.health_of(account, services.weeks(now=now)["email"], now=now).verdict == "good"


def test_rates_that_providers_dislike_need_attention(provider, now):
    count_day("email", {"handed": 1000, "complained": 2, "bounced": 0}, now=now)
    account = services.find_account("email")
    found = services.health_of(account, services.weeks(now=now)["email"], now=now)
    assert (found.verdict, found.week.complaint_rate, found.week.bounce_rate) == ("attention", 0.002, 0.0)
    assert "complain" in found.words
    count_day("email", {"bounced": 100, "handed": 9000}, now=now)
    assert services.weeks(now=now)["email"].bounce_rate == 0.01
    assert Week(handed=49, bounced=40).bounce_rate is None


def test_what_to_enter_in_the_domain():
    entries = services.dns_advice("Hello@Shop.example", "smtp.provider.example")
    assert [(one.kind, one.host) for one in entries] == [
        ("SPF", "shop.example"),
        ("DKIM", "SELECTOR._domainkey.shop.example"),
        ("DMARC", "_dmarc.shop.example"),
    ]
    assert "a:smtp.provider.example" in entries[0].value
    assert services.dns_advice("nobody@localhost") == []


def test_a_channel_that_is_not_there(now):
    for call in (services.recent_tests, services.find_account):
        with pytest.raises(NotFound):
            call("email")
    with pytest.raises(NotFound):
        services.pause_channel("email", paused=True, now=now)
