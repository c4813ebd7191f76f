"""Searches and proposals: found in the background, decided by people, merged alone only above the company's score."""

from __future__ import annotations

import pytest

from conftest import NOW
from setpoint.customers.identity import searching
from setpoint.customers.identity.comparing import compared_columns, people_table
from setpoint.customers.identity.merging import merge, split
from setpoint.customers.identity.proposals import accept, keep_proposals, list_proposals, reject
from setpoint.customers.identity.rules import change_rules, join_settings
from setpoint.customers.identity.searching import cancel_run, run_next, start_run
from setpoint.customers.identity_models import MatchRun, Merge, Proposal
from setpoint.customers.matching.types import Column, Evidence, Matched, Pair
from setpoint.customers.models import Customer
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db
WHY = (Evidence("first_name", "equal", 9.4), Evidence("email", "different", -2.0))


def _customers(count: int) -> list[int]:
    return upsert_customers(
        [Profile({"user_id" if n == 0 else "device": f"d{n}"}, {"first_name": f"n{n // 2}"}) for n in range(count)],
        now=NOW,
    )


def _found(*pairs: tuple[int, int, float]) -> Matched:
    return Matched(
        tuple(Pair(min(a, b), max(a, b), score, WHY, 1.5) for a, b, score in pairs),
        (Column("first_name", "words", 4, 2),),
        (("first_name",),),
        6,
        1.2,
    )


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch):
    """What the next search finds, without searching."""

    def say(*pairs: tuple[int, int, float]) -> None:
        monkeypatch.setattr(searching, "match", lambda *given, **named: _found(*pairs))

    return say


def test_a_search_proposes_and_people_decide(finds) -> None:
    ids = _customers(6)
    finds((ids[0], ids[1], 0.97), (ids[2], ids[3], 0.8), (ids[4], ids[5], 0.6))
    run = start_run("match", actor="ann", now=NOW)
    with pytest.raises(Conflict):
        start_run("match", actor="ann", now=NOW)
    assert run_next(now=NOW)
    assert not run_next(now=NOW)
    run.refresh_from_db()
    assert (run.state, run.found, run.merged, run.progress) == ("done", 3, 0, 1.0)
    assert run.told["expected"] == 1.2
    first, second, third = list_proposals()
    assert [round(row.score, 2) for row in (first, second, third)] == [0.97, 0.8, 0.6]
    assert first.evidence == [
        {"column": "first_name", "how": "equal", "weight": 9.4}, {"column": "email", "how": "different", "weight": -2.0}
    ]  # fmt: skip
    row = accept(first.pk, actor="ann", now=NOW)
    assert row is not None
    assert (row.method, round(row.score or 0, 2)) == ("person", 0.97)
    assert reject(second.pk, actor="ann", now=NOW).state == "rejected"
    with pytest.raises(Conflict):
        accept(second.pk, actor="bob", now=NOW)
    assert AuditEntry.objects.filter(verb="rejected", actor="ann").count() == 1
    split(row.pk, actor="ann", now=NOW)
    start_run("match", actor="ann", now=NOW)
    run_next(now=NOW)
    assert [(one.first_id, one.second_id) for one in list_proposals()] == [(ids[4], ids[5])]


def test_nothing_is_merged_alone_until_the_company_says_above_what(finds) -> None:
    ids = _customers(6)
    finds((ids[1], ids[2], 0.995), (ids[2], ids[3], 0.992), (ids[3], ids[4], 0.991), (ids[4], ids[5], 0.7))
    start_run("match", actor="ann", now=NOW)
    run_next(now=NOW)
    assert not Merge.objects.exists()
    change_rules({"automatic_above": 0.99}, version=None, actor="ann", now=NOW)
    run = start_run("match", actor="ann", now=NOW)
    run_next(now=NOW)
    run.refresh_from_db()
    assert run.merged == 2  # 1-2-3; that 4 resembles 3 alone is a chain
    assert {row.method for row in Merge.objects.all()} == {"model"}
    assert sorted(Customer.objects.values_list("pk", flat=True)) == [ids[0], ids[1], ids[4], ids[5]]
    assert {row.score for row in list_proposals()} == {0.7}


def test_many_are_accepted_at_once_and_what_rules_forbid_is_not(finds) -> None:
    ids = upsert_customers([Profile({"user_id": f"u{n}"}) for n in range(2)] + [Profile({"device": "d"})], now=NOW)
    Proposal.objects.create(first_id=ids[0], second_id=ids[2], score=0.9, at=NOW)
    Proposal.objects.create(first_id=ids[1], second_id=ids[2], score=0.8, at=NOW)
    start_run("accept", least=0.75, actor="ann", now=NOW)
    run_next(now=NOW)
    assert [row.state for row in Proposal.objects.order_by("-score")] == ["accepted", "rejected"]
    run = MatchRun.objects.get()
    assert (run.found, run.merged) == (2, 1)
    forbidden = Proposal.objects.create(first_id=ids[0], second_id=ids[1], score=0.9, at=NOW)
    with pytest.raises(Refused):
        accept(forbidden.pk, actor="ann", now=NOW)


def test_proposals_of_people_with_two_accounts_are_not_made(finds) -> None:
    ids = upsert_customers([Profile({"user_id": f"u{n}"}) for n in range(2)], now=NOW)
    run = MatchRun.objects.create(verb="match", least=0.5, actor="ann", created_at=NOW)
    assert keep_proposals(_found((ids[0], ids[1], 0.99)).pairs, run, now=NOW) == 0


def test_a_merge_by_hand_closes_its_proposal(finds) -> None:
    ids = _customers(3)
    row = Proposal.objects.create(first_id=ids[1], second_id=ids[2], score=0.9, at=NOW)
    merge(ids[2], ids[1], actor="bob", now=NOW)
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("accepted", "bob")


def test_a_run_can_be_cancelled_waiting_and_running(monkeypatch: pytest.MonkeyPatch) -> None:
    run = start_run("match", actor="ann", now=NOW)
    assert cancel_run(run.pk, actor="ann", now=NOW).state == "cancelled"
    with pytest.raises(Conflict):
        cancel_run(run.pk, actor="ann", now=NOW)

    def slow(*given, watch, **named):
        MatchRun.objects.filter(state="running").update(state="cancelling")
        watch("weighing", 0.5)
        raise AssertionError

    monkeypatch.setattr(searching, "match", slow)
    second = start_run("match", actor="ann", now=NOW)
    assert run_next(now=NOW)
    second.refresh_from_db()
    assert (second.state, second.stage) == ("cancelled", "")


def test_a_search_that_cannot_be_says_why() -> None:
    run = start_run("match", actor="ann", now=NOW)
    run_next(now=NOW)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.failure["remedy"]


def test_traits_are_chosen_by_name_unless_the_company_says() -> None:
    said = {"first_name": "Ann", "utm_campaign_name": "x", "orders": 3, "生日": "1980-01-02", "email": "A@x.org"}
    upsert_customers([Profile({"email": "a@x.org", "phone": "+4930111222"}, said)], now=NOW)
    assert compared_columns(join_settings()) == ["first_name", "生日", "email", "phone"]
    table = people_table(["first_name", "email", "phone"])
    assert table.drop_columns(["customer_id"]).to_pylist() == [
        {"first_name": "Ann", "email": "a@x.org", "phone": "+4930111222"}
    ]
    change_rules({"columns": ["orders", "phone", "gone"]}, version=None, actor="ann", now=NOW)
    assert compared_columns(join_settings()) == ["orders", "phone"]


def test_an_address_of_somebody_else_is_known_from_the_trait() -> None:
    shared = {"phone": "+4930111222"}
    ids = upsert_customers([Profile({"email": f"{n}@x.org", **shared}, shared) for n in range(2)], now=NOW)
    table = people_table(["phone"]).sort_by("customer_id")
    assert table.to_pylist() == [{"customer_id": pk, "phone": "+4930111222"} for pk in ids]
