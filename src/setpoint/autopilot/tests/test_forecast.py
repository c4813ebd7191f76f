"""Forecasts: the same for the same draft, right in the limits, and as often right as they say."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import numpy as np
import pytest

from setpoint.autopilot import preview, services
from setpoint.autopilot.basis import basis_of, game_of, past_lifts
from setpoint.autopilot.forecast import forecast, lived
from setpoint.autopilot.futures import OUTCOMES, Arms, Game, play
from setpoint.autopilot.plausibility import plausibility
from setpoint.autopilot.priors import BETWEEN, CENTRE, Belief, PastLift, believe
from setpoint.autopilot.records import spec_of
from setpoint.autopilot.tests.company import Company
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.autopilot.types import CampaignSpec
from setpoint.kernel.errors import Conflict
from setpoint.segments.running import answering

pytestmark = pytest.mark.django_db


def arms(count: int = 2, aside: float = 0.05) -> Arms:
    return Arms(
        cost=np.full(count, 0.05),
        aside=np.full(count, aside),
        redemption=np.zeros(count),
        seconds=np.full(count, 3.0),
        lasts=np.zeros(count, dtype=np.int64),
        channel=np.zeros(count, dtype=np.int64),
        offers=np.zeros(count, dtype=bool),
    )


def game(**changes: Any) -> Game:
    """A campaign for 20,000 people of whom 4 % buy in a week."""
    free = np.array([math.inf])
    made = Game(
        arms=arms(),
        audience=20_000.0,
        reach=np.array([19_000.0]),
        reach_any=19_000.0,
        rate=0.04,
        rate_doubt=0.1,
        value=1.0,
        square=1.0,
        belief=Belief(),
        rounds=8,
        cadence_days=7,
        window_days=7,
        target=500.0,
        incremental=True,
        is_rate=False,
        held_back=0.24,
        money=5000.0,
        messages=None,
        seconds=None,
        channel_money=free,
        channel_messages=free,
        each_messages=1.0,
        each_days=7,
        alpha=0.05,
        futile_below=0.05,
        leaving_limit=0.02,
    )
    return replace(made, **changes)


def chance(made: Game, futures: int = 400) -> float:
    return float((play(made, futures, 1).outcome == OUTCOMES.index("goal")).mean())


def test_the_same_key_gives_the_same_futures() -> None:
    one, two = play(game(), 50, "a"), play(game(), 50, "a")
    assert np.array_equal(one.truth, two.truth)
    assert np.array_equal(one.outcome, two.outcome)
    assert not np.array_equal(one.truth, play(game(), 50, "b").truth)


LIMITS: list[tuple[dict[str, Any], str, float]] = [
    ({"money": 200.0}, "spent", 200.0),
    ({"messages": 3000.0}, "messages", 3000.0),
    ({"seconds": 6000.0}, "messages", 2000.0),
    ({"channel_messages": np.array([2500.0])}, "messages", 2500.0),
    ({"channel_money": np.array([100.0])}, "spent", 100.0),
    ({"arms": arms(aside=2.0), "money": 400.0}, "spent", 400.0),
]


@pytest.mark.parametrize(("limit", "used", "most"), LIMITS, ids=[str(next(iter(limit))) for limit, _u, _m in LIMITS])
def test_no_future_passes_a_limit(limit: dict[str, Any], used: str, most: float) -> None:
    paths = play(game(**limit), 200, 1)
    assert float(getattr(paths, used)[-1].max()) <= most * (1 + 1e-9)
    assert float(getattr(paths, used)[-1].max()) > 0.1 * most


BETTER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"target": 2000.0}, {"target": 200.0}),
    ({"money": 300.0}, {"money": 3000.0}),
    ({"rounds": 3}, {"rounds": 12}),
    ({"belief": Belief(centre=0.05)}, {"belief": Belief(centre=0.5)}),
    ({"held_back": 0.02}, {"held_back": 0.24}),
    ({"reach_any": 3000.0}, {"reach_any": 19_000.0}),
]


@pytest.mark.parametrize(("worse", "better"), BETTER, ids=[str(next(iter(worse))) for worse, _better in BETTER])
def test_what_helps_raises_the_chance(worse: dict[str, Any], better: dict[str, Any]) -> None:
    assert chance(game(**worse)) + 0.1 < chance(game(**better))


def test_a_goal_cannot_be_proven_before_an_echo_has_closed() -> None:
    assert chance(game(rounds=1, target=1.0)) == 0.0
    assert chance(game(rounds=2, target=1.0)) > 0.2


def test_a_goal_that_was_not_reached_is_seldom_declared() -> None:
    nothing = Belief(centre=0.0, doubt=1e-9, between=1e-9)
    paths = play(game(belief=nothing, target=100.0, futile_below=0.0), 2000, 1)
    false = (paths.outcome == OUTCOMES.index("goal")) & (paths.truth < 100.0)
    assert float(false.mean()) <= 0.05


def test_a_plain_count_is_reached_when_enough_act_anyway() -> None:
    calm = {"incremental": False, "rate_doubt": 0.01, "rounds": 8}
    assert chance(game(**calm, target=5000.0)) > 0.95  # 8 windows of 800 who buy anyway
    assert chance(game(**calm, target=20_000.0)) < 0.05


def test_a_thousand_futures_take_well_under_a_second() -> None:
    begun = time.process_time()
    play(game(arms=arms(8)), 1000, 1)
    assert time.process_time() - begun < 1.0


def test_belief_starts_from_published_tests_and_moves_to_the_companys_own() -> None:
    assert believe([]) == Belief(CENTRE, 0.25, BETWEEN, 0)
    own = believe([PastLift("a", 1.0, 0.05), PastLift("b", 1.2, 0.05), PastLift("c", 0.9, 0.05)])
    assert 0.5 < own.centre < math.log(2.05)
    assert own.spread < Belief().spread
    vague = believe([PastLift("a", 1.0, 5.0)])
    assert abs(vague.centre - CENTRE) < 0.01


def spec(company: Company, **changes: Any) -> CampaignSpec:
    return spec_of(services.create_campaign("Spring", company.spec(**changes), actor="ann", now=company.now))


def test_what_is_known_is_read_from_company_and_history(company: Company, provider: RecordingChannel) -> None:
    found = basis_of(spec(company), now=company.now)
    assert (found.audience, found.reach_any, found.rounds) == (240, 228, 8)
    assert found.is_rate_known
    assert 0.02 < found.rate < 0.06  # two purchases a year
    assert [(x.name, x.aside, x.expected, x.valid_days) for x in found.liabilities] == [("two", 2.0, 2.0, 7)]
    made = game_of(spec(company), found)
    assert made.held_back == pytest.approx(0.05 + 0.95 * 0.25)
    assert sorted(set(made.arms.aside)) == [0.05, 2.05]


def test_an_event_that_nobody_has_done_yet_is_told_as_unknown(company: Company, provider: RecordingChannel) -> None:
    found = basis_of(spec(company, goal={"event": "Signed Up"}), now=company.now)
    assert not found.is_rate_known
    assert found.rate_doubt > 0.5


def test_revenue_is_forecast_in_money(company: Company, provider: RecordingChannel) -> None:
    found = basis_of(spec(company, goal={"metric": "revenue", "target": 500}), now=company.now)
    assert found.value == pytest.approx(30.0, rel=0.2)


def test_a_reactivation_is_for_the_dormant_alone(company: Company, provider: RecordingChannel) -> None:
    asleep = spec(company, goal={"metric": "reactivated", "dormant_days": 60})
    found = basis_of(asleep, now=company.now)
    assert 0 < found.audience < 240
    assert 0 < found.rate < 0.1


def test_a_forecast_adds_up(company: Company, provider: RecordingChannel) -> None:
    found, _basis = forecast(spec(company), now=company.now, futures=300)
    assert sum(each.chance for each in found.outcomes) == pytest.approx(1.0)
    assert found.chance_of_goal == next(each.chance for each in found.outcomes if each.outcome == "goal")
    assert 0 < found.cost.low <= found.cost.mid <= found.cost.high <= 100.0
    assert found.messages.high <= 900
    assert [point.round for point in found.fan] == list(range(1, len(found.fan) + 1))
    assert found.fan[0].measured_at == company.now + timedelta(days=7)
    assert found.fan[0].running == 1.0
    assert {each.bound for each in found.bindings} <= {"people", "money", "messages", "hours", "channel", "need"}


def test_past_campaigns_are_remembered(company: Company, provider: RecordingChannel) -> None:
    campaign = company.play(company.campaign())
    assert campaign.state == "ended"
    [past] = past_lifts(spec(company))
    assert past.campaign == "Spring"
    assert past.lift > 0.5  # the company's customers are much moved by messages
    assert list(past_lifts(spec(company), but=campaign.pk)) == []
    assert basis_of(spec(company), now=company.now).belief.campaigns == 1


def test_a_goal_out_of_reach_is_told_with_ways_out(company: Company, provider: RecordingChannel) -> None:
    far = plausibility(spec(company, goal={"target": 4000}), now=company.now)
    assert (far.verdict, far.chance) == ("unlikely", 0.0)
    near = plausibility(spec(company, goal={"target": 1, "incremental": False}), now=company.now)
    assert (near.verdict, near.alternatives) == ("likely", ())


def test_a_single_round_proves_nothing(company: Company, provider: RecordingChannel) -> None:
    deadline = (company.now + timedelta(days=8)).isoformat()
    found = plausibility(spec(company, goal={"deadline": deadline}), now=company.now)
    assert (found.verdict, found.rounds, found.rounds_for_proof, found.provable) == ("impossible", 1, 2, None)


def test_a_newer_question_ends_an_older_one() -> None:
    long = game(rounds=100, arms=arms(24))
    told_of: list[str] = []

    def first() -> None:
        try:
            with answering("t"):
                lived(long, 1, 4000)
        except Conflict:
            told_of.append("ended")

    older = Thread(target=first)
    older.start()
    time.sleep(0.1)
    with answering("t"):
        older.join(timeout=20)
    assert told_of == ["ended"]


def test_an_unfinished_draft_is_told_what_it_lacks(desk: Company) -> None:
    campaign = services.create_campaign("", {}, actor="ann", now=desk.now)
    found = preview.forecasting(campaign, now=desk.now)
    assert found.forecast is None
    assert {each.field for each in found.lacks} >= {"goal.target", "limits.money", "actions.variants"}
    assert preview.judging(campaign, now=desk.now).plausibility is None


def test_the_audience_is_counted_with_its_reach(company: Company, provider: RecordingChannel) -> None:
    campaign = services.create_campaign("Spring", company.spec(), actor="ann", now=company.now)
    found = preview.audience(campaign, now=company.now)
    assert (found.size, found.reach_any, [(r.channel, r.reachable) for r in found.reach]) == (
        240,
        228,
        [("email", 228)],
    )
    campaign.spec["audience"] = {"trait": "age"}
    assert preview.audience(campaign, now=company.now).size is None


def test_overlaps_with_live_campaigns_are_told(company: Company, provider: RecordingChannel) -> None:
    young = {"trait": "age", "op": "<", "value": 40}
    live = company.campaign(audience=young)
    campaign = services.create_campaign("Summer", company.spec(), actor="ann", now=company.now)
    [found] = preview.overlapping(campaign, now=company.now).overlaps
    count = preview.audience(live, now=company.now).size
    assert count is not None
    assert (found.campaign_id, found.shared, found.share_of_that) == (live.pk, count, 1.0)
    assert found.share_of_this == pytest.approx(count / 240)


def test_what_is_told_is_calibrated_where_the_world_is_as_believed() -> None:
    """Futures of one draw tell the chance of others: of campaigns told 30 to 70 %, about so many reach their goal."""
    told_chance, came = [], []
    for number in range(12):
        made = game(target=float(100 + 130 * number))
        told_chance.append(chance(made, 300))
        came.append(float((play(made, 300, "other", number).outcome == OUTCOMES.index("goal")).mean()))
    assert float(np.abs(np.array(told_chance) - np.array(came)).max()) < 0.15
