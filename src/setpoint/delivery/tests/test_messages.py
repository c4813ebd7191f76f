"""Whole messages: content, links, headers, over a real mail server and back through our own pages."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.test import Client

from setpoint.content import services as content
from setpoint.customers.services import contacts
from setpoint.customers.services import views as customer_views
from setpoint.delivery import accounts, services, tracking
from setpoint.delivery.composing import with_tracking
from setpoint.delivery.links import Choice, Hit, choice_url, hit_url, hook_token
from setpoint.delivery.models import Delivery
from setpoint.delivery.tests.conftest import plan_row
from setpoint.delivery.tests.servers import MailServer
from setpoint.delivery.types import Limit
from setpoint.events.models import Inbox
from setpoint.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.urls("setpoint.delivery.urls")]

BODY = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Hello {{ customer.id }}</mj-text>
<mj-button href="https://shop.example/sale?a=1&amp;b=2">Shop</mj-button>
</mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture
def mail_server(tmp_path):
    server = MailServer(tmp_path / "mail")
    yield server
    server.stop()


@pytest.fixture
def sent(people, mail_server, now):
    """Two customers have got one mail each; returns (ids, mails)."""
    accounts._live.clear()
    services.set_channel(
        "email",
        "smtp",
        {"host": "127.0.0.1", "port": mail_server.port, "from_address": "news@shop.example", "connections": 2},
    )
    template = content.create_template("Sale", channel="email", now=now)
    variant = content.create_variant(
        template.pk, "A", subject="Sale for {{ customer.id }}", body=BODY, format="mjml", now=now
    )
    ids = people(2)
    services.open_stream("campaign:1", limits=[Limit("campaign", "money", 10**6)], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now, variant_id=variant.pk) for one in ids], now=now)
    report = services.send_due(worker="w1", now=now)
    assert report.receipts == {"accepted": 2}
    accounts._live.popitem()[1].close()
    return ids, mail_server.mails()


def events_named(name):
    return sum(f'"{name}"'.encode() in bytes(payload) for payload in Inbox.objects.values_list("payload", flat=True))


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def test_a_mail_carries_its_variant_links_and_headers(sent, settings):
    ids, mails = sent
    assert {mail["Subject"] for mail in mails} == {f"Sale for {one}" for one in ids}
    for mail in mails:
        assert re.fullmatch(rf"<{settings.SETPOINT_BASE_URL}/u/[^>]+>", mail["List-Unsubscribe"].replace(" ", ""))
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        html = html_of(mail)
        assert "https://shop.example" not in html
        kinds = re.findall(r"/t/([och])/", html)
        assert sorted(kinds) == ["c", "h", "o"]
    assert events_named("Message Sent") == 2


def call(path, method="GET", headers=()):
    """One request to the tracking application; returns (status, headers, body)."""
    answers = []

    async def run():
        async def send(message):
            answers.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": ("203.0.113.9", 1)}
        await tracking.app(scope, None, send)

    asyncio.run(run())
    return answers[0]["status"], dict(answers[0]["headers"]), answers[1]["body"]


@pytest.fixture
def hits(monkeypatch):
    """Events that the tracking application handed to ingestion."""
    taken = []

    async def append(events, *, now=None):
        taken.extend(events)

    monkeypatch.setattr(tracking.ingest, "append", append)
    return taken


HIT = Hit(5, 7, 1_772_442_000, "campaign:1")


def test_a_click_leads_to_the_page_and_is_recorded(sent, hits):
    _ids, mails = sent
    (link,) = re.findall(r'href="([^"]+/t/c/[^"]+)"', html_of(mails[0]))
    status, headers, _body = call(
        urlsplit(link).path, headers=[(b"user-agent", b"Firefox"), (b"sec-purpose", b"prefetch")]
    )
    assert (status, headers[b"location"]) == (302, b"https://shop.example/sale?a=1&b=2")
    (event,) = hits
    assert (event.event, event.customer_id) == ("Email Link Clicked", int(mails[0]["Subject"].split()[-1]))
    assert event.properties["ua"] == "Firefox"
    assert event.properties["purpose"] == "prefetch"
    assert event.properties["ip"] == "203.0.113.0/24"


def test_the_open_picture_and_the_honeypot(hits, now):
    status, headers, body = call(urlsplit(hit_url("o", HIT)).path)
    assert (status, headers[b"content-type"], body) == (200, b"image/gif", tracking.PICTURE)
    assert call(urlsplit(hit_url("h", HIT)).path)[0] == 200
    assert [(event.event, event.properties["honeypot"]) for event in hits] == [
        ("Email Opened", False),
        ("Email Link Clicked", True),
    ]


def test_a_head_request_is_marked_as_such(hits, now):
    status, _headers, body = call(urlsplit(hit_url("o", HIT)).path, method="HEAD")
    assert (status, body, hits[0].properties["method"]) == (200, b"", "HEAD")


@pytest.mark.parametrize("kind", ["o", "c", "h"])
def test_a_changed_link_is_never_followed(kind, hits, now):
    path = urlsplit(hit_url(kind, Hit(5, 7, 1, "campaign:1", "https://shop.example/"))).path
    other = "c" if kind == "o" else "o"
    for changed in (path[:-6] + "AAAAAA", path.replace(f"/t/{kind}/", f"/t/{other}/"), f"/t/{kind}/", "/t/x/y", "/t/"):
        assert call(changed)[0] == 404
    assert hits == []


def test_a_signed_link_to_something_else_than_a_page_is_not_followed(hits, now):
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example", ""):
        assert call(urlsplit(hit_url("c", Hit(5, 7, 1, "s", url))).path)[0] == 404
    status, headers, _body = call(urlsplit(hit_url("c", Hit(5, 7, 1, "s", "https://a.example/\r\nSet-Cookie: x"))).path)
    assert b"\r" not in headers[b"location"]
    assert status == 302


def test_only_links_of_others_pass_by_us(settings, now):
    ours = f'<a href="{settings.SETPOINT_BASE_URL}/u/x">u</a><a href=\'mailto:a@b.c\'>m</a><a HREF="https://x.example">x</a>'
    html = with_tracking(f"<body>{ours}</body>", HIT)
    assert f"{settings.SETPOINT_BASE_URL}/u/x" in html
    assert "mailto:a@b.c" in html
    assert len(re.findall("/t/c/", html)) == 1
    assert html.endswith("</body>")


def refusal(customer_id):
    return contacts([customer_id], channel="email", purpose="marketing")[customer_id].refusal


def test_a_get_never_unsubscribes_and_one_click_does(sent):
    ids, mails = sent
    path = urlsplit(mails[0]["List-Unsubscribe"].replace(" ", "").strip("<>")).path
    customer_id = int(mails[0]["Subject"].split()[-1])
    page = Client().get(path)
    assert page.status_code == 200
    assert b"<form" in page.content
    assert Client().head(path).status_code == 200
    assert refusal(customer_id) is None
    for _again in range(2):
        answer = Client(enforce_csrf_checks=True).post(
            path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    assert refusal(customer_id) == "no_consent"
    assert refusal(next(one for one in ids if one != customer_id)) is None
    assert events_named("Unsubscribed") == 1
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_preferences_are_the_customers_to_change(sent):
    ids, _mails = sent
    path = urlsplit(choice_url("p", Choice(0, ids[0], "email", "marketing", "campaign:1"))).path
    assert b'value="email/marketing" checked' in Client().get(path).content
    Client().post(path, {"topic": []})
    assert refusal(ids[0]) == "no_consent"
    with clock.at(clock.now() + timedelta(minutes=1)):
        page = Client().post(path, {"topic": ["email/marketing", "pigeon/spam"]})
    assert page.status_code == 200
    assert refusal(ids[0]) is None


def test_pages_speak_the_customers_language(people, provider, now):
    from setpoint.customers.services import upsert_customers
    from setpoint.customers.types import Profile

    (one,) = upsert_customers([Profile({"email": "zh@example.com"}, language="zh-CN", at=now)], now=now)
    page = Client().get(urlsplit(choice_url("u", Choice(0, one, "email", "marketing", "c"))).path)
    assert "退订" in page.content.decode()
    assert 'lang="zh-Hans"' in page.content.decode()


@pytest.mark.parametrize("path", ["/u/x", "/p/x", "/u/" + "A" * 50 + "." + "B" * 22])
def test_links_we_did_not_make_open_nothing(path, db):
    assert Client().get(path).status_code == 404
    assert Client().post(path).status_code == 404


def dsn(key: str, status: str, action: str = "failed") -> bytes:
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = "mailer@x.example", "bounces@shop.example", "Undelivered"
    parts = (
        f"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; c0@example.com\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 no\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{key}@shop.example>\r\nSubject: Sale\r\n\r\n--b--\r\n"
    )
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n'
    return (head + "\r\n" + parts).encode()


def arf(key: str) -> bytes:
    return (
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{key}@shop.example>\r\n\r\nHi\r\n--b--\r\n"
    ).encode()


def post_raw(body: bytes, token: str | None = None):
    address = f"/hooks/email/raw?token={hook_token('email') if token is None else token}"
    return Client().post(address, body, content_type="message/rfc822")


def test_a_bounce_mail_ends_the_delivery_and_suppresses_the_address(sent):
    ids, _mails = sent
    row = Delivery.objects.get(customer_id=ids[0])
    assert post_raw(dsn(row.key, "5.1.1")).json() == {"recorded": 1}
    row.refresh_from_db()
    assert row.state == "bounced"
    assert refusal(ids[0]) == "suppressed"


@pytest.mark.parametrize(("status", "state"), [("5.2.2", "failed"), ("5.7.1", "failed"), ("4.4.1", "handed")])
def test_bounces_that_say_nothing_of_the_address_do_not_suppress_it(sent, status, state):
    ids, _mails = sent
    row = Delivery.objects.get(customer_id=ids[0])
    post_raw(dsn(row.key, status, "failed" if status.startswith("5") else "delayed"))
    row.refresh_from_db()
    assert row.state == state
    assert refusal(ids[0]) is None


def test_a_complaint_mail_suppresses_and_withdraws_consent(sent):
    ids, _mails = sent
    row = Delivery.objects.get(customer_id=ids[1])
    assert post_raw(arf(row.key)).json() == {"recorded": 1}
    assert refusal(ids[1]) == "suppressed"


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"Subject: hi\r\n\r\nhello", dsn("zz", "5.1.1")])
def test_hooks_refuse_what_is_no_report_and_strangers(sent, body):
    assert post_raw(body).status_code == 400
    assert post_raw(body, token="x").status_code == 401
    assert post_raw(body, token=hook_token("sms")).status_code == 401


def test_a_message_that_cannot_be_rendered_does_not_spoil_the_batch(people, provider, now):
    template = content.create_template("Note", channel="email", now=now)
    body = "Hello {{ customer.id }} {{ links.unsubscribe }}"
    variant = content.create_variant(template.pk, "A", subject="x", body=body, format="text", now=now)
    ids = people(4)
    rows = [plan_row(one, now, variant_id=variant.pk if one in ids[:2] else 98_765) for one in ids]
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, rows, now=now)
    services.send_due(worker="w1", now=now + timedelta(seconds=1))
    assert services.ledger("campaign:1") == {"failed": 2, "handed": 2}
    assert len(customer_views(ids)) == 4
