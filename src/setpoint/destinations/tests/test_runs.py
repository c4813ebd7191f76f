"""Runs: what has changed is sent once, in pieces, through any stop."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from setpoint.customers.services import remove_customers, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.destinations import feeding, running, services
from setpoint.destinations.models import Export, ExportRun, SentRow, UntakenRow
from setpoint.destinations.testing import RecordingDestination
from setpoint.destinations.tests.conftest import SECRET, Run
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.segments import services as segments

pytestmark = pytest.mark.django_db
MakeExport = Callable[..., Export]
Fake = type[RecordingDestination]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "AT_ONCE", 3)


def people(now: datetime, size: int = 7, **traits: Any) -> list[int]:
    consent = (ConsentRecord("email", "marketing", "granted"),)
    profiles = [
        Profile({"user_id": f"u{n}", "email": f"u{n}@x.example"}, {"spent": n, "city": "Lyon"} | traits, consent)
        for n in range(size)
    ]
    return upsert_customers(profiles, now=now)


def figures(run: ExportRun) -> tuple[int, int, int, int, int]:
    return run.rows_read, run.rows_written, run.rows_same, run.rows_refused, run.rows_removed


def sent(fake: Fake) -> dict[int, Any]:
    return {key[0]: row for key, row in fake.kept.items()}


def test_customers_go_out_whole_and_then_only_what_changed(
    now: datetime, recording: Fake, export: MakeExport, run: Run
) -> None:
    ids = people(now)
    made = export("recording", {})
    first = run(made)
    assert (first.state, figures(first)) == ("done", (7, 7, 0, 0, 0))
    assert len(recording.calls) == 3
    row = sent(recording)[ids[1]]
    assert (row["email"], row["spent"], row["city"], row["consent.email.marketing"]) == (
        "u1@x.example",
        1.0,
        "Lyon",
        "granted",
    )
    assert figures(run(made)) == (7, 0, 7, 0, 0)
    upsert_customers([Profile({"user_id": "u3"}, {"city": "Nice"})], now=now)
    remove_customers([ids[6]], actor="test", now=now)
    assert figures(run(made)) == (6, 1, 5, 0, 1)
    assert sent(recording)[ids[3]]["city"] == "Nice"
    assert ids[6] not in sent(recording)
    assert figures(run(made, anew=True)) == (6, 6, 0, 0, 0)


def test_members_go_out_and_leave(now: datetime, recording: Fake, export: MakeExport, run: Run) -> None:
    people(now)
    segment = segments.define_segment("spenders", {"trait": "spent", "op": ">=", "value": 2}, now=now)
    made = export("recording", {}, what="segment", of=segment.id, columns={"email": "mail", "trait.spent": ""})
    assert figures(run(made)) == (5, 5, 0, 0, 0)
    assert {tuple(row) for row in sent(recording).values()} == {("customer_id", "mail", "trait.spent")}
    segments.update_segment(segment.id, tree={"trait": "spent", "op": ">=", "value": 5}, now=now)
    assert figures(run(made)) == (2, 0, 2, 0, 3)
    assert len(recording.kept) == 2


def test_a_stop_behind_any_piece_loses_and_doubles_nothing(
    now: datetime, recording: Fake, export: MakeExport, run: Run
) -> None:
    people(now, 11)
    made = export("recording", {})
    queued = services.start_run(made.pk, actor="test", now=now)
    for _stop in range(6):
        asked = count()
        services.run_next(now=now, stop=lambda asked=asked: next(asked) >= 1)  # type: ignore[misc]
    queued.refresh_from_db()
    assert (queued.state, figures(queued)) == ("done", (11, 11, 0, 0, 0))
    keys = [row["customer_id"] for call in recording.calls for row in call.rows]
    assert len(keys) == len(set(keys)) == 11


def test_a_death_between_the_write_and_its_note_repeats_the_same_batch(
    now: datetime, recording: Fake, export: MakeExport, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(now, 5)
    made = export("recording", {})
    queued = services.start_run(made.pk, actor="test", now=now)

    class Death(BaseException):
        """As SIGKILL: nobody catches it."""

    def die(*_args: object, **_named: object) -> None:
        raise Death

    with monkeypatch.context() as patch:
        patch.setattr(running, "_move_on", die)
        with pytest.raises(Death):
            services.run_next(now=now)
    queued.refresh_from_db()
    assert (queued.state, queued.batches, SentRow.objects.count()) == ("running", 0, 0)
    assert services.run_next(now=now)
    queued.refresh_from_db()
    assert (queued.state, figures(queued)) == ("done", (5, 5, 0, 0, 0))
    assert recording.calls[0] == recording.calls[1], "token and rows are the same"
    assert len(recording.kept) == 5


def test_refused_rows_are_told_and_offered_again(now: datetime, recording: Fake, export: MakeExport, run: Run) -> None:
    ids = people(now)
    made = export("recording", {})
    recording.refuses.update(ids[:2])
    assert figures(run(made)) == (7, 5, 0, 2, 0)
    rows = services.list_untaken(made.pk).values_list("customer_id", "cause", "remedy")
    assert list(rows) == [(pk, "Not wanted.", "Ask.") for pk in ids[:2]]
    recording.refuses.clear()
    assert figures(run(made)) == (7, 2, 5, 0, 0)
    assert not UntakenRow.objects.exists()


def test_a_file_is_whole_at_each_run_and_never_half(
    now: datetime, export: MakeExport, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(now, 7)
    made = export("files", {"file": "out.csv"}, columns={"email": "e-mail"})
    with pytest.raises(NotFound):
        services.file_of(made.pk, now=now)
    assert figures(run(made)) == (7, 7, 0, 0, 0)
    path = services.file_of(made.pk, now=now)
    whole = path.read_bytes()
    queued = services.start_run(made.pk, actor="test", now=now)
    asked = count()
    services.run_next(now=now, stop=lambda: next(asked) >= 2)
    assert path.read_bytes() == whole
    services.run_next(now=now)
    queued.refresh_from_db()
    assert (queued.state, figures(queued)) == ("done", (7, 7, 0, 0, 0))
    with path.open(newline="") as file:
        assert [row["e-mail"] for row in csv.DictReader(file)] == [f"u{n}@x.example" for n in range(7)]


def test_a_campaigns_results_go_out_by_customer_round_and_slot(
    now: datetime, recording: Fake, export: MakeExport, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from setpoint.autopilot.tests.company import set_up
    from setpoint.delivery import services as delivery
    from setpoint.delivery.accounts import CHANNELS
    from setpoint.delivery.channels.recording import RecordingChannel
    from setpoint.delivery.models import Delivery

    monkeypatch.setitem(CHANNELS._plugins, "recording", RecordingChannel)
    delivery.set_channel("email", "recording", {}, cost_per_message=1000)
    company = set_up(now, 40)
    campaign = company.campaign()
    company.turn()
    made = export("recording", {}, what="campaign", of=campaign.pk)
    done = run(made)
    ledger = Delivery.objects.filter(stream__source=campaign.key)
    assert done.rows_written == ledger.count() > 10
    row = next(iter(recording.kept.values()))
    assert {"customer_id", "round", "slot", "state", "cost_money"} <= set(row)
    assert sum(row["cost_money"] for row in recording.kept.values()) * 1_000_000 == pytest.approx(
        sum(ledger.values_list("cost_money", flat=True))
    )


def test_a_failure_is_told_and_the_next_run_comes_later(
    now: datetime, recording: Fake, export: MakeExport, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(now, 2)
    made = export("recording", {}, schedule_minutes=10)
    assert made.next_run_at == now + timedelta(minutes=10)

    def fail(self: object, batch: object) -> None:
        raise RuntimeError("out of paper")

    with monkeypatch.context() as patch:
        patch.setattr(RecordingDestination, "write", fail)
        failed = run(made)
    assert (failed.state, failed.failure["code"]) == ("failed", "unforeseen")
    assert "out of paper" in failed.failure["technical"]
    made.refresh_from_db()
    assert (made.faults, made.next_run_at) == (1, now + timedelta(minutes=20))
    services.set_paused(made.pk, True, actor="test", now=now)
    assert not services.run_next(now=now + timedelta(days=1))
    services.set_paused(made.pk, False, actor="test", now=now)
    assert services.run_next(now=now + timedelta(minutes=11))
    assert ExportRun.objects.first().state == "failed"
    assert ExportRun.objects.latest("pk").state == "done"


def test_a_run_can_be_cancelled_and_two_cannot_be_open(now: datetime, recording: Fake, export: MakeExport) -> None:
    people(now, 7)
    made = export("recording", {})
    queued = services.start_run(made.pk, actor="test", now=now)
    with pytest.raises(Conflict):
        services.start_run(made.pk, actor="test", now=now)
    with pytest.raises(Conflict):
        services.delete_export(made.pk, actor="test", now=now)
    services.cancel_run(queued.pk, actor="test", now=now)
    queued.refresh_from_db()
    assert queued.state == "cancelled"
    assert not recording.calls


def test_what_cannot_be_sent_is_refused(now: datetime, recording: Fake, export: MakeExport) -> None:
    people(now, 1)
    with pytest.raises(NotFound):
        export("recording", {}, what="segment", of=99)
    with pytest.raises(Invalid, match="Two columns"):
        export("recording", {}, columns={"email": "mail", "phone": "MAIL"})
    with pytest.raises(Invalid, match="signing secret"):
        export("webhook", {"url": "https://x.example", "secret": "short"})
    assert not Export.objects.exists()


def test_secrets_are_kept_encrypted_and_stay_with_their_address(now: datetime, export: MakeExport) -> None:
    made = export("webhook", {"url": "https://x.example/in", "secret": SECRET})
    assert SECRET not in made.secrets
    assert SECRET not in str(made.settings)
    assert services.secrets_set(made) == ["secret"]
    kept = services.Draft(settings={"url": "https://x.example/in", "rows_per_call": 10})
    services.change_export(made.pk, kept, actor="test", now=now)
    with pytest.raises(Invalid, match="missing"):
        services.change_export(
            made.pk, services.Draft(settings={"url": "https://other.example"}), actor="test", now=now
        )


def test_a_test_shows_rows_as_they_would_be_sent(now: datetime, recording: Fake, export: MakeExport) -> None:
    people(now, 2)
    draft = services.Draft(settings={}, columns={"email": "mail"})
    tested = services.try_export("recording", draft, now=now)
    assert [column.name for column in tested.columns] == ["customer_id", "mail"]
    assert [row["mail"] for row in tested.rows] == ["u0@x.example", "u1@x.example"]
    assert not Export.objects.exists()
    assert not recording.calls
