"""What customers see: in their language and the company's colours, without script, cookie or log-in."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client

from setpoint.customers.services import contacts, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import services
from setpoint.delivery.links import Choice, choice_url
from setpoint.delivery.pacing import forget_uses
from setpoint.governance.models import AuditEntry
from setpoint.governance.services import update_company
from setpoint.kernel import clock

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def paths(provider, now):
    """The addresses of one customer's two pages, and their id."""
    forget_uses()
    update_company(now=now, name="Corner Tea", physical_address="1 Road\n69001 Lyon", brand_colour="#FFC53D")
    said = (ConsentRecord("email", "marketing", "granted"),)
    (one,) = upsert_customers([Profile({"email": "ann@x.example"}, consents=said, language="en", at=now)], now=now)
    choice = Choice(0, one, "email", "marketing", "campaign:1")
    with clock.at(now + timedelta(hours=1)):
        yield urlsplit(choice_url("u", choice)).path, urlsplit(choice_url("p", choice)).path, one


def may_be_written_to(customer_id: int) -> bool:
    return contacts([customer_id], channel="email", purpose="marketing")[customer_id].refusal is None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", ["unsubscribe", "unsubscribed", "preferences", "broken"])
def test_pages_are_the_golden_ones(paths, page, language):
    unsubscribe, preferences, _one = paths
    asked = f"?lang={language}"
    answer = {
        "unsubscribe": lambda: Client().get(unsubscribe + asked),
        "unsubscribed": lambda: Client().post(unsubscribe + asked),
        "preferences": lambda: Client().get(preferences + asked),
        "broken": lambda: Client().get("/u/x" + asked),
    }[page]()
    shown = re.sub(r"/([up])/[\w.-]+", r"/\1/TOKEN", answer.content.decode())
    shown = re.sub(r"<style>.*?</style>", "<style>...</style>", shown, flags=re.DOTALL)
    golden = GOLDEN / f"{page}.{language}.html"
    if not golden.exists():  # delete a golden file to have it written anew, and read the difference
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown)
    assert shown == golden.read_text()


def test_the_policy_allows_our_style_and_nothing_that_acts(paths):
    answer = Client().get(paths[1])
    style = re.search(r"<style>(.*?)</style>", answer.content.decode(), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies
    assert "<script" not in answer.content.decode()
    assert "--fill: #ffc53d; --on-fill: #000000" in style[1]
    assert "[[" not in style[1]


def test_an_unsubscription_can_be_undone_for_a_day(paths):
    unsubscribe, _preferences, one = paths
    assert b"Undo" in Client().post(unsubscribe).content
    assert not may_be_written_to(one)
    with clock.at(clock.now() + timedelta(minutes=1)):
        answer = Client().post(unsubscribe, {"action": "undo"})
    assert b"Undone" in answer.content
    assert b" checked" in answer.content


def test_a_customers_word_is_on_record_with_the_network_it_came_from(paths):
    unsubscribe, preferences, one = paths
    Client(headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/604.1"}).post(unsubscribe)
    Client().post(preferences, {"action": "pause"})
    said = AuditEntry.objects.filter(subject=f"customer:{one}", actor="customer").order_by("pk")
    assert list(said.values_list("verb", "origin")) == [
        ("unsubscribed", "127.0.0.0/24 Safari on iPhone"),
        ("paused", "127.0.0.0/24"),
    ]


def test_undo_gives_back_what_was_taken_and_no_more(paths, now):
    one = paths[2]
    choice = Choice(0, one, "email", "marketing", "campaign:1")
    later = now + timedelta(hours=2)
    assert services.undo_unsubscribe(choice, now=later) is False
    services.unsubscribe(choice, now=later)
    assert services.undo_unsubscribe(choice, now=later + timedelta(days=2)) is False
    assert services.undo_unsubscribe(choice, now=later + timedelta(minutes=1)) is True
    assert may_be_written_to(one)
    verbs = list(AuditEntry.objects.filter(subject=f"customer:{one}", actor="customer").values_list("verb", flat=True))
    assert verbs == ["unsubscribed", "undid unsubscribe"]


def test_a_pause_and_its_end(paths):
    _unsubscribe, preferences, one = paths
    page = Client().post(preferences, {"action": "pause"}).content.decode()
    assert "Quiet until April 1, 2026" in page
    assert may_be_written_to(one)
    assert "Quiet until" not in Client().post(preferences, {"action": "resume"}).content.decode()
    assert services.paused_until(one, now=clock.now()) is None


def test_nothing_at_all_and_back(paths):
    _unsubscribe, preferences, one = paths
    assert (
        b"You receive nothing" in Client().post(preferences, {"action": "nothing", "topic": "email/marketing"}).content
    )
    assert not may_be_written_to(one)
    with clock.at(clock.now() + timedelta(minutes=1)):
        services.pause_customer(one, now=clock.now())
        Client().post(preferences, {"action": "save", "topic": "email/marketing"})
        assert may_be_written_to(one)
        assert services.paused_until(one, now=clock.now()) is None


def test_links_cannot_be_hammered(paths):
    preferences = paths[1]
    codes = [Client().post(preferences, {"action": "resume"}).status_code for _time in range(21)]
    assert codes == [200] * 20 + [429]
    assert Client().get(preferences).status_code == 200
    strangers = [Client().get(f"/u/{number}").status_code for number in range(61)]
    assert strangers == [404] * 60 + [429]
    forget_uses()
