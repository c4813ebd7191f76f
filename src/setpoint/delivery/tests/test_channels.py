"""Channels against real servers, and mail as others read it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from setpoint.delivery.channels.mime import Letter, write
from setpoint.delivery.channels.recording import RecordingChannel
from setpoint.delivery.channels.smtp import SmtpChannel
from setpoint.delivery.channels.webhook import WebhookChannel, check_url
from setpoint.delivery.testing import check_channel, message
from setpoint.delivery.tests.servers import MailServer, Receiver
from setpoint.delivery.types import FeedbackRequest
from setpoint.kernel.errors import Invalid, Unauthorised

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"
MAIL = {"host": "127.0.0.1", "from_address": "news@shop.example", "timeout": 5.0}


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(tmp_path / "mail")
    yield server
    server.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver(SECRET)
    yield server
    server.stop()


class FakeProvider:
    """The recording channel is its own provider."""

    def __init__(self) -> None:
        self.channel = RecordingChannel({})

    def received(self) -> list[str]:
        return list(self.channel.taken)

    def refuse(self, address: str, how: str) -> None:
        self.channel.refuse(address, how)

    def stop(self) -> None:
        self.channel.is_down = True


def test_the_fake_keeps_the_contract():
    provider = FakeProvider()
    check_channel(lambda: provider.channel, provider)


def test_smtp_keeps_the_contract(tmp_path):
    server = MailServer(tmp_path / "mail")
    made: list[SmtpChannel] = []

    def make() -> SmtpChannel:
        made.append(SmtpChannel(MAIL | {"port": server.port, "maildir": str(tmp_path / "mail")}))
        return made[-1]

    check_channel(make, server)
    assert made[0].find([f"{1:032x}", f"{999:032x}"]) == {f"{1:032x}": True, f"{999:032x}": False}
    for channel in made:
        channel.close()


def test_smtp_over_starttls_checks_the_certificate(tmp_path):
    authority, stranger = trustme.CA(), trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    stranger.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    server = MailServer(tmp_path / "mail", tls=tls)
    base = MAIL | {"port": server.port, "security": "starttls"}
    trusted, wary = (SmtpChannel(base | {"ca_file": str(tmp_path / name)}) for name in ("ca.pem", "other.pem"))
    assert [receipt.status for receipt in trusted.send([message(1)])] == ["accepted"]
    (receipt,) = wary.send([message(2)])
    assert (receipt.status, receipt.provider_fault) == ("retry", True)
    assert server.received() == [f"{1:032x}"]
    trusted.close()
    server.stop()


def test_webhook_keeps_the_contract_and_its_signature_is_verified(receiver):
    made: list[WebhookChannel] = []

    def make() -> WebhookChannel:
        made.append(WebhookChannel({"url": receiver.url, "secret": SECRET, "timeout": 5.0}))
        return made[-1]

    check_channel(make, receiver)
    assert receiver.problems == []
    for channel in made:
        channel.close()


def test_a_mail_as_another_parser_reads_it(mail_server):
    settings = MAIL | {"port": mail_server.port, "from_name": "Zoë, 店", "bounce_address": "bounces@shop.example"}
    channel = SmtpChannel(settings)
    channel.send([message(7)])
    channel.close()
    (mail,) = mail_server.mails()
    assert mail["Subject"] == "Offer 7 · 优惠"
    assert mail["From"].addresses[0].display_name == "Zoë, 店"
    assert mail["From"].addresses[0].addr_spec == "news@shop.example"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().splitlines() == ["Hello 7", ".a line with a dot", "你好"]
    assert mail_server.envelopes[0][0] == f"bounces+{7:032x}@shop.example"


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=400)
lines = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=200)


@given(subject=lines, text=texts, html=texts, name=lines)
def test_any_text_survives_the_wire(subject, text, html, name):
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    letter = Letter("k@shop.example", "news@shop.example", name, "c@example.com", subject, text, html, at, {})
    raw = write(letter)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert not set(b"\r\n") & set(raw.replace(b"\r\n", b""))
    mail = message_from_bytes(raw, policy=SMTP_POLICY)
    assert str(mail["Subject"]).split() == subject.split()
    assert parsedate_to_datetime(mail["Date"]) == at
    assert mail.defects == []
    assert _unified(_content(mail, "plain")) == _unified(text)
    if html:
        assert _unified(_content(mail, "html")) == _unified(html)


def _content(mail, subtype):
    part = mail if not mail.is_multipart() else mail.get_body((subtype,))
    return part.get_payload(decode=True).decode()


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("bad", ["a@b.example\r\nBcc: x@y.example", "a\x00b@c.example", "ü@example.com"])
def test_nothing_can_be_injected_into_a_header(bad, mail_server):
    channel = SmtpChannel(MAIL | {"port": mail_server.port})
    (receipt,) = channel.send([message(1, bad)])
    assert receipt.status == "rejected"
    assert mail_server.received() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"port": "25"}, "port"),
        ({"prot": 25}, "prot"),
        ({"host": "mail.example", "username": "u", "password": "p"}, "security"),
        ({"from_name": "a\r\nb"}, "from_name"),
    ],
)
def test_settings_that_cannot_work_are_refused(change, field):
    with pytest.raises(Invalid) as caught:
        SmtpChannel(MAIL | change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://100.100.100.200/latest",
        "http://u:p@x.example/",
        "https:///x",
        "http://x.example:99999/",
    ],
)
def test_addresses_that_are_not_for_messages_are_refused(url):
    with pytest.raises(Invalid):
        check_url(url)


def test_a_name_that_leads_to_a_secret_address_is_not_called(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_named: [(0, 0, 0, "", ("169.254.169.254", 80))])
    channel = WebhookChannel({"url": "http://tea.example/x", "secret": SECRET})
    (receipt,) = channel.send([message(1)])
    assert (receipt.status, "not an address for messages" in receipt.detail) == ("retry", True)


def test_the_name_is_looked_up_once_and_the_judged_address_is_called(monkeypatch, receiver):
    asked, look_up_really = [], socket.getaddrinfo

    def look_up(host, *rest, **named):
        asked.append(host)
        return look_up_really("127.0.0.1" if host == "tea.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = urlsplit(receiver.url).port
    channel = WebhookChannel({"url": f"http://tea.example:{port}/messages", "secret": SECRET})
    (receipt,) = channel.send([message(1)])
    channel.close()
    assert receipt.status == "delivered"
    assert asked.count("tea.example") == 1


def test_a_lost_answer_over_smtp_is_in_doubt_and_a_lost_connection_before_is_not(tmp_path):
    from setpoint.delivery.tests.servers import BreakingServer

    for stage, status in (("mail", "retry"), ("rcpt", "retry"), ("data", "retry"), ("body", "unknown")):
        server = BreakingServer(stage)
        (receipt,) = SmtpChannel(MAIL | {"port": server.port}).send([message(1)])
        assert (stage, receipt.status) == (stage, status)
        server.stop()


def test_a_timeout_of_a_receiver_that_takes_an_id_once_is_tried_again():
    from setpoint.delivery.tests.servers import BreakingServer

    server = BreakingServer("http")
    settings = {"url": f"http://127.0.0.1:{server.port}/", "secret": SECRET, "timeout": 2.0}
    (safe,) = WebhookChannel(settings).send([message(1)])
    (doubtful,) = WebhookChannel(settings | {"idempotent": False}).send([message(1)])
    assert (safe.status, doubtful.status) == ("retry", "unknown")
    server.stop()


def test_feedback_by_webhook_must_be_signed(now):
    channel = WebhookChannel({"url": "http://127.0.0.1:9/", "secret": SECRET})
    body = b'[{"type": "complained", "key": "abc", "timestamp": "2026-03-02T08:59:00Z"}]'
    signed = Webhook(SECRET).sign("msg_1", now, body.decode())
    headers = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(now.timestamp())), "Webhook-Signature": signed}
    (heard,) = channel.feedback(FeedbackRequest(headers, body))
    assert (heard.kind, heard.key) == ("complained", "abc")
    for name, value in (("Webhook-Signature", "v1,AAAA"), ("Webhook-Timestamp", "1"), ("Webhook-Id", "msg_2")):
        with pytest.raises(Unauthorised):
            channel.feedback(FeedbackRequest(headers | {name: value}, body))
