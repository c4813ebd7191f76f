"""What people tell a running campaign: it takes effect before the next claim, is kept, and is answered."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from setpoint.autopilot import advice, scheduler, services
from setpoint.autopilot.chances import Coming, chance_with
from setpoint.autopilot.models import Campaign, Intervention, Step
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.records import changed_spec, spec_of
from setpoint.autopilot.room.control import control_room
from setpoint.autopilot.tests.company import Company, settle_events
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.delivery import services as delivery
from setpoint.governance.models import AuditEntry
from setpoint.kernel import clock, money
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(company: Company, provider: RecordingChannel) -> Campaign:
    """A campaign whose first round is in the ledger and due, with nothing sent yet."""
    campaign = company.campaign()
    company.turn(sends=False)
    company.move(company.next_due())
    campaign.refresh_from_db()
    return campaign


def send(company: Company, limit: int) -> int:
    with clock.at(company.now):
        return delivery.send_due(worker="w", now=company.now, limit=limit).claimed


def told(company: Company, verb: str, campaign: Campaign) -> Intervention:
    return services.VERBS[verb](campaign.pk, actor="ann", now=company.now)


def money_line(campaign: Campaign) -> Any:
    return next(line for line in delivery.budgets(campaign.key) if (line.scope, line.resource) == ("campaign", "money"))


def test_pause_stops_the_next_claim_and_resume_goes_on(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    assert send(company, 10) == 10
    done = told(company, "pause", planned)
    assert done.answer == {"beyond_recall": 10}
    told_advice = {each.code: each.numbers for each in advice.restored(done.advice)}
    assert set(told_advice) >= {"waiting_messages", "nothing_measured", "deadline_runs"}
    assert send(company, 500) == 0
    assert not scheduler.tick(company.now)
    waiting = delivery.ledger(planned.key)["reserved"]
    assert told_advice["waiting_messages"]["count"] == waiting
    company.move(company.now + timedelta(hours=1))
    assert told(company, "resume", planned).answer == {"beyond_recall": 10}
    assert send(company, 500) == waiting
    campaign = company.play(planned, rounds=1)
    assert (campaign.round, len(provider.taken)) == (2, waiting + 10)


def test_a_campaign_paused_over_its_window_goes_on_where_it_was(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    send(company, 500)
    told(company, "pause", planned)
    company.move(company.now + timedelta(days=9))
    company.turn()
    assert Step.objects.filter(campaign=planned).count() == 4
    told(company, "resume", planned)
    company.turn()
    planned.refresh_from_db()
    assert planned.round == 2
    assert planned.round_started_at == company.now


def test_cancel_recalls_what_has_not_left_and_says_what_has(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    send(company, 12)
    waiting = delivery.ledger(planned.key)["reserved"]
    done = told(company, "cancel", planned)
    assert done.answer == {"recalled": waiting, "beyond_recall": 12}
    planned.refresh_from_db()
    assert (planned.state, planned.outcome, planned.next_at) == ("ended", "cancelled", None)
    assert send(company, 500) == 0
    assert not scheduler.tick(company.now + timedelta(days=30))
    rows = company.rows(planned)
    assert rows.filter(reason="cancelled").count() == waiting
    open_offers = sum(row.offer_liability for row in rows.filter(offer_state="open"))
    assert money_line(planned).reserved == open_offers
    services.settle_ended(now=company.now + timedelta(days=30))
    assert money_line(planned).reserved == 0
    for verb in ("pause", "resume", "cancel", "approve"):
        with pytest.raises(Conflict):
            told(company, verb, planned)


def test_a_step_under_way_does_not_undo_a_cancel(
    company: Company, provider: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = company.campaign()

    def cancelled_meanwhile(*given: Any) -> Any:
        told(company, "cancel", campaign)
        raise OSError("the step that was under way")

    monkeypatch.setattr(scheduler, "run_round", cancelled_meanwhile)
    assert scheduler.tick(company.now)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.outcome) == ("ended", "cancelled")
    assert not scheduler.tick(company.now + timedelta(days=1))


def test_limits_bind_the_next_claim_and_not_below_what_is_bound(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    bound = money_line(planned).reserved
    below = float(money.to_decimal(bound - 1))
    with pytest.raises(Conflict) as caught:
        services.change(planned.pk, {"limits": {"money": below}}, actor="ann", now=company.now)
    assert caught.value.details["floor"] == bound
    version = planned.version
    planned.refresh_from_db()
    assert (planned.version, planned.plan_changed, planned.spec["limits"]["money"]) == (version, False, 100.0)
    counsel = advice.advise(planned, "change", {"limits": {"money": below}}, now=company.now)
    assert counsel[0].code == "below_bound"
    enough = float(money.to_decimal(bound))
    done = services.change(planned.pk, {"limits": {"money": enough}}, actor="ann", now=company.now)
    assert done.change["before"]["limits"]["money"] == 100.0
    assert done.change["after"]["limits"]["money"] == enough
    assert money_line(planned).limit == bound
    planned.refresh_from_db()
    assert planned.spec["limits"]["messages"] == 900, "what was not named stays"


def test_after_a_change_readings_hold_at_any_time(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    seen = planned.version
    done = services.change(planned.pk, {"goal": {"target": 60}}, actor="ann", now=company.now)
    planned.refresh_from_db()
    assert (planned.plan_changed, planned.version, done.answer["version"]) == (True, seen + 1, seen + 1)
    campaign = company.play(planned, rounds=3)
    methods = [
        step.result["reading"]["method"]
        for step in Step.objects.filter(campaign=campaign, name="evaluate").order_by("round")
    ]
    assert "group sequential" not in methods
    assert "confidence sequence" in methods
    assert control_room(campaign.pk, now=company.now).goal.target == 60


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, Invalid),
        ({"purpose": "other"}, Invalid),
        ({"goal": {"target": 0}}, Invalid),
        ({"goal": {"deadline": "2020-01-01T00:00:00Z"}}, Invalid),
        ({"goal": 7}, Invalid),
        ({"limits": {"hours": math.nan}}, Invalid),
        ({"limits": {"hours": 1e300}}, Invalid),
        ({"limits": {"money": math.nan}}, Invalid),
        ({"limits": {"messages": 10**30}}, Invalid),
        ({"limits": None}, Invalid),
        ({"actions": {"variants": [10**30]}}, Invalid),
        ({"audience": {"nonsense": 1}}, Invalid),
        ({"policy": "clairvoyance"}, NotFound),
    ],
    ids=repr,
)
def test_a_change_that_cannot_be_right_changes_nothing(
    company: Company, provider: RecordingChannel, changes: dict[str, Any], kind: type[SetpointError]
) -> None:
    campaign = company.campaign()
    campaign.refresh_from_db()
    with pytest.raises(kind):
        services.change(campaign.pk, changes, actor="ann", now=company.now)
    before, version = campaign.spec, campaign.version
    campaign.refresh_from_db()
    assert (campaign.spec, campaign.version, campaign.plan_changed) == (before, version, False)
    assert Intervention.objects.filter(verb="change").count() == 0


@pytest.mark.parametrize("changes", [{"limits": {"hours": math.nan}}, {"limits": {"hours": 1e300}}], ids=repr)
def test_advice_on_impossible_changes_is_a_refusal(
    company: Company, provider: RecordingChannel, changes: dict[str, Any]
) -> None:
    campaign = company.campaign()
    with pytest.raises(Invalid):
        advice.advise(campaign, "change", changes, now=company.now)


def test_a_change_of_the_audience_binds_the_next_plan(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    older = {"trait": "age", "op": ">", "value": 40}
    done = services.change(planned.pk, {"audience": older}, actor="ann", now=company.now)
    assert "next_plan" in {each["code"] for each in done.advice}
    campaign = company.play(planned, rounds=1)
    found = Step.objects.get(campaign=campaign, round=2, name="analyse").result["audience"]
    assert 0 < found < len(company.ids)


def test_a_change_of_the_goal_tells_the_chance_with_and_without_it(
    company: Company, provider: RecordingChannel
) -> None:
    campaign = company.campaign()
    change = {"goal": {"target": campaign.spec["goal"]["target"] * 1000}}
    early = {each.code for each in advice.advise(campaign, "change", change, now=company.now)}
    assert "nothing_measured" in early
    campaign = company.play(campaign, rounds=1)
    told = {each.code: each.numbers for each in advice.advise(campaign, "change", change, now=company.now)}
    assert told["new_chance"]["chance"] == 0.0 <= told["new_chance"]["before"] <= 1.0


def test_a_change_of_a_limit_tells_the_chance_with_and_without_it(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign(limits={"money": 500, "messages": 400, "hours": 40})
    lower = {"limits": {"messages": 399}}
    assert "nothing_measured" in {each.code for each in advice.advise(campaign, "change", lower, now=company.now)}
    campaign = company.play(campaign, rounds=1)
    (line,) = [
        each for each in delivery.budgets(campaign.key) if (each.scope, each.resource) == ("campaign", "messages")
    ]
    bound = line.reserved + line.committed
    assert bound

    def asked(change: dict[str, Any]) -> dict[str, Any]:
        return {each.code: each.numbers for each in advice.advise(campaign, "change", change, now=company.now)}

    before = chance_with(campaign, spec_of(campaign))
    for limits in ({"messages": bound}, {"messages": 4000}, {"money": 400}, {"hours": 30}):
        told = asked({"limits": limits})
        assert told["new_chance"]["before"] == before, limits
        assert 0.0 <= told["new_chance"]["chance"] <= 1.0
    assert "new_chance" not in asked({"limits": {"messages": bound - 1}})  # that cannot be


def test_rounds_bring_less_under_a_lower_limit_and_more_under_a_higher_one(
    company: Company, provider: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = company.play(company.campaign(limits={"money": 500, "messages": 400}), rounds=1)
    seen: list[Coming] = []
    monkeypatch.setattr(
        "setpoint.autopilot.chances.chance_of", lambda *given, coming, **more: seen.append(coming) or 0.5
    )
    monkeypatch.setattr("setpoint.autopilot.chances.shadow_price", lambda campaign, line: 0.1)
    spec = spec_of(campaign)
    bound = {line.resource: line.reserved + line.committed for line in delivery.budgets(campaign.key)}["messages"]
    for messages in (400, bound, bound + 1, 500):
        chance_with(campaign, changed_spec(campaign, {"limits": {"messages": messages}}))
    as_before, nothing, little, more = seen
    assert as_before == Coming()
    assert nothing.share == 0.0 < little.share < 1.0 == more.share
    rounds = max(1, rounds_left(spec, campaign.round_started_at) - (campaign.round == 1))
    assert more.more == pytest.approx(0.1 * 100 / rounds)


def test_asked_each_round_it_waits_for_a_person(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign(review="ask")
    company.turn()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.waiting_for, campaign.next_at) == ("running", "approval", None)
    assert not company.rows(campaign).exists()
    assert not scheduler.tick(company.now + timedelta(days=3))
    plan = Step.objects.get(campaign=campaign, name="plan").result
    counsel = advice.advise(campaign, "approve", {}, now=company.now)
    assert counsel[0].numbers["count"] == plan["to_send"]
    told(company, "approve", campaign)
    with pytest.raises(Conflict):
        told(company, "approve", campaign)
    company.turn()
    assert Step.objects.get(campaign=campaign, name="review").result["by"] == "ann"
    assert company.rows(campaign).filter(state="reserved").count() == plan["to_send"]
    campaign = company.play(campaign, rounds=1)
    company.turn()
    campaign.refresh_from_db()
    assert (campaign.round, campaign.waiting_for) == (2, "approval"), "each round is asked anew"


def test_pausing_while_it_waits_keeps_the_question(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign(review="ask")
    company.turn()
    told(company, "pause", campaign)
    with pytest.raises(Conflict):
        told(company, "approve", campaign)
    told(company, "resume", campaign)
    company.turn()
    campaign.refresh_from_db()
    assert campaign.waiting_for == "approval"
    told(company, "approve", campaign)
    company.turn()
    assert company.rows(campaign).exists()


def test_drafts_take_no_orders(desk: Company, provider: RecordingChannel) -> None:
    made = services.create_campaign("Spring", desk.spec(), actor="ann", now=desk.now)
    for verb in ("pause", "resume", "cancel", "approve"):
        with pytest.raises(Conflict):
            told(desk, verb, made)
        assert advice.advise(made, verb, {}, now=desk.now)[0].code == "draft"
    with pytest.raises(NotFound):
        services.pause(10**15, actor="ann", now=desk.now)


def test_every_order_is_kept_with_its_author(company: Company, provider: RecordingChannel, planned: Campaign) -> None:
    told(company, "pause", planned)
    told(company, "resume", planned)
    services.change(planned.pk, {"limits": {"messages": 950}}, actor="bob", now=company.now)
    told(company, "cancel", planned)
    kept = list(Intervention.objects.filter(campaign=planned).values_list("verb", "actor", "round"))
    assert kept == [
        ("launch", "ann", 1),
        ("pause", "ann", 1),
        ("resume", "ann", 1),
        ("change", "bob", 1),
        ("cancel", "ann", 1),
    ]
    assert AuditEntry.objects.filter(subject=planned.key).count() >= len(kept)


def test_only_one_worker_turns_a_campaign(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    settle_events(company.now)
    assert scheduler._take(company.now, "one") is not None
    assert scheduler._take(company.now, "one") is None
    Campaign.objects.filter(pk=campaign.pk).update(leased_until=1.0)
    assert scheduler._take(company.now, "two") is not None, "a lease that has run out is taken over"
    assert scheduler.take_over("one") == 0
    assert scheduler.take_over("two") == 1, "a worker that starts again goes on with what it held"
    assert scheduler._take(company.now, "two") is not None


def test_who_saw_an_older_version_is_told_who_changed_what(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    seen = planned.version
    services.change(planned.pk, {"limits": {"messages": 950}}, actor="bob", now=company.now, version=seen)
    for verb in ("pause", "cancel"):
        with pytest.raises(Conflict) as caught:
            services.VERBS[verb](planned.pk, actor="ann", now=company.now, version=seen)
        assert caught.value.details["current_version"] == seen + 1
        (only,) = caught.value.details["changes"]
        assert (only["actor"], only["after"]["limits"]["messages"]) == ("bob", 950)
    planned.refresh_from_db()
    assert planned.state == "running", "nothing was done"
    services.pause(planned.pk, actor="ann", now=company.now, version=planned.version)
    planned.refresh_from_db()
    assert (planned.state, planned.version) == ("paused", seen + 2)


def test_advice_is_kept_as_codes_and_told_in_the_language_of_the_reader(
    company: Company, provider: RecordingChannel, planned: Campaign
) -> None:
    with translation.override("zh-hans"):
        done = told(company, "pause", planned)
    assert all(set(row) == {"code", "numbers", "names"} for row in done.advice)
    (waiting,) = [each for each in advice.restored(done.advice) if each.code == "waiting_messages"]
    count = round(waiting.numbers["count"])
    with translation.override("en"):
        assert advice.text_of(waiting) == f"{count} messages wait and keep their reservation."
    with translation.override("zh-hans"):
        assert advice.text_of(waiting) != f"{count} messages wait and keep their reservation."
        assert str(count) in advice.text_of(waiting)
