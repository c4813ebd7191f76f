"""What a stopped worker's journal proves, and what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from setpoint.delivery import journal, services
from setpoint.delivery.claiming import claim_counted
from setpoint.delivery.journal import Journal, journal_of
from setpoint.delivery.models import Delivery
from setpoint.delivery.tests.conftest import bare_compose, plan_row
from setpoint.delivery.types import ChannelLimits, Receipt
from setpoint.kernel.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(people, provider, now):
    """A worker that claimed four deliveries and stopped: never started, answered, taken over, not taken over."""
    ids = people(4)
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in ids], now=now)
    book = Journal("w1")
    claims = claim_counted(worker=book.owner, now=now, limit=10, channel=None).claims
    _fresh, answered, taken, lost = claims
    book.start([answered.key])
    book.done([Receipt(answered.key, "accepted", "p1")])
    book.start([taken.key])
    provider.send(bare_compose([taken]))
    book.start([lost.key])
    book.close()
    return claims


def states(claims):
    found = dict(Delivery.objects.values_list("key", "state"))
    return [found[claim.key] for claim in claims]


def test_each_claim_is_settled_by_what_is_proven(stopped, now):
    report = services.reconcile(now=now)
    assert (report.recorded, report.returned, report.handed, report.unknown) == (1, 2, 1, 0)
    assert states(stopped) == ["reserved", "handed", "handed", "reserved"]
    assert services.reconcile(now=now) == type(report)()


def test_without_look_up_only_the_started_are_in_doubt(stopped, provider, now):
    provider.find = lambda keys: dict.fromkeys(keys)
    services.reconcile(now=now)
    assert states(stopped) == ["reserved", "handed", "unknown", "unknown"]


def test_a_living_worker_is_left_alone(stopped, now):
    with journal_of("w1"):
        assert services.reconcile(now=now + timedelta(days=1)).recorded == 0
        with pytest.raises(Conflict):
            services.send_due(worker="w1", now=now, compose=bare_compose)
    assert states(stopped) == ["claimed"] * 4


def test_the_next_turn_of_the_same_worker_settles_first(stopped, provider, now):
    services.send_due(worker="w1", now=now, compose=bare_compose)
    assert states(stopped) == ["handed"] * 4
    assert sorted(provider.taken) == sorted(claim.key for claim in stopped if claim is not stopped[1])


def test_a_journal_that_was_lost_proves_nothing(stopped, provider, settings, now):
    provider.find = lambda keys: dict.fromkeys(keys)
    for file in (settings.SETPOINT_HOME / "journal").iterdir():
        file.unlink()
    assert services.reconcile(now=now).unknown == 0, "another machine's worker may still be at work"
    services.reconcile(now=now + timedelta(minutes=16))
    assert states(stopped) == ["unknown"] * 4


def test_a_journal_of_before_the_machine_restarted_proves_nothing_unstarted(stopped, provider, monkeypatch, now):
    provider.find = lambda keys: dict.fromkeys(keys)
    monkeypatch.setattr(journal, "_boot_id", lambda: "another boot")
    services.reconcile(now=now)
    assert states(stopped) == ["unknown", "handed", "unknown", "unknown"]


def test_absence_is_no_proof_before_its_time(stopped, provider, monkeypatch, now):
    limits = property(lambda self: ChannelLimits(proof_after=3_600.0))
    monkeypatch.setattr(type(provider), "limits", limits)
    assert services.reconcile(now=now).waiting == 1
    assert states(stopped) == ["reserved", "handed", "handed", "claimed"]


def test_an_earlier_answer_says_nothing_of_a_later_attempt(people, provider, now):
    ids = people(1)
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(ids[0], now)], now=now)
    provider.find = lambda keys: dict.fromkeys(keys)
    book = Journal("w1")
    (claim,) = claim_counted(worker=book.owner, now=now, limit=10, channel=None).claims
    book.start([claim.key])
    book.done([Receipt(claim.key, "retry")])
    book.start([claim.key])
    book.close()
    services.reconcile(now=now)
    assert states([claim]) == ["unknown"]


def test_rows_that_come_back_after_a_recall_are_recalled_too(stopped, now):
    services.recall("campaign:1", now=now)
    services.reconcile(now=now)
    assert states(stopped) == ["suppressed", "handed", "handed", "suppressed"]
    assert services.budgets("campaign:1") == []


def test_a_journal_that_cannot_be_written_stops_the_hand_over(people, provider, monkeypatch, now):
    ids = people(1)
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(ids[0], now)], now=now)

    def full(self, keys):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "start", full)
        with pytest.raises(OSError):
            services.send_due(worker="w1", now=now, compose=bare_compose)
    assert provider.handed == []
    services.send_due(worker="w1", now=now, compose=bare_compose)
    assert len(provider.taken) == 1


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a" * 81, "a b"])
def test_a_worker_needs_a_plain_name(name, now):
    with pytest.raises(Invalid):
        services.send_due(worker=name, now=now)
