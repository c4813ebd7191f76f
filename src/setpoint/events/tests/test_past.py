"""One customer's past, and what arrives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from setpoint.customers.services import record_consent, upsert_customers
from setpoint.customers.types import Profile
from setpoint.events import refusals, services
from setpoint.events.models import Refusal
from setpoint.events.types import ServerEvent
from setpoint.kernel.errors import Invalid, Unauthorised

pytestmark = pytest.mark.django_db


def _fold(now: datetime) -> None:
    while services.fold_inbox(now=now):
        pass


@pytest.fixture
def ann(now: datetime) -> int:
    return upsert_customers([Profile({"user_id": "ann"}), Profile({"user_id": "bob"})], now=now - timedelta(days=900))[
        0
    ]


def _did(customer_id: int, days: float, event: str, now: datetime, **said: Any) -> None:
    at = now - timedelta(days=days)
    services.append([ServerEvent(customer_id, event, said, f"{event}-{customer_id}-{days}", at)], now=now)


def test_a_past_comes_newest_first_in_pages_through_all_windows(ann: int, now: datetime) -> None:
    for days in (0, 0.5, 30, 95, 300, 800):
        _did(ann, days, "Visit", now)
    _did(ann + 1, 1, "Visit", now)
    record_consent([ann], "email", "marketing", "granted", source="form", now=now - timedelta(days=30))
    _fold(now)
    seen, before = [], ""
    while True:
        page = services.past(ann, now=now, before=before, limit=2)
        seen += page.items
        if page.next is None:
            break
        before = page.next
    assert [(one.kind, (now - one.at) / timedelta(days=1)) for one in seen] == [
        ("event", 0),
        ("event", 0.5),
        ("event", 30),
        ("consent", 30),
        ("event", 95),
        ("event", 300),
        ("event", 800),
    ]
    assert (seen[3].name, seen[3].type, seen[3].values["source"]) == ("email/marketing", "granted", "form")
    first = services.past(ann, now=now, limit=50)
    assert [one.kind for one in first.items] == ["event", "event", "event", "consent"]
    assert len(services.past(ann, now=now, limit=50, before=first.next or "").items) == 3


def test_the_first_page_begins_where_the_customer_was_last_active(ann: int, now: datetime) -> None:
    _did(ann, 400, "Visit", now)
    _fold(now)
    assert [one.name for one in services.past(ann, now=now).items] == ["Visit"]


def test_moments_of_one_instant_are_not_lost_between_pages(ann: int, now: datetime) -> None:
    for name in "abcde":
        _did(ann, 1, name, now)
    _fold(now)
    first = services.past(ann, now=now, limit=3)
    second = services.past(ann, now=now, limit=3, before=first.next or "")
    assert [one.name for one in [*first.items, *second.items]] == list("abcde")


def test_only_some_kinds(ann: int, now: datetime) -> None:
    _did(ann, 1, "Visit", now)
    _did(ann, 2, "Order Completed", now, revenue=12.5)
    record_consent([ann], "email", "marketing", "denied", source="form", now=now)
    _fold(now)
    assert [one.name for one in services.past(ann, now=now, look=services.Looked(kinds=["consent"])).items] == [
        "email/marketing"
    ]
    assert [one.name for one in services.past(ann, now=now, look=services.Looked(event="Order Completed")).items] == [
        "Order Completed"
    ]
    (order, visit) = services.sums(ann)
    assert (order.event, order.count, order.value, order.last_at) == (
        "Order Completed",
        1,
        12.5,
        now - timedelta(days=2),
    )
    assert (visit.event, visit.value) == ("Visit", None)
    with pytest.raises(Invalid):
        services.past(ann, now=now, before="yesterday")


def test_a_period_a_channel_and_who_did_it(ann: int, now: datetime) -> None:
    _did(ann, 400, "Probe", now, machine=True, channel="email")
    _did(ann, 300, "Email Opened", now)
    _did(ann, 200, "Message Read", now, channel="sms")
    _did(ann, 100, "Visit", now)
    record_consent([ann], "email", "marketing", "granted", source="form", now=now - timedelta(days=50))
    _fold(now)

    def days(**look: Any) -> list[int]:
        page = services.past(ann, now=now, look=services.Looked(**look))
        rest = services.past(ann, now=now, look=services.Looked(**look), before=page.next) if page.next else None
        return [(now - one.at).days for one in [*page.items, *(rest.items if rest else [])]]

    assert days(who="human") == [50, 100, 200, 300]
    assert days(who="machine") == [400]
    assert days(channel="email") == [50, 300, 400]
    assert days(channel="sms") == [200]
    since, until = now - timedelta(days=350), now - timedelta(days=100)
    assert days(since=since, until=until) == [200, 300]
    page = services.past(ann, now=now, look=services.Looked(since=since, until=until), limit=1)
    assert page.next is not None
    rest = services.past(ann, now=now, look=services.Looked(since=since, until=until), before=page.next)
    assert (len(rest.items), rest.next) == (1, None)


def test_what_arrives_is_shown_newest_first(ann: int, now: datetime) -> None:
    _did(ann, 200, "Visit", now)
    _fold(now)
    later = now + timedelta(minutes=1)
    services.append([ServerEvent(ann, "Email Opened", {"ua": "curl/8"}, "open", later)], now=later)
    _fold(later)
    newest = services.arrivals(now=later)
    assert [(one.event, one.customer_id, one.is_machine) for one in newest] == [
        ("Email Opened", ann, True),
        ("Visit", ann, None),
    ]
    assert services.arrivals(now=later, event="Visit", customer_id=ann + 1) == []
    assert services.arrivals(now=now + timedelta(days=31)) == []


def test_health_tells_what_came_and_what_was_refused(ann: int, now: datetime) -> None:
    assert services.health(now=now) == type(services.health(now=now))(0, 0, 0, None, 0, ())
    _did(ann, 0, "Visit", now)
    assert services.health(now=now).waiting == 1
    _fold(now)
    error = Unauthorised("This write key is wrong or was revoked.")
    assert refusals.note(error, now=now) is True
    assert refusals.note(error, now=now) is False
    refusals.write()
    refusals.note(error, now=now + timedelta(minutes=5))
    refusals.write()
    told = services.health(now=now + timedelta(hours=2))
    assert (told.accepted_hour, told.accepted_day, told.last_at, told.refused_day) == (0, 1, now, 3)
    assert [(one.code, one.count, one.last_at) for one in told.refused] == [
        ("unauthorised", 3, now + timedelta(minutes=5))
    ]
    services.prune(now=now + timedelta(days=31))
    assert not Refusal.objects.exists()


def test_too_many_reasons_are_counted_together(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_REASONS", 2)
    for number in range(4):
        refusals.note(Invalid(f"reason {number}"), now=now)
    refusals.write()
    assert dict(Refusal.objects.values_list("message", "count")) == {"reason 0": 1, "reason 1": 1, "": 2}
