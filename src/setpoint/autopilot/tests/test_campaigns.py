"""Campaigns from draft to end: what is refused, what a launch does, and what the loop keeps whatever happens."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import wraps
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from setpoint.autopilot import loop, outcomes, reading, scheduler, services
from setpoint.autopilot.models import Campaign, Intervention, Step
from setpoint.autopilot.room.control import control_room
from setpoint.autopilot.tests.company import Company, set_up, written_to
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.customers.services import record_consent
from setpoint.decisions import services as decisions
from setpoint.delivery import accounts
from setpoint.delivery import services as delivery
from setpoint.kernel.errors import Conflict, SetpointError

pytestmark = pytest.mark.django_db
STEPS = ["analyse", "plan", "review", "execute", "collect", "evaluate", "conclude"]


def refused(call: Callable[[], Any]) -> SetpointError:
    with pytest.raises(SetpointError) as caught:
        call()
    assert caught.value.message
    return caught.value


def launch_refusal(company: Company, **changes: Any) -> SetpointError:
    made = services.create_campaign("Spring", company.spec(**changes), actor="ann", now=company.now)
    error = refused(lambda: services.launch(made.pk, actor="ann", now=company.now))
    made.refresh_from_db()
    assert (made.state, made.launched_at) == ("draft", None)
    assert error.remedy
    return error


def test_a_budget_below_one_message_does_not_launch(desk: Company, provider: RecordingChannel) -> None:
    error = launch_refusal(desk, limits={"money": 0.049})
    assert (error.field, "0.05" in error.remedy) == ("limits.money", True)


def test_an_empty_audience_does_not_launch(company: Company, provider: RecordingChannel) -> None:
    nobody = {"trait": "age", "op": ">", "value": 1000}
    assert launch_refusal(company, audience=nobody).field == "audience"


def test_without_a_channel_there_is_no_launch(desk: Company) -> None:
    error = launch_refusal(desk)
    assert error.field == "actions.variants"
    assert "email" in error.message


def test_a_disabled_channel_is_no_channel(desk: Company, provider: RecordingChannel) -> None:
    accounts.set_channel("email", "recording", {}, enabled=False)
    assert launch_refusal(desk).field == "actions.variants"


def test_a_deadline_that_passed_since_the_draft_does_not_launch(company: Company, provider: RecordingChannel) -> None:
    made = services.create_campaign("Spring", company.spec(), actor="ann", now=company.now)
    late = company.now + timedelta(days=60)
    assert refused(lambda: services.launch(made.pk, actor="ann", now=late)).field == "goal.deadline"


def test_a_second_launch_is_told_so(company: Company, provider: RecordingChannel) -> None:
    made = company.campaign()
    assert isinstance(refused(lambda: services.launch(made.pk, actor="bob", now=company.now)), Conflict)
    assert Intervention.objects.filter(verb="launch").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_of_launches_at_once_one_wins(now: datetime, request: pytest.FixtureRequest) -> None:
    company = set_up(now)
    request.getfixturevalue("provider")
    made = services.create_campaign("Spring", company.spec(), actor="ann", now=now)
    barrier = Barrier(4)

    def one(number: int) -> str:
        barrier.wait()
        try:
            return services.launch(made.pk, actor=f"p{number}", now=now).state
        except Conflict:
            return "conflict"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(one, range(4))) == {"running": 1, "conflict": 3}


def test_power_is_known_before_the_launch(company: Company, provider: RecordingChannel) -> None:
    made = services.create_campaign("Spring", company.spec(), actor="ann", now=company.now)
    found = reading.power(made.pk, now=company.now)
    assert found.rounds == 8
    assert found.smallest_provable > 0
    assert found.sends > found.withheld > 0


def check_promises(company: Company, campaign: Campaign, provider: RecordingChannel) -> None:
    """What holds at every moment: nobody twice, nobody held back, no limit passed, every sum the same."""
    rows = list(company.rows(campaign))
    assert Counter((row.customer_id, row.slot, row.round) for row in rows).most_common(1)[0][1] == 1
    held = [row for row in rows if row.reason in ("ghost", "held_out")]
    assert held
    assert all(row.state == "suppressed" and row.handed_at is None and row.key not in provider.taken for row in held)
    assert max(Counter(provider.handed).values()) == 1
    assert set(provider.taken) == {row.key for row in rows if row.handed_at}
    for line in delivery.budgets(campaign.key):
        assert 0 <= line.reserved + line.committed <= line.limit
    money = next(
        line for line in delivery.budgets(campaign.key) if (line.scope, line.resource) == ("campaign", "money")
    )
    assert money.committed == sum(row.cost_money + row.offer_cost for row in rows)


def test_rounds_go_on_until_the_goal_is_proven(company: Company, provider: RecordingChannel) -> None:
    campaign = company.play(company.campaign())
    assert (campaign.state, campaign.outcome, campaign.failure) == ("ended", "goal", None)
    check_promises(company, campaign, provider)
    _check_journal_and_log(company, campaign)
    _check_held_out_stay_so(campaign)
    assert not written_to(company, campaign) & set(company.ids[19::20]), "no consent, no message"
    room = control_room(campaign.pk, now=company.now)
    assert (room.goal.proven_at_least or 0) >= room.goal.target == 40
    assert not {"planned", "reserved", "claimed"} & set(room.ledger.states)


def _check_journal_and_log(company: Company, campaign: Campaign) -> None:
    for number in range(1, campaign.round + 1):
        steps = list(Step.objects.filter(campaign=campaign, round=number).values_list("name", flat=True))
        assert steps == STEPS
        log = decisions.read_log(campaign.key, number)
        assert len(log) == len(company.ids)
        chosen = {row["customer_id"] for row in log.to_pylist() if row["chosen_key"] != "none"}
        assert chosen == set(company.rows(campaign, number).values_list("customer_id", flat=True))


def _check_held_out_stay_so(campaign: Campaign) -> None:
    held = [
        {row["customer_id"] for row in decisions.read_log(campaign.key, number).to_pylist() if row["held_out"]}
        for number in range(1, campaign.round + 1)
    ]
    assert held[0]
    assert all(each == held[0] for each in held)


def test_a_small_budget_is_never_passed_and_ends_the_campaign(company: Company, provider: RecordingChannel) -> None:
    tight = {"money": 4.0, "messages": 60, "hours": 0.04, "per_channel": {"email": {"messages": 55}}}
    campaign = company.play(company.campaign(limits=tight, goal={"target": 100}))
    check_promises(company, campaign, provider)
    assert (campaign.state, campaign.outcome) == ("ended", "limit")
    assert len(provider.taken) <= 48  # 0.04 hours of three seconds each


def test_a_plan_waits_for_consent_that_is_withdrawn_meanwhile(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    chosen = list(company.rows(campaign, 1).filter(state="reserved").values_list("customer_id", flat=True))
    record_consent(chosen[:10], "email", "marketing", "denied", source="test", now=company.now)
    company.play(campaign, rounds=1)
    assert not written_to(company, campaign) & set(chosen[:10])
    assert company.rows(campaign, 1).filter(reason="no_consent").count() == 10
    check_promises(company, campaign, provider)


def _failing_once(work: Any, failed: set[tuple[str, int]], when: str) -> Any:
    @wraps(work)
    def once(campaign: Any, *rest: Any) -> Any:
        place = (work.__name__, campaign.number)
        if place in failed or campaign.number > 1:
            return work(campaign, *rest)
        failed.add(place)
        if when == "after":
            work(campaign, *rest)
        raise OSError(f"power cut {when} {place}")

    return once


def _story(company: Company, campaign: Campaign) -> dict[str, Any]:
    steps = {step.name: step.result for step in Step.objects.filter(campaign=campaign, round=1)}
    for result in (steps["conclude"]["evidence"], steps["evaluate"]):  # offers expire between two attempts
        result.pop("at", None)
        result.pop("reserved")
    columns = ("customer_id", "state", "reason", "key", "cost_money", "offer_code", "offer_cost", "due_at")
    return {"steps": steps, "rows": sorted(company.rows(campaign, 1).values_list(*columns))}


class _Undo(Exception):
    pass


@contextmanager
def undone(settings: Any, provider: RecordingChannel) -> Iterator[None]:
    """What happens within leaves no trace in database, lake or provider."""
    lake = settings.SETPOINT_LAKE
    settings.SETPOINT_LAKE = f"{lake}-undone"
    shutil.copytree(lake, settings.SETPOINT_LAKE)
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo
    settings.SETPOINT_LAKE = lake
    outcomes._table.cache_clear()
    outcomes._logged.cache_clear()
    provider.taken.clear()
    provider.handed.clear()


def numbered(company: Company, number: int) -> Campaign:
    """A launched campaign of a chosen number: campaigns of one number draw alike."""
    made = services.create_campaign("Spring", company.spec(), actor="ann", now=company.now)
    Campaign.objects.filter(pk=made.pk).update(id=number)
    return services.launch(number, actor="ann", now=company.now)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_step_that_fails_is_tried_again_and_the_end_is_the_same(
    when: str, company: Company, provider: RecordingChannel, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    start = company.now
    with undone(settings, provider):
        undisturbed = _story(company, company.play(numbered(company, 700), rounds=1))
    failed: set[tuple[str, int]] = set()
    for name in STEPS:
        monkeypatch.setattr(loop, name, _failing_once(getattr(loop, name), failed, when))
    company.now = start
    campaign = numbered(company, 700)
    company.turn()
    campaign.refresh_from_db()
    assert campaign.failure["code"] == "unforeseen"
    assert campaign.failure["technical"].startswith(f"OSError: power cut {when} ('analyse', 1)")
    assert campaign.next_at == company.now + scheduler.RETRY
    campaign = company.play(campaign, rounds=1)
    assert failed == {(name, 1) for name in STEPS}
    assert campaign.failure is None
    story = _story(company, campaign)
    for name in STEPS:
        assert story["steps"][name] == undisturbed["steps"][name]
    assert story["rows"] == undisturbed["rows"]
    check_promises(company, campaign, provider)
