"""Planning, claiming, sending and recording, with a provider in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from setpoint.customers.services import contacts, record_consent
from setpoint.delivery import services
from setpoint.delivery.models import Budget, ChannelAccount, Delivery
from setpoint.delivery.tests.conftest import bare_compose, plan_row
from setpoint.delivery.types import Limit, Receipt
from setpoint.kernel.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db

MONEY = Limit("campaign", "money", 1_000_000)


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def money(source: str = "campaign:1") -> tuple[int, int]:
    line = Budget.objects.get(stream__source=source, scope="campaign", resource="money")
    return line.reserved, line.committed


def plan(people_ids, now, *, round=1, limits=(MONEY,), **given):
    services.open_stream("campaign:1", limits=limits, now=now)
    return services.plan_deliveries("campaign:1", round, [plan_row(one, now, **given) for one in people_ids], now=now)


def send(now, **given):
    return services.send_due(worker="w1", now=now, compose=bare_compose, **given)


def test_a_plan_is_reserved_sent_once_and_paid(people, provider, now):
    ids = people(5)
    assert plan(ids, now).states == {"reserved": 5}
    assert money() == (50_000, 0)
    report = send(now)
    assert report.receipts == {"accepted": 5}
    assert states() == {"handed": 5}
    assert money() == (0, 50_000)
    assert len(provider.taken) == 5
    assert send(now).claimed == 0


def test_planning_again_changes_nothing(people, provider, now):
    ids = people(3)
    first, again = plan(ids, now), plan(ids + ids, now)
    assert first == again
    assert money() == (30_000, 0)
    send(now)
    assert plan(ids, now).states == {"handed": 3}
    assert len(provider.handed) == 3


def test_rows_over_a_limit_are_kept_suppressed_with_the_limit_named(people, provider, now):
    receipt = plan(people(5), now, limits=(Limit("campaign", "money", 25_000), Limit("channel:email", "messages", 9)))
    assert receipt.states == {"reserved": 2, "suppressed": 3}
    assert receipt.reasons == {"limit:campaign:money": 3}
    assert [(one.scope, one.resource, one.level) for one in services.warnings("campaign:1")] == [
        ("campaign", "money", "near"),
        ("campaign", "money", "reached"),
    ]


def test_held_back_rows_reserve_nothing(people, provider, now):
    receipt = plan(people(2), now, hold_back="ghost")
    assert receipt.reasons == {"ghost": 2}
    assert money() == (0, 0)
    assert send(now).claimed == 0


def test_consent_withdrawn_after_the_plan_stops_the_send_and_frees_the_money(people, provider, now):
    ids = people(2)
    plan(ids, now)
    record_consent([ids[0]], "email", "marketing", "denied", source="test", now=now + timedelta(seconds=1))
    report = send(now + timedelta(seconds=2))
    assert (report.claimed, report.suppressed) == (1, 1)
    assert Delivery.objects.get(customer_id=ids[0]).reason == "no_consent"
    assert money() == (0, 10_000)


def test_without_any_consent_nothing_is_sent(people, provider, now):
    plan(people(2, consent=""), now)
    assert send(now).suppressed == 2
    assert provider.handed == []


def test_a_hard_bounce_suppresses_the_address(people, provider, now):
    ids = people(2)
    plan(ids, now)
    provider.answer = lambda message: Receipt(message.key, "bounced", detail="550 gone")
    send(now)
    assert states() == {"bounced": 2}
    assert {one.refusal for one in contacts(ids, channel="email", purpose="marketing").values()} == {"suppressed"}


def test_a_poisoned_recipient_does_not_stop_the_others(people, provider, now):
    ids = people(4)
    plan(ids, now)
    provider.answer = lambda message: (
        Receipt(message.key, "rejected", detail="554 no") if message.address == "c1@example.com" else None
    )
    send(now)
    assert states() == {"handed": 3, "failed": 1}
    assert money() == (0, 30_000)


def test_a_retry_waits_and_gives_up_after_five_attempts(people, provider, now):
    plan(people(1), now)
    provider.answer = lambda message: Receipt(message.key, "retry", detail="451 later")
    for _attempt in range(5):
        assert send(now).claimed == 1
        assert send(now).claimed == 0
        now += timedelta(hours=1)
    assert states() == {"failed": 1}
    assert len(set(provider.handed)) == 1
    assert money() == (0, 0)


def test_a_channel_that_raises_leaves_its_messages_in_doubt(people, provider, now):
    plan(people(1), now)

    def explode(message):
        raise RuntimeError("boom")

    provider.answer = explode
    send(now)
    assert states() == {"unknown": 1}
    assert money() == (0, 10_000)
    assert send(now + timedelta(days=1)).claimed == 0


def test_a_failing_provider_pauses_its_channel_and_costs_no_attempts(people, provider, now):
    account = ChannelAccount.objects.get()
    provider.settings["batch"] = 1
    plan(people(30), now)
    provider.answer = lambda message: Receipt(message.key, "retry", detail="no route", provider_fault=True)
    report = send(now)
    assert report.receipts == {"retry": 10}
    assert report.not_started == 20
    account.refresh_from_db()
    assert account.pause_reason == "no route"
    assert send(now).claimed == 0
    provider.answer = lambda message: None
    later = now + timedelta(minutes=2)
    assert send(later).claimed == 1
    assert send(later).claimed == 29
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_paused_stream_sends_nothing_until_it_is_opened_again(people, provider, now):
    plan(people(2), now)
    assert services.set_stream_state("campaign:1", "paused", now=now) == 0
    assert send(now).claimed == 0
    services.set_stream_state("campaign:1", "open", now=now)
    assert send(now).claimed == 2
    assert services.set_stream_state("campaign:1", "closed", now=now) == 2
    with pytest.raises(Conflict):
        services.set_stream_state("campaign:1", "open", now=now)


def test_recall_frees_what_was_not_sent(people, provider, now):
    plan(people(5), now)
    send(now, limit=2)
    recalled = services.recall("campaign:1", now=now, reason="cancelled")
    assert (recalled.recalled, recalled.beyond_recall) == (3, 2)
    assert states() == {"handed": 2, "suppressed": 3}
    assert money() == (0, 20_000)


def test_limits_may_change_but_never_below_what_is_bound(people, provider, now):
    plan(people(5), now)
    with pytest.raises(Conflict) as caught:
        services.change_limits("campaign:1", [Limit("campaign", "money", 49_999)], now=now)
    assert caught.value.details["floor"] == 50_000
    services.change_limits(
        "campaign:1", [Limit("campaign", "money", 50_000), Limit("campaign", "messages", 5)], now=now
    )
    assert {(line.resource, line.reserved, line.left) for line in services.budgets("campaign:1")} == {
        ("money", 50_000, 0),
        ("messages", 5, 0),
    }


@pytest.mark.parametrize(
    "limit",
    [
        Limit("planet", "money", 1),
        Limit("campaign", "money", -1),
        Limit("campaign", "money", 1, window_days=7),
        Limit("customer", "messages", 1, window_days=0),
    ],
)
def test_limits_that_make_no_sense_are_refused(limit, now, db):
    with pytest.raises(Invalid):
        services.open_stream("campaign:9", limits=[limit], now=now)


def test_a_plan_for_unknown_customers_or_channels_is_refused_whole(people, provider, now):
    ids = people(1)
    with pytest.raises(NotFound):
        plan([*ids, 987_654], now)
    with pytest.raises(NotFound):
        plan(ids, now, channel="pigeon")
    assert states() == {}


def test_an_offer_without_bound_is_refused(people, provider, now):
    ids = people(1)
    with pytest.raises(Invalid):
        plan(ids, now, offer_kind="percent", offer_value=1000)
    with pytest.raises(Invalid):
        plan(ids, now, offer_kind="amount", offer_value=5_000_000, offer_liability=4_999_999)


def test_a_customers_cap_counts_all_streams(people, provider, now):
    ids = people(1)
    cap = (Limit("customer", "messages", 2, window_days=7),)
    for number in (1, 2, 3):
        services.open_stream(f"campaign:{number}", limits=cap, now=now)
        services.plan_deliveries(f"campaign:{number}", 1, [plan_row(ids[0], now)], now=now)
    assert states() == {"reserved": 2, "suppressed": 1}
    send(now)
    later = now + timedelta(days=7, minutes=1)
    receipt = services.plan_deliveries("campaign:3", 2, [plan_row(ids[0], later)], now=later)
    assert receipt.states == {"reserved": 1}


def test_a_cap_holds_at_the_claim_even_if_it_came_after_the_plan(people, provider, now):
    ids = people(1)
    plan(ids, now)
    services.plan_deliveries("campaign:1", 1, [plan_row(ids[0], now, slot="18:00")], now=now)
    services.change_limits("campaign:1", [MONEY, Limit("customer", "messages", 1, window_days=1)], now=now)
    report = send(now)
    assert (report.claimed, report.suppressed) == (1, 1)
    assert money() == (0, 10_000)


def test_a_channels_rate_is_never_passed(people, provider, now):
    ChannelAccount.objects.update(max_per_second=3.0)
    plan(people(10), now)
    assert send(now).claimed == 3
    assert send(now).claimed == 0
    assert send(now + timedelta(seconds=0.5)).claimed == 1
    assert send(now + timedelta(seconds=60)).claimed == 3
