"""Actions on many customers: in pieces, once each, stopped between pieces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from setpoint.customers import jobs
from setpoint.customers.models import Consent, ConsentChange, Customer, Suppression
from setpoint.customers.services import remove_customers, upsert_customers, views
from setpoint.customers.tags import services as tags
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

pytestmark = pytest.mark.django_db
VIP = {"name": "vip", "value": True}


def resolve(selection: Mapping[str, Any], now: datetime) -> Any:
    if selection.get("broken"):
        raise NotFound("There is no segment 9.", remedy="Choose another.")
    return np.array(selection["ids"], dtype=np.int64)


@pytest.fixture
def ids(now: datetime) -> list[int]:
    return upsert_customers(
        [Profile({"user_id": str(n), "email": f"p{n}@x.org"}, {"vip": True} if n == 0 else {}) for n in range(5)],
        now=now,
    )


def _run(now: datetime) -> int:
    pieces = 0
    while jobs.run_next_job(resolve, now=now):
        pieces += 1
    return pieces


def test_a_trait_is_set_piece_by_piece(ids: list[int], now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "PIECE", 2)
    job = jobs.start_job("set_trait", VIP, {"ids": ids}, actor="ann", now=now)
    assert jobs.run_next_job(resolve, now=now)
    half = jobs.get_job(job.pk)
    assert (half.state, half.total, half.done, half.changed) == ("running", 5, 2, 1)
    assert _run(now) == 2
    done = jobs.get_job(job.pk)
    assert (done.state, done.done, done.changed, done.finished_at) == ("done", 5, 4, now)
    assert {one.traits["vip"] for one in views(ids).values()} == {True}
    verbs = AuditEntry.objects.filter(subject=f"job:{job.pk}").order_by("pk").values_list("actor", "verb")
    assert list(verbs) == [("ann", "started set_trait"), ("ann", "ended set_trait")]


def test_many_are_tagged_and_untagged(ids: list[int], now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "PIECE", 2)
    tags.define_tag(tags.TagDraft("vip"), now=now)
    for weight, there in ((0.5, 5), (0.0, 0)):
        job = jobs.start_job("tag", {"name": "vip", "weight": weight}, {"ids": ids}, actor="ann", now=now)
        _run(now)
        assert (jobs.get_job(job.pk).state, jobs.get_job(job.pk).changed) == ("done", 5)
        assert len(tags.with_tag("vip", at=now)) == there
    assert [(one.by, one.actor) for one in tags.history_of(ids[0])] == [("job", "ann")] * 2
    tags.define_tag(tags.TagDraft("rule", "rule", "behaviour", {"tree": {"everyone": True}}), now=now)
    for wrong in ({"name": "rule"}, {"name": "vip", "weight": 2}, {"name": "vip", "weight": "much"}, {"name": "no"}):
        with pytest.raises(SetpointError):
            jobs.start_job("tag", wrong, {"ids": ids}, actor="ann", now=now)


def test_a_job_acts_on_those_chosen_at_its_start_who_are_still_there(
    ids: list[int], now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(jobs, "PIECE", 3)
    job = jobs.start_job("set_trait", VIP, {"ids": ids}, actor="ann", now=now)
    jobs.run_next_job(resolve, now=now)
    remove_customers(ids[3:4], actor="test", now=now)
    _run(now)
    assert (jobs.get_job(job.pk).done, jobs.get_job(job.pk).changed) == (5, 3)


def test_a_cancelled_job_stops_before_the_next_piece(ids: list[int], now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "PIECE", 2)
    job = jobs.start_job("set_trait", {"name": "tag", "value": "x"}, {"ids": ids}, actor="ann", now=now)
    jobs.run_next_job(resolve, now=now)
    assert jobs.cancel_job(job.pk, actor="bob", now=now).state == "cancelling"
    _run(now)
    assert (jobs.get_job(job.pk).state, jobs.get_job(job.pk).done) == ("cancelled", 2)
    with pytest.raises(Conflict):
        jobs.cancel_job(job.pk, actor="bob", now=now)
    waiting = jobs.start_job("set_trait", VIP, {"ids": ids}, actor="ann", now=now)
    assert jobs.cancel_job(waiting.pk, actor="bob", now=now).state == "cancelled"
    assert _run(now) == 0


def test_a_consent_comes_with_its_proof(ids: list[int], now: datetime) -> None:
    said = {"channel": "email", "purpose": "marketing", "state": "granted", "source": "fair in Lyon, paper forms"}
    jobs.start_job("consent", said, {"ids": ids}, actor="ann", now=now)
    _run(now)
    assert Consent.objects.filter(state="granted", source="fair in Lyon, paper forms").count() == 5
    assert ConsentChange.objects.count() == 5


def test_addresses_are_suppressed_once(ids: list[int], now: datetime) -> None:
    for _twice in range(2):
        job = jobs.start_job(
            "suppress", {"channel": "email", "reason": "asked by phone"}, {"ids": ids}, actor="a", now=now
        )
        _run(now)
    assert Suppression.objects.filter(channel="email", reason="asked by phone").count() == 5
    assert (jobs.get_job(job.pk).done, jobs.get_job(job.pk).changed) == (5, 0)


def test_nobody_is_chosen(now: datetime) -> None:
    job = jobs.start_job("set_trait", VIP, {"ids": []}, actor="ann", now=now)
    _run(now)
    assert (jobs.get_job(job.pk).state, jobs.get_job(job.pk).total) == ("done", 0)


def test_what_goes_wrong_is_told(ids: list[int], now: datetime) -> None:
    job = jobs.start_job("set_trait", VIP, {"broken": True}, actor="ann", now=now)
    _run(now)
    failed = jobs.get_job(job.pk)
    assert (failed.state, failed.failure["message"]) == ("failed", "There is no segment 9.")
    assert Customer.objects.filter(traits__vip=True).count() == 1


@pytest.mark.parametrize(
    ("verb", "arguments", "field"),
    [
        ("set_trait", {"name": "", "value": 1}, "traits"),
        ("set_trait", {"name": "x"}, "value"),
        ("set_trait", {"name": "x", "value": "\0"}, "x"),
        ("consent", {"channel": "email", "purpose": "marketing", "state": "granted", "source": " "}, "source"),
        ("consent", {"channel": "email", "purpose": "marketing", "state": "maybe", "source": "form"}, "state"),
        ("suppress", {"channel": "", "reason": ""}, "channel"),
    ],
)
def test_what_cannot_be_is_refused_at_once(verb: Any, arguments: dict[str, Any], field: str, now: datetime) -> None:
    with pytest.raises(Invalid) as error:
        jobs.start_job(verb, arguments, {"ids": [1]}, actor="ann", now=now)
    assert error.value.field == field


def test_packed_ids_come_back() -> None:
    ids = np.array([3, 1, 2**40], dtype=np.int64)
    assert jobs._unpacked(jobs._packed(ids)).tolist() == [1, 3, 2**40]
