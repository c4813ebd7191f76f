"""What pages read of campaigns: the control room, lists, comparison, experiments, the cockpit, single decisions."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client

from setpoint.autopilot import services
from setpoint.autopilot.models import Campaign, Day, Step, Summary
from setpoint.autopilot.room import counted, days, listing, reports, samples
from setpoint.autopilot.room.cockpit import cockpit
from setpoint.autopilot.room.control import control_room
from setpoint.autopilot.room.deciding import decisions_of_round, decisions_on
from setpoint.autopilot.room.decision_pages import sampled
from setpoint.autopilot.room.experimenting import list_experiments
from setpoint.autopilot.room.listing import Wanted, compare, list_campaigns
from setpoint.autopilot.tests.company import Company, set_up
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.delivery import services as delivery
from setpoint.governance import services as governance
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid, NotFound
from setpoint.kernel.spreadsheet import csv_pieces

pytestmark = pytest.mark.django_db


def check_sums(company: Company, campaign: Campaign) -> None:
    """Everything the control room adds up agrees with the ledger's rows."""
    room = control_room(campaign.pk, now=company.now)
    rows = list(company.rows(campaign))
    assert room.ledger.is_whole
    assert room.ledger.rows == len(rows) == room.ledger.rows_expected
    assert room.ledger.decided == room.ledger.none + len(rows)
    assert sum(room.ledger.states.values()) == len(rows)
    assert room.funnel.sent == sum(row.handed_at is not None for row in rows)
    assert room.funnel.planned + room.funnel.ghost + room.funnel.held_out == len(rows)
    assert sum(view.sends for view in room.actions) == room.funnel.sent
    money = next(line for line in room.limits if (line.scope, line.resource) == ("campaign", "money"))
    assert money.committed == pytest.approx(sum(row.cost_money + row.offer_cost for row in rows) / 1e6)
    assert money.left == pytest.approx(money.limit - money.reserved - money.committed)


def test_a_campaign_from_its_first_plan_to_its_end(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    room = control_room(campaign.pk, now=company.now)
    assert (room.doing.code, room.controls) == ("looking", ("pause", "change", "cancel"))
    assert [said.verb for said in room.before] == ["launch"]
    company.turn(sends=False)
    campaign.refresh_from_db()
    room = control_room(campaign.pk, now=company.now)
    plan = Step.objects.get(campaign=campaign, name="plan").result
    assert (room.doing.code, room.doing.numbers["waiting"]) == ("sending", plan["to_send"])
    assert room.doing.next is not None
    assert room.doing.next.code == "measure"
    assert (room.goal.estimate, room.arms, room.rounds[0].step) == (None, None, "sending")
    check_sums(company, campaign)
    check_allocation(company, campaign, plan)
    check_decisions(company, campaign, plan)
    campaign = company.play(campaign)
    check_sums(company, campaign)
    check_end(company, campaign)


def check_allocation(company: Company, campaign: Campaign, plan: dict[str, Any]) -> None:
    allocation = control_room(campaign.pk, now=company.now).allocation
    assert allocation is not None
    assert sum(cell.customers for cell in allocation.cells) == plan["decided"]
    assert sum(cell.to_send for cell in allocation.cells) == plan["to_send"]
    assert sum(sum(cell.actions.values()) for cell in allocation.cells) == plan["decided"] - plan["none"]


def check_decisions(company: Company, campaign: Campaign, plan: dict[str, Any]) -> None:
    page = decisions_of_round(campaign.pk, 1, limit=100)
    assert (len(page.items), page.total, page.next) == (100, plan["decided"], page.items[-1].customer_id)
    rest = decisions_of_round(campaign.pk, 1, after=page.next or 0, limit=100)
    assert not {each.customer_id for each in page.items} & {each.customer_id for each in rest.items}
    kinds = {"sent": "to_send", "ghost": "ghost", "held_out": "held_out", "none": "none"}
    for kind, name in kinds.items():
        found = decisions_of_round(campaign.pk, 1, kind=kind, limit=100).items  # type: ignore[arg-type]
        assert len(found) == min(plan[name], 100)
        reasons = {"sent": {"highest_expected", "explore"}, "none": {"not_worth", "not_reachable"}}
        assert {each.reason for each in found} <= reasons.get(kind, {kind})
    one = page.items[0]
    (again,) = decisions_on(one.customer_id, campaign_id=campaign.pk)
    assert (again.chosen, again.reason, again.campaign) == (one.chosen, one.reason, "Spring")
    assert sum(option.probability for option in one.options) <= 1 + 1e-9
    assert one.chosen in one.options
    with pytest.raises(NotFound):
        decisions_of_round(campaign.pk, 9)


def check_end(company: Company, campaign: Campaign) -> None:
    room = control_room(campaign.pk, now=company.now)
    assert (room.doing.code, room.controls) == ("ended", ())
    assert room.campaign.outcome in {"goal", "deadline"}  # draws are keyed by ids, which a database may count otherwise
    assert [look.round for look in room.goal.looks] == [turn.number for turn in room.rounds]
    assert room.rounds[-1].outcome == room.campaign.outcome
    assert room.goal.proven_at_least is not None
    assert room.goal.proven_at_least >= room.goal.target
    gained = sum(turn.gained or 0.0 for turn in room.rounds)
    assert gained == pytest.approx(room.goal.estimate)
    assert room.arms is not None
    assert not room.arms.ratio.alarm
    lines = {(line.scope, line.resource): line for line in room.limits}
    assert (lines["customer", "messages"].limit, lines["customer", "messages"].window_days) == (1, 7)
    msgspec.json.encode(room)
    (row,) = list_experiments().items
    assert (row.verdict, row.health) == ("proven", "good")
    assert row.lift is not None
    assert row.lift_interval is not None
    assert 0 < row.lift_interval.low < row.lift < row.lift_interval.high
    _check_cockpit(company, campaign)


def _check_cockpit(company: Company, campaign: Campaign) -> None:
    shown = cockpit(now=company.now)
    assert [row.id for row in shown.campaigns] == [campaign.pk]
    assert shown.states == {"ended": 1}
    assert {"ended", "measured"} <= {each.code for each in shown.news}
    assert [each.at for each in shown.news] == sorted((each.at for each in shown.news), reverse=True)
    sent = sum(day.sent for day in shown.days)
    window = days.starts(shown.days[0].day)
    assert sent == company.rows(campaign).filter(handed_at__gte=window).count()


def test_what_is_kept_is_what_would_be_counted_now(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    assert counted.refresh(company.now, wall=100.0)
    kept, at = counted.counted(campaign)
    assert (kept, at) == (counted.count(campaign), company.now)
    assert not counted.refresh(company.now, wall=200.0), "nothing has changed"
    company.move(company.next_due() or company.now)
    company.turn()
    assert not counted.refresh(company.now, wall=100.5), "a worker rests between two counts"
    assert counted.refresh(company.now, wall=300.0)
    assert counted.counted(campaign)[0] == counted.count(campaign)
    assert Summary.objects.count() == 1


def test_a_kept_report_says_what_one_gathered_now_does(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    live = reports.story(campaign.pk, "en", now=company.now)
    counted.refresh(company.now, wall=100.0)
    assert reports.refresh(company.now)
    assert not reports.refresh(company.now), "nothing has happened since"
    assert reports.story(campaign.pk, "en", now=company.now) == live
    later = company.now + timedelta(days=1)
    assert reports.story(campaign.pk, "zh", now=later).made_at == live.made_at
    services.pause(campaign.pk, actor="ann", now=later)
    assert reports.story(campaign.pk, "en", now=later).made_at == later, "gathered now, for the kept one is old"


def test_a_sample_of_each_kind_is_kept_ready(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    assert not samples.refresh(), "there is no summary yet"
    counted.refresh(company.now, wall=100.0)
    assert samples.refresh()
    assert not samples.refresh()
    for kind in ("sent", "none", "held_out", "ghost", "limit_full"):
        whole = decisions_of_round(campaign.pk, 1, kind=kind, limit=100).items  # type: ignore[arg-type]
        first = sampled(campaign.pk, 1, kind=kind, after=0, limit=5)  # type: ignore[arg-type]
        rest = sampled(campaign.pk, 1, kind=kind, after=first.next or 10**9, limit=100)  # type: ignore[arg-type]
        assert len(first.items) + len(rest.items) == min(len(whole), samples.EACH)
        assert first.total == len(company.ids)
        by_id = {view.customer_id: view for view in whole}
        assert all(view == by_id.get(view.customer_id, view) for view in (*first.items, *rest.items))


def test_days_are_counted_once_and_again_when_something_came(company: Company, provider: RecordingChannel) -> None:
    before, at = days.days(company.now)
    assert at is None
    assert len(before) == days.SHOWN
    assert before[-1].orders == 0
    assert days.refresh(company.now)
    assert not days.refresh(company.now)
    kept, at = days.days(company.now)
    assert (kept, at) == (before, company.now)
    assert Day.objects.count() == days.SHOWN
    assert sum(day.orders for day in kept) > 0, "the year of purchases reaches into the last two weeks"
    assert sum(day.revenue for day in kept) == pytest.approx(30.0 * sum(day.orders for day in kept))


@pytest.fixture
def desk(db: None, now: datetime) -> Company:
    """A company of six: enough for lists."""
    return set_up(now, size=6)


@pytest.fixture
def many(desk: Company, provider: RecordingChannel) -> list[Campaign]:
    names = ("Beta", "alpha", "Gamma", "delta", "Beta")
    made = [services.create_campaign(name, desk.spec(), actor="ann", now=desk.now) for name in names]
    return [*made[:4], services.launch(made[4].pk, actor="ann", now=desk.now)]


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "launched_at", "-launched_at", "-created_at"])
def test_pages_of_a_list_hold_each_campaign_once(many: list[Campaign], sort: Any) -> None:
    whole = [row.id for row in list_campaigns(Wanted(sort=sort), limit=50).items]
    assert sorted(whole) == sorted(each.pk for each in many)
    walked: list[int] = []
    after = 0
    while True:
        page = list_campaigns(Wanted(sort=sort), after=after, limit=2)
        walked += [row.id for row in page.items]
        if page.next is None:
            break
        after = page.next
    assert walked == whole


def test_lists_are_filtered_counted_and_exported(many: list[Campaign]) -> None:
    page = list_campaigns(Wanted(states=("draft",), q="bet"))
    assert ([row.name for row in page.items], page.total, page.states) == (["Beta"], 1, {"draft": 1, "running": 1})
    assert [row.id for row in list_campaigns(Wanted(launched=True)).items] == [many[-1].pk]
    text = b"".join(csv_pieces(listing.EXPORTED, listing.export_rows(Wanted(sort="id")))).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["id"]) for row in rows] == [each.pk for each in many]
    assert (rows[-1]["money_limit"], rows[0]["money_limit"]) == ("100.0", "")


def test_campaigns_are_compared_two_to_six_at_a_time(desk: Company, many: list[Campaign]) -> None:
    found = compare([many[4].pk, many[0].pk], now=desk.now + timedelta(days=2))
    assert [item.row.id for item in found.items] == [many[4].pk, many[0].pk]
    assert (found.comparable, found.best, found.items[0].days) == (True, None, 2.0)
    with pytest.raises(Invalid):
        compare([many[0].pk, many[0].pk], now=desk.now)
    with pytest.raises(NotFound):
        compare([many[0].pk, 10**9], now=desk.now)


def test_the_cockpit_tells_what_needs_a_person(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign(review="ask")
    company.turn()
    shown = cockpit(now=company.now)
    assert [alarm.code for alarm in shown.alarms] == ["awaiting_approval"]
    plan = Step.objects.get(campaign=campaign, name="plan").result
    approve = next(each for each in shown.advice if each.code == "approve")
    assert approve.numbers["count"] == plan["to_send"]
    assert [each.gain_share for each in shown.advice] == sorted((a.gain_share for a in shown.advice), reverse=True)
    assert control_room(campaign.pk, now=company.now).doing.code == "awaiting_approval"
    services.approve(campaign.pk, actor="ann", now=company.now)
    company.turn(sends=False)
    line = next(each for each in delivery.budgets(campaign.key) if (each.scope, each.resource) == ("campaign", "money"))
    bound = (line.reserved + line.committed) / 1e6
    services.change(campaign.pk, {"limits": {"money": bound}}, actor="bob", now=company.now)
    alarm = next(each for each in cockpit(now=company.now).alarms if each.code == "limit_reached")
    assert (alarm.names["resource"], alarm.numbers["left"], alarm.level) == ("money", 0.0, "stop")
    told = [each for each in cockpit(now=company.now).news if each.code == "told"]
    assert [(each.names["verb"], each.names["actor"]) for each in told] == [("change", "bob"), ("approve", "ann")]


def test_a_draft_that_lacks_nothing_is_advised_to_be_launched(company: Company, provider: RecordingChannel) -> None:
    whole = services.create_campaign("Whole", company.spec(), actor="ann", now=company.now)
    services.create_campaign("Open", whole.spec | {"actions": {}}, actor="ann", now=company.now)
    advised = [each for each in cockpit(now=company.now).advice if each.code == "launch_draft"]
    assert [each.campaign_id for each in advised] == [whole.pk]


def test_a_customers_own_limit_is_not_the_campaigns() -> None:
    told = [counted.refusal_kind(each) for each in ("limit:customer:messages", "limit:campaign:money", "ghost")]
    assert told == ["limit_customer", "limit", "ghost"]


def test_every_route_answers_with_what_it_promises(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    key, _ = governance.create_api_key("reader", ["campaigns:read"], now=company.now)
    client = Client(headers={"authorization": f"Bearer {key}"})
    customer = decisions_of_round(campaign.pk, 1, limit=1).items[0].customer_id
    own = f"/api/campaigns/{campaign.pk}"
    parts = (
        "progress",
        "decisions",
        f"decisions/{customer}",
        "rounds/1",
        "interventions",
        "shares",
        "story?language=zh",
    )
    addresses = [f"{own}/{part}" for part in parts]
    addresses += ["/api/campaigns", "/api/cockpit", "/api/experiments", f"/api/decisions?customer_id={customer}"]
    with clock.at(company.now):
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.content[:300])
            assert answer.json() or address.endswith("shares"), address
        exported = client.get("/api/campaigns/export")
    assert b"".join(exported.streaming_content).startswith(b"\xef\xbb\xbfid,name,state")  # type: ignore[attr-defined]
