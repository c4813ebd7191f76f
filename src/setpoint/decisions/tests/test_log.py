"""What was decided is read back as it was, and outcomes are joined in the same window for every row."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from setpoint.decisions import services
from setpoint.decisions.outcomes import SENT, maturity
from setpoint.decisions.tests.worlds import ACTIONS, START, World, is_sent, make_problem
from setpoint.decisions.types import RoundLimits
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.kernel.errors import NotFound

WORLD = World(2, n=200)


def make_round(number=1, **changes):
    at = START + timedelta(days=7 * (number - 1))
    problem = make_problem(WORLD, round=number, decided_at=at, limits=RoundLimits(), **changes)
    proposal = services.propose(problem)
    services.write_log(proposal, problem)
    return problem, proposal


def add_events(settings, rows, version=1):
    """`rows`: (customer, moment, value, coupon)."""
    table = [
        {
            "message_id": f"{version}-{position}",
            "type": "track",
            "event": "Order Completed",
            "customer_id": customer,
            "ts": at.replace(tzinfo=None),
            "received_at": at.replace(tzinfo=None),
            "value": value,
            "properties": f'{{"coupon": "{coupon}"}}' if coupon else "{}",
            "day": at.date(),
        }
        for position, (customer, at, value, coupon) in enumerate(rows)
    ]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(table, EVENTS), app="test", version=version)


def make_sent(proposal, code="", number=1):
    ids = proposal.customer_ids[is_sent(proposal)]
    moment = pa.scalar(START.replace(tzinfo=None), pa.timestamp("us"))
    columns = [pa.array(ids), pa.repeat(number, len(ids)), pa.repeat(moment, len(ids)), pa.repeat(code, len(ids))]
    return pa.table([c.cast(f.type) for c, f in zip(columns, SENT, strict=True)], schema=SENT)


def collect(sent, days, **changes):
    given = {"goal_event": "Order Completed", "window_days": 7, "as_of": START + timedelta(days=days), "sent": sent}
    return services.collect_outcomes("campaign-2", **(given | changes))


def test_a_round_is_read_back_byte_for_byte_and_written_once():
    problem, proposal = make_round()
    assert not services.write_log(services.propose(problem), problem)
    again = services.read_proposal("campaign-2", 1)
    for each in fields(proposal):
        one, other = getattr(proposal, each.name), getattr(again, each.name)
        assert one.tobytes() == other.tobytes() if isinstance(one, np.ndarray) else one == other, each.name
    assert services.read_log("campaign-2", 1).num_rows == 200
    assert services.exists("campaign-2", 1)
    assert not services.exists("campaign-2", 2)


def test_a_round_never_decided_is_not_found():
    with pytest.raises(NotFound):
        services.read_proposal("nobody", 1)
    assert services.read_log("nobody").num_rows == 0


def test_outcomes_count_the_same_window_for_all_and_history_carries_them(settings):
    _, proposal = make_round()
    sent = make_sent(proposal, "T-1")
    buyer, late, early, echo = (int(each) for each in proposal.customer_ids[:4])
    day = timedelta(days=1)
    rows = [
        (buyer, START + day, 30.0, ""),
        (buyer, START + 2 * day, 12.0, "T-1"),
        (late, START + 20 * day, 9.0, ""),
        (early, START - day, 9.0, ""),
        (echo, START + 8 * day, 5.0, ""),
    ]
    add_events(settings, rows)
    found = collect(sent, 21).to_pylist()
    by_id = {row["customer_id"]: row for row in found}
    assert len(found) == 200
    assert (by_id[buyer]["converted"], by_id[buyer]["value"], by_id[buyer]["reward"]) == (True, 42.0, 1.0)
    assert not any(by_id[each]["converted"] for each in (late, early, echo))
    assert by_id[echo]["echo"] == 1.0
    assert {row["maturity"] for row in found} == {1.0}
    assert sum(row["redeemed"] for row in found) == sent.num_rows
    past = services.history("campaign-2", collect(sent, 21, goal="revenue"), ACTIONS)
    assert past.reward[past.customer_ids == buyer] == [42.0]
    assert past.probabilities == pytest.approx(proposal.probabilities)
    assert past.features == pytest.approx(WORLD.features)
    assert past.exposed.sum() == sent.num_rows
    make_round(2, history=past)
    assert len(services.read_log("campaign-2")) == 400


def test_open_windows_are_partly_mature_and_see_no_later_events(settings):
    _, proposal = make_round()
    add_events(settings, [(1, START + timedelta(days=5), 3.0, "")])
    found = collect(make_sent(proposal), 3.5)
    assert set(found["maturity"].to_pylist()) == {0.5}
    assert not any(found["converted"].to_pylist())
    assert np.isnan(found["echo"].to_pylist()).all()


def test_maturity_learns_the_delays_of_closed_windows():
    age = np.array([1.5] * 400 + [0.5])
    delay = np.array([0.1] * 400 + [np.nan])
    assert maturity(age, delay)[-1] == pytest.approx((400 + 10) / 420)
    assert maturity(age, delay)[0] == 1


def test_an_action_that_is_gone_leaves_history_and_its_probability_to_none():
    _, proposal = make_round()
    past = services.history("campaign-2", collect(make_sent(proposal), 21), ACTIONS[:4])
    assert len(past.chosen) == (proposal.chosen < 4).sum()
    assert past.probabilities.shape[1] == 4
    assert past.probabilities.sum(axis=1) == pytest.approx(1)


def test_redemptions_are_orders_with_the_code(settings):
    make_round()
    moment = START + timedelta(days=1)
    add_events(settings, [(5, moment, 20.0, "T-5"), (6, moment, 8.0, "other"), (7, moment, 8.0, "")])
    (found,) = services.redemptions(["T-5", "T-9"], since=START, as_of=START + timedelta(days=9))
    assert (found.code, found.customer_id, found.value, found.at) == ("T-5", 5, 20.0, moment)
    assert services.redemptions([], since=START, as_of=START) == []
    assert services.redemptions(["T-5"], since=START, as_of=START) == []
