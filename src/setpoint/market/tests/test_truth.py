"""What happens is what the world says: frequencies, twins, sleeping dogs, pull-forward, coupons, drift, oracle."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.market.demand import Demand
from setpoint.market.oracle import oracle
from setpoint.market.population import make_population
from setpoint.market.pure import Outcomes, PureMarket
from setpoint.market.truth import Truth, discount_of, limited_mean
from setpoint.market.world import World, load_world, parse_world

SIZE = 30_000


def market(
    effect: float, *, behaviour: dict[str, Any] | None = None, offer: dict[str, Any] | None = None, size: int = SIZE
) -> World:
    return parse_world(
        {
            "name": "test",
            "population": {
                "kind": "generator",
                "size": size,
                "history": {"mean_purchases": 0},
                "traits": {"age": {"kind": "normal"}},
            },
            "behaviour": {"baseline": {"intercept": -2.5, "traits": {"age": 0.4}}, **(behaviour or {})},
            "actions": {
                "variants": [{"name": "a", "effect": {"intercept": effect, "traits": {"age": 0.2}}}],
                "offers": [{"name": "none"}, offer or {"name": "five", "kind": "amount", "amount": 5}],
            },
        }
    )


def half_sent(world: World, offer: str = "none", day: float = 0.0) -> tuple[PureMarket, Outcomes, np.ndarray]:
    pure = PureMarket(world, 7)
    rows = np.arange(pure.people.size)
    sent = rows % 2 == 0
    parts = {"offer": offer, "variant": "a", "channel": "email", "slot": "day"}
    return pure, pure.respond(rows, np.tile(pure.action(parts), (len(rows), 1)), day, sent=sent), sent


def close(observed: np.ndarray, expected: np.ndarray) -> bool:
    """Within four standard errors."""
    return bool(abs(observed.mean() - expected.mean()) < 4 * np.sqrt(expected.mean() / len(expected)))


@pytest.mark.parametrize("effect", [0.8, 0.0, -0.9])
def test_frequencies_match_p0_and_p1(effect: float) -> None:
    pure, outcomes, sent = half_sent(market(effect))
    rows = np.arange(pure.people.size)
    action = np.tile(pure.action({"variant": "a", "offer": "none", "channel": "email", "slot": "day"}), (len(rows), 1))
    p0, p1 = pure.truth.p0(rows, 0.0), pure.truth.p1(rows, action, 0.0)
    assert close(outcomes.converted[sent], p1[sent])
    assert close(outcomes.converted[~sent], p0[~sent])
    assert outcomes.effect.sum() == pytest.approx((p1 - p0)[sent].sum())
    for quarter in np.array_split(np.argsort(p1), 4):
        mine = quarter[sent[quarter]]
        assert close(outcomes.converted[mine], p1[mine])


def test_twin_markets_hold_the_same_purchases() -> None:
    world = market(0.5, size=3000)
    busy, idle = PureMarket(world, 7), PureMarket(world, 7)
    before = busy.demand.times.copy()
    rows = np.arange(0, 3000, 3)
    busy.respond(rows, np.tile(busy.action({"variant": "a"}), (len(rows), 1)), 0.0)
    untouched = np.setdiff1d(np.arange(3000), rows)
    assert np.array_equal(before, idle.demand.times)
    width = before.shape[1]
    assert np.array_equal(busy.demand.times[untouched][:, :width], idle.demand.times[untouched])
    assert not np.array_equal(before, PureMarket(world, 8).demand.times[:, :width])


def test_potential_outcomes_depend_on_customer_and_day_alone() -> None:
    world = market(0.9, size=2000)
    all_at_once, some = PureMarket(world, 7), PureMarket(world, 7)
    rows = np.arange(2000)
    action = np.tile(all_at_once.action({"variant": "a"}), (2000, 1))
    whole = all_at_once.respond(rows, action, 3.0)
    part = some.respond(rows[500:700], action[500:700], 3.0)
    assert np.array_equal(whole.converted[500:700], part.converted)
    assert np.array_equal(whole.revenue[500:700], part.revenue)


def test_moved_purchases_are_missing_afterwards() -> None:
    pure, outcomes, sent = half_sent(market(0.4, behaviour={"pull_forward": {"share": 1, "days": 14}}))
    later = pure.demand.buys(np.arange(pure.people.size), 7.0, 14.0).sum(axis=1)
    gained = outcomes.purchases[sent].mean() - outcomes.purchases[~sent].mean()
    lost = later[~sent].mean() - later[sent].mean()
    assert gained > 0.02
    assert lost == pytest.approx(gained, abs=0.012)
    assert abs(pure.true_increment) < 0.03 * sent.sum() * gained


def test_fatigue_lowers_the_effect_and_wears_off() -> None:
    world = market(0.8, behaviour={"fatigue": {"per_message": 0.5, "half_life_days": 7}}, size=500)
    pure = PureMarket(world, 7)
    rows, action = np.arange(500), np.tile(pure.action({"variant": "a"}), (500, 1))
    pure.respond(rows, action, 0.0)
    assert pure.demand.fatigue(rows, np.full(500, 7.0)) == pytest.approx(0.25)
    second = pure.respond(rows, action, 7.0).effect
    fresh = PureMarket(world, 7).respond(rows, action, 7.0).effect
    assert (second < fresh).all()


def test_drift_changes_the_truth_from_its_day_on() -> None:
    change = {"day": 10, "variants": {"a": {"intercept": -1.0}}, "baseline": {"intercept": 0.5}}
    world = market(0.8, behaviour={"drift": [change]}, size=300)
    truth = Truth(world, make_population(world, 1))
    rows, action = np.arange(300), np.tile([0, 0, 0, 0], (300, 1))
    before, after = (truth.shift(rows, action, np.full(300, day)) for day in (9.9, 10.0))
    assert after - before == pytest.approx(-1.0)
    assert (truth.p0(rows, 10.0) > truth.p0(rows, 9.0)).all()


def test_drift_in_the_baseline_reaches_the_purchases() -> None:
    world = market(0.0, behaviour={"drift": [{"day": 14, "baseline": {"intercept": -1.5}}]})
    pure = PureMarket(world, 7)
    rows = np.arange(pure.people.size)
    for start in (0.0, 7.0, 14.0, 35.0):
        assert close(pure.demand.buys(rows, start, start + 7).any(axis=1), pure.truth.p0(rows, start))


def test_weekdays_have_their_share() -> None:
    weekday = [1, 1, 1, 1, 1, 4, 1]
    pure = PureMarket(market(0.0, behaviour={"seasonality": {"weekday": weekday}}), 7)
    times = pure.demand.times[np.isfinite(pure.demand.times)]
    moments = times[times < 70] + 0.25  # the world starts on a Monday at 06:00
    days = np.bincount(moments.astype(int) % 7, minlength=7) / (times < 70).sum()
    assert days[5] == pytest.approx(0.4, abs=0.01)


def test_always_buyers_redeem_too() -> None:
    pure, outcomes, sent = half_sent(market(0.0), offer="five")
    action = np.tile(pure.action({"variant": "a", "offer": "five"}), (pure.people.size, 1))
    p1 = pure.truth.p1(np.arange(pure.people.size), action, 0.0)
    assert close(outcomes.redeemed[sent], 0.9 * p1[sent])
    assert not outcomes.redeemed[~sent].any()
    assert outcomes.discount.max() <= 5
    expected = 0.9 * p1 * pure.truth.discount(np.arange(pure.people.size), 1)
    assert outcomes.discount[sent].mean() == pytest.approx(expected[sent].mean(), rel=0.1)


@given(mean=st.floats(1, 200), sigma=st.floats(0, 1.5), limit=st.floats(0.5, 400))
def test_the_mean_of_a_capped_amount_is_right(mean: float, sigma: float, limit: float) -> None:
    capped = float(limited_mean(np.array([mean]), sigma, limit)[0])
    assert 0 <= capped <= min(mean, limit) + 1e-9
    if sigma > 0.05:
        quantiles = (np.arange(20_000) + 0.5) / 20_000
        from scipy.special import ndtri

        draws = mean * np.exp(sigma * ndtri(quantiles) - sigma**2 / 2)
        assert capped == pytest.approx(np.minimum(draws, limit).mean(), rel=0.02)


@given(amount=st.floats(0.01, 1000), percent=st.floats(1, 100), cap=st.floats(1, 50))
def test_a_percentage_stays_below_its_cap_and_the_purchase(amount: float, percent: float, cap: float) -> None:
    off = float(discount_of({"kind": "percent", "percent": percent, "cap": cap}, amount))
    half_a_cent = 0.005 + 1e-9  # money is rounded; the sum of the two is no exact binary number
    assert 0 <= off <= min(cap, amount) + half_a_cent


def with_limits(world: World, **limits: Any) -> World:
    document = json.loads(json.dumps(world.document))
    document["brief"]["limits"] |= limits
    document["population"]["size"] = 800
    return parse_world(document)


@settings(max_examples=3, deadline=None)
@given(money=st.floats(20, 800), more=st.floats(1.05, 4))
def test_more_money_never_reaches_less(money: float, more: float) -> None:
    world = load_world("easy")
    poor, rich = (oracle(with_limits(world, money=amount), 1) for amount in (money, money * more))
    assert poor["reachable"]["money"] <= money * 1.0001
    assert rich["reachable"]["conversions"] >= poor["reachable"]["conversions"] * 0.995
    for result in (poor, rich):
        assert result["reachable"]["conversions"] <= result["upper_bound"]["conversions"] * 1.001
        assert result["best_single_action"]["conversions"] <= result["upper_bound"]["conversions"] * 1.001


def test_the_oracle_knows_when_nothing_can_be_gained() -> None:
    for name in ("no_effect", "pull_forward"):
        result = oracle(with_limits(load_world(name)), 1)
        assert result["reachable"]["conversions"] == pytest.approx(0, abs=1e-6)
        assert result["least_money_to_goal"] is None


def test_the_oracle_finds_less_money_for_the_goal_than_the_limit() -> None:
    result = oracle(with_limits(load_world("easy")), 1)
    least = result["least_money_to_goal"]
    assert least["conversions"] == pytest.approx(result["goal"]["as_total"], abs=0.5)
    assert least["money"] < result["reachable"]["money"]


def test_demand_grows_when_a_customer_is_written_to_often() -> None:
    world = market(6.0, size=50)
    people = make_population(world, 1)
    demand = Demand(world, 1, people, Truth(world, people))
    rows, action = np.arange(50), np.zeros((50, 4), dtype=np.int64)
    bought = sum(int(demand.receive(rows, action, np.full(50, day)).extra.sum()) for day in np.arange(0, 60, 2.0))
    assert int(demand.caused.sum()) == bought > 800
