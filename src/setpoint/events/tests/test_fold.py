"""From the inbox into the lake, exactly once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from setpoint.customers.models import Consent, Customer, Identity
from setpoint.events import fold, services
from setpoint.events.models import Fold, Inbox
from setpoint.events.types import ServerEvent
from setpoint.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
LakeRows = Callable[[], list[dict[str, Any]]]


def fold_all(now: datetime) -> int:
    rows = 0
    while folded := services.fold_inbox(now=now):
        rows += folded
    return rows


def shop(count: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [
        {
            "type": "identify",
            "messageId": f"i{n}",
            "userId": f"u{n}",
            "traits": {"email": f"U{n}@Example.com", "plan": n},
        }
        for n in range(count)
    ]
    return said + [
        {
            "type": "track",
            "messageId": f"t{n}",
            "userId": f"u{n}",
            "event": "Order Completed",
            "timestamp": f"2026-02-{n + 1:02}T10:00:00Z",
            "properties": {"total": 10 + n},
        }
        for n in range(count)
    ]


def test_messages_reach_customers_and_lake(now: datetime, lake_rows: LakeRows) -> None:
    assert services.accept(shop(3), now=now) == 6
    assert not services.is_idle()
    assert fold_all(now) == 6
    assert services.is_idle()
    rows = lake_rows()
    assert [row["message_id"] for row in rows] == ["i0", "i1", "i2", "t0", "t1", "t2"]
    order = rows[4]
    owner = Identity.objects.get(kind="email", value="u1@example.com").customer
    assert owner.traits["plan"] == 1
    assert (order["customer_id"], order["event"], order["value"]) == (owner.pk, "Order Completed", 11.0)
    assert order["ts"].isoformat() == "2026-02-02T10:00:00"
    assert str(order["day"]) == "2026-02-02"
    assert json.loads(order["properties"]) == {"total": 11}
    assert Inbox.objects.exclude(payload=None).count() == 0


def test_a_repeated_message_lands_once(now: datetime, lake_rows: LakeRows) -> None:
    assert services.accept(shop(2), now=now) == 4
    assert services.accept(shop(2), now=now) == 0
    fold_all(now)
    assert services.accept(shop(2), now=now) == 0
    fold_all(now)
    assert len(lake_rows()) == 4


def test_one_bad_message_refuses_the_whole_batch(now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        services.accept([*shop(1), {"type": "track", "userId": "u"}], now=now)
    assert refused.value.row == 2
    assert Inbox.objects.count() == 0


def test_an_anonymous_visitor_becomes_the_user(now: datetime, lake_rows: LakeRows) -> None:
    services.accept(
        [
            {"type": "page", "messageId": "1", "anonymousId": "a", "name": "Home"},
            {"type": "identify", "messageId": "2", "anonymousId": "a", "userId": "u"},
            {"type": "screen", "messageId": "3", "userId": "u"},
            {"type": "page", "messageId": "4", "anonymousId": "b"},
            {"type": "alias", "messageId": "5", "previousId": "b", "userId": "u9"},
            {"type": "page", "messageId": "6", "userId": "u9"},
        ],
        now=now,
    )
    fold_all(now)
    owners = [row["customer_id"] for row in lake_rows()]
    assert owners[0] == owners[1] == owners[2]
    assert owners[3] == owners[4] == owners[5] != owners[0]
    assert Customer.objects.count() == 2


def test_late_statements_change_nothing_newer(now: datetime) -> None:
    def say(message_id: str, at: datetime, city: str) -> None:
        services.accept(
            [{"type": "identify", "messageId": message_id, "userId": "u", "timestamp": at, "traits": {"city": city}}],
            now=now,
        )
        fold_all(now)

    say("1", now - timedelta(hours=1), "Lyon")
    say("2", now - timedelta(hours=2), "Paris")
    assert Customer.objects.get().traits["city"] == "Lyon"


def test_language_consents_and_company(now: datetime) -> None:
    services.accept(
        [
            {
                "type": "identify",
                "userId": "u",
                "traits": {
                    "consents": {"email": {"marketing": "granted"}},
                    "locale": "zh-CN",
                    "timezone": "Asia/Shanghai",
                },
            },
            {"type": "group", "userId": "u", "groupId": "g1", "traits": {"name": "Acme"}},
        ],
        now=now,
    )
    fold_all(now)
    customer = Customer.objects.get()
    assert (customer.language, customer.timezone) == ("zh-hans", "Asia/Shanghai")
    assert customer.traits == {"company": {"id": "g1", "name": "Acme"}}
    assert Consent.objects.filter(channel="email", purpose="marketing", state="granted").count() == 1


def test_one_profile_that_cannot_be_kept_holds_up_nobody(now: datetime, lake_rows: LakeRows) -> None:
    services.accept(
        [
            {"type": "identify", "messageId": "1", "userId": "u1", "traits": {"x" * 300: 1}},
            {"type": "identify", "messageId": "2", "userId": "u2", "traits": {"email": "not an address", "n": 2**63}},
            {"type": "identify", "messageId": "3", "userId": "u3", "traits": {"a": "b" * 30_000}},
            {"type": "identify", "messageId": "4", "userId": "u3", "traits": {"c": "d" * 30_000}},
            {"type": "identify", "messageId": "5", "userId": "u3", "traits": {"e": "f" * 30_000}},
            {"type": "identify", "messageId": "6", "userId": "u4", "traits": {"fine": True}},
        ],
        now=now,
    )
    assert fold_all(now) == 6
    assert len(lake_rows()) == 6
    assert Identity.objects.get(kind="user_id", value="u4").customer.traits == {"fine": True}


def test_server_events_know_their_customer(now: datetime, lake_rows: LakeRows) -> None:
    services.accept(shop(1), now=now)
    fold_all(now)
    customer = Customer.objects.get()
    said = {"message_id": "s1", "at": now, "now": now}
    assert services.track(customer.pk, "Unsubscribed", {"channel": "email"}, **said) == 1
    assert services.track(customer.pk, "Unsubscribed", {"channel": "email"}, **said) == 0
    fold_all(now)
    assert [row["customer_id"] for row in lake_rows()] == [customer.pk] * 3


def hit(message_id: str, at: datetime, link: str, **more: Any) -> ServerEvent:
    properties = {
        "delivery": "7",
        "link": link,
        "ua": "Mozilla/5.0 (X11; Linux) Firefox/140.0",
        "method": "GET",
        "purpose": "",
    }
    return ServerEvent(1, "Email Link Clicked", properties | more, message_id, at)


def test_machine_clicks_are_marked_also_across_batches(now: datetime, lake_rows: LakeRows) -> None:
    services.append([hit("1", now, "a"), hit("2", now + timedelta(milliseconds=50), "b")], now=now)
    fold_all(now)
    services.append(
        [hit("3", now + timedelta(milliseconds=90), "c"), hit("4", now + timedelta(minutes=9), "a")], now=now
    )
    fold_all(now)
    marks = {row["message_id"]: json.loads(row["properties"]) for row in lake_rows()}
    assert marks["3"]["machine"] is True
    assert marks["3"]["machine_reason"] == "burst"
    assert marks["4"]["machine"] is False
    assert marks["4"]["link"] == "a"


def test_a_honeypot_marks_its_batch(now: datetime, lake_rows: LakeRows) -> None:
    services.append([hit("1", now, "a"), hit("2", now + timedelta(seconds=30), "trap", honeypot=True)], now=now)
    fold_all(now)
    assert all(json.loads(row["properties"])["machine"] for row in lake_rows())


def test_old_message_ids_are_forgotten(now: datetime) -> None:
    services.accept(shop(2), now=now)
    fold_all(now)
    services.accept([{"type": "page", "userId": "u"}], now=now)
    assert services.prune(now=now + timedelta(days=29)) == 0
    assert services.prune(now=now + timedelta(days=31)) == 4
    assert Inbox.objects.count() == 1
    fold_all(now)
    assert Fold.objects.order_by("-number").first().number == 2


def test_a_second_folder_returns_at_once(now: datetime) -> None:
    services.accept(shop(1), now=now)
    if os.environ.get("SETPOINT_DATABASE_URL"):
        pytest.skip("An advisory lock is held by a session; the kill test covers PostgreSQL.")
    with fold.exclusive("inbox-fold") as mine:
        assert mine
        assert services.fold_inbox(now=now) == 0
    assert services.fold_inbox(now=now) == 2


class Crash(Exception):
    """Stands for the process's death."""


STAGES = [
    (fold, "_open_batch", "after"),
    (fold, "_read_batch", "after"),
    (fold, "_customer_ids", "before"),
    (fold, "_customer_ids", "after"),
    (fold.Lake, "append", "before"),
    (fold.Lake, "append", "after"),
    (fold, "_close_batch", "before"),
    (fold, "_close_batch", "after"),
]


@pytest.mark.parametrize(("owner", "name", "when"), STAGES, ids=[f"{when} {name}" for _, name, when in STAGES])
def test_a_crash_at_any_stage_changes_nothing(
    owner: Any, name: str, when: str, now: datetime, lake_rows: LakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.accept(shop(4), now=now)
    whole = getattr(owner, name)

    def dying(*args: Any, **named: Any) -> None:
        if when == "after":
            whole(*args, **named)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying)
        with pytest.raises(Crash):
            services.fold_inbox(now=now)
    services.accept([{"type": "page", "messageId": "z", "userId": "u0"}], now=now)
    fold_all(now)
    assert [row["message_id"] for row in lake_rows()] == [
        *(f"i{n}" for n in range(4)),
        *(f"t{n}" for n in range(4)),
        "z",
    ]
    assert Customer.objects.count() == 4
    assert services.is_idle()


def test_a_crash_between_the_pieces_of_a_batch_changes_nothing(
    now: datetime, lake_rows: LakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.accept(shop(4), now=now)
    transactions = iter((transaction.atomic, transaction.atomic, transaction.atomic))  # the opening and two pieces

    def dying() -> Any:
        whole = next(transactions, None)
        if whole is None:
            raise Crash
        return whole()

    with monkeypatch.context() as patch:
        patch.setattr(fold, "CLEARED_AT_ONCE", 2)
        patch.setattr(fold, "transaction", SimpleNamespace(atomic=dying))
        with pytest.raises(Crash):
            services.fold_inbox(now=now)
    assert Inbox.objects.filter(payload=None).count() == 4
    fold_all(now)
    assert sorted(row["message_id"] for row in lake_rows()) == [
        *(f"i{n}" for n in range(4)),
        *(f"t{n}" for n in range(4)),
    ]
    assert not Inbox.objects.filter(payload__isnull=False).exists()
    assert services.is_idle()


PROCESS = """
import os, signal
import pandas  # here, so that no child has to load it again
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from datetime import UTC, datetime
from setpoint.events import fold, services
now = datetime(2026, 3, 2, 9, tzinfo=UTC)
call_command("migrate", verbosity=0)
services.accept([
    {"type": "track", "messageId": f"t{n}", "userId": f"u{n % 5}", "event": "Order Completed"}
    for n in range(20)
], now=now)
def fold_all():
    while services.fold_inbox(now=now, limit=7):
        pass
def die(owner, stage, when):
    whole = getattr(owner, stage)
    def dying(*args, **named):
        if when == "after":
            whole(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, stage, dying)
    fold_all()
for owner, stage, when in (
    (fold, "_read_batch", "after"),
    (fold.Lake, "append", "before"),
    (fold.Lake, "append", "after"),
    (fold, "_close_batch", "before"),
):
    connection.close()
    child = os.fork()
    if not child:
        die(owner, stage, when)
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]))
fold_all()
from setpoint.customers.models import Customer
from setpoint.engine.session import connect
from django.conf import settings
with connect(settings.SETPOINT_LAKE) as session:
    rows = session.execute(session.events()).to_pylist()
print(sorted(row["message_id"] for row in rows), Customer.objects.count(), services.is_idle())
"""


@pytest.mark.fault
def test_kill_minus_nine_while_folding(own_process: Callable[[str], list[str]]) -> None:
    told = own_process(PROCESS)
    assert told == ["9"] * 4 + [f"{sorted(f't{n}' for n in range(20))} 5 True"]
