"""Runs: figures add up, each row lands once, whatever is repeated, refused, cancelled or killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from setpoint.customers.models import Identity
from setpoint.events.models import Inbox
from setpoint.events.services import fold_inbox
from setpoint.governance.models import AuditEntry
from setpoint.governance.services import acting_as
from setpoint.governance.types import ROLES, Acting
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, Invalid, Refused
from setpoint.sources import services
from setpoint.sources.landing import MessageLander
from setpoint.sources.models import Connection, RefusedRow, Run
from setpoint.sources.plugins.files import FilesSource
from setpoint.sources.secrets import folder_of
from setpoint.sources.tests.conftest import upload

pytestmark = pytest.mark.django_db
Connect = Callable[..., Connection]
Go = Callable[..., Run]
PEOPLE = "email,name,age\nann@example.com,Ann,31\nbob@example.com,Bob,40\nnonsense,Cy,22\n"


def figures(run: Run) -> tuple[str, int, int, int, int, int]:
    return run.state, run.rows_read, run.rows_created, run.rows_changed, run.rows_same, run.rows_refused


def test_rows_land_once_and_a_repeat_is_the_same(connect: Connect, run: Go, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    assert (connection.target, connection.identity) == ("customers", ["email"])
    assert figures(run(connection)) == ("done", 3, 2, 0, 0, 1)
    assert figures(run(connection)) == ("done", 0, 0, 0, 0, 0)
    assert figures(run(connection, anew=True)) == ("done", 3, 0, 0, 2, 1)
    assert Inbox.objects.count() == 2
    fold_inbox(now=now)
    assert Identity.objects.get(kind="email", value="ann@example.com").customer.traits["age"] == 31


def test_a_changed_row_lands_as_a_change(connect: Connect, run: Go, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    run(connection)
    upload(connection, "people.csv", PEOPLE.replace("31", "32") + "dee@example.com,Dee,9\n", now=now)
    assert figures(run(connection)) == ("done", 4, 1, 1, 1, 1)
    fold_inbox(now=now)
    assert Identity.objects.get(kind="email", value="ann@example.com").customer.traits["age"] == 32


def test_a_run_tells_when_it_began_and_when_it_ended(
    connect: Connect, run: Go, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = MessageLander.land

    def late(self: MessageLander, pulled: Any) -> bool:
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=3))
        return land(self, pulled)

    monkeypatch.setattr(MessageLander, "land", late)
    done = run(connect("files", {}, upload=("people.csv", PEOPLE)))
    assert (done.started_at, done.finished_at) == (now, now + timedelta(minutes=3))


def test_refused_rows_are_told_and_replayed(connect: Connect, run: Go, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    run(connection)
    (refused,) = services.list_refused(connection.pk)
    assert (refused.row, refused.field, refused.code) == (3, "email", "bad_identity")
    assert refused.content == {"email": "nonsense", "name": "Cy", "age": "22"}
    rules = [{"kind": "values", "column": "email", "map": {"nonsense": "cy@example.com"}}]
    services.change_connection(connection.pk, services.Draft(rules=rules), actor="test", now=now)
    assert figures(run(connection, replay=True)) == ("done", 1, 1, 0, 0, 0)
    assert not RefusedRow.objects.exists()
    assert figures(run(connection, replay=True)) == ("done", 0, 0, 0, 0, 0)


def test_what_was_mended_at_the_source_is_off_the_list_once_all_is_read_again(
    connect: Connect, run: Go, now: datetime
) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE + "worse,Eve,1\n"))
    assert figures(run(connection)) == ("done", 4, 2, 0, 0, 2)
    upload(connection, "people.csv", PEOPLE.replace("nonsense", "cy@example.com") + "worse,Eve,1\n", now=now)
    assert figures(run(connection)) == ("done", 4, 1, 0, 2, 1)
    assert RefusedRow.objects.count() == 2
    assert figures(run(connection, anew=True)) == ("done", 4, 0, 0, 3, 1)
    assert RefusedRow.objects.get().content["email"] == "worse"


def test_a_row_that_is_refused_again_stays(connect: Connect, run: Go) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    run(connection)
    assert figures(run(connection, replay=True)) == ("done", 1, 0, 0, 0, 1)
    assert RefusedRow.objects.count() == 1


def test_rules_clean_before_rows_land_and_name_themselves(connect: Connect, run: Go, now: datetime) -> None:
    rules = [
        {"kind": "name", "column": "name"},
        {"kind": "email", "column": "email", "on_bad": "refuse"},
    ]
    connection = connect("files", {}, upload=("people.csv", PEOPLE.replace("Ann", "ANN")), rules=rules)
    assert figures(run(connection)) == ("done", 3, 2, 0, 0, 1)
    assert RefusedRow.objects.get().code == "rule"
    fold_inbox(now=now)
    assert Identity.objects.get(kind="email", value="ann@example.com").customer.traits["name"] == "Ann"


def test_a_killed_run_goes_on_behind_its_last_batch(
    connect: Connect, run: Go, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.events.tables.ROWS_AT_ONCE", 2)
    lines = "".join(f"p{number}@example.com,P,{number}\n" for number in range(6))
    connection = connect("files", {}, upload=("people.csv", "email,name,age\n" + lines))
    queued = services.start_run(connection.pk, actor="test", now=now)
    land, calls = MessageLander.land, []

    def dies(self: MessageLander, pulled: Any) -> bool:
        calls.append(pulled)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return land(self, pulled)

    monkeypatch.setattr(MessageLander, "land", dies)
    with pytest.raises(KeyboardInterrupt):
        services.run_next(now=now)
    queued.refresh_from_db()
    assert figures(queued) == ("running", 4, 4, 0, 0, 0)
    monkeypatch.setattr(MessageLander, "land", land)
    assert services.run_next(now=now)
    queued.refresh_from_db()
    assert figures(queued) == ("done", 6, 6, 0, 0, 0)
    assert Inbox.objects.count() == 6


def test_a_run_is_cancelled_before_its_next_batch(
    connect: Connect, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.events.tables.ROWS_AT_ONCE", 1)
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    queued = services.start_run(connection.pk, actor="test", now=now)
    land = MessageLander.land

    def cancelling(self: MessageLander, pulled: Any) -> bool:
        landed = land(self, pulled)
        services.cancel_run(queued.pk, actor="test", now=now)
        return landed

    monkeypatch.setattr(MessageLander, "land", cancelling)
    services.run_next(now=now)
    queued.refresh_from_db()
    assert figures(queued) == ("cancelled", 1, 1, 0, 0, 0)


def test_a_failing_source_says_why_and_rests_longer(connect: Connect, run: Go, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE), schedule_minutes=60)
    assert connection.next_run_at == now + timedelta(hours=1)
    shutil.rmtree(folder_of(connection))
    rests = []
    for _attempt in range(3):
        failed = run(connection)
        connection.refresh_from_db()
        rests.append(connection.next_run_at - now)
    assert failed.state == "failed"
    assert failed.failure["message"].startswith("There is no folder")
    assert failed.failure["remedy"]
    assert rests == [timedelta(hours=2), timedelta(hours=4), timedelta(hours=8)]


@pytest.mark.parametrize(("name", "content"), [("broken.xlsx", "PK\x03\x04 nothing"), ("empty.csv", "")])
def test_a_broken_file_is_told_and_keeps_no_other_from_landing(
    name: str, content: str, connect: Connect, run: Go, now: datetime
) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    upload(connection, name, content, now=now)
    upload(connection, "more.csv", "email,name,age\ndee@example.com,Dee,9\n", now=now)
    assert figures(run(connection)) == ("done", 5, 3, 0, 0, 2)
    told = RefusedRow.objects.get(code="bad_file")
    assert (told.details["file"], told.content) == (name, {"text": name})
    assert told.details["cause"]
    assert told.details["remedy"]
    assert figures(run(connection)) == ("done", 0, 0, 0, 0, 0)
    upload(connection, name, "email,name,age\neve@example.com,Eve,7\n", now=now)
    assert figures(run(connection)) == ("done", 1, 1, 0, 0, 0)


RAGGED = "email,name\nann@example.com,Ann,more,and more\nbob@example.com\nnonsense,Cy\ndee@example.com,Dee\n"


def test_ragged_rows_are_told_by_their_columns_and_stay_where_they_are_broken(connect: Connect, run: Go) -> None:
    connection = connect("files", {}, upload=("people.csv", RAGGED))
    assert figures(run(connection)) == ("done", 4, 1, 0, 0, 3)
    told = {row.row: (row.code, row.content, row.details["file"]) for row in services.list_refused(connection.pk)}
    assert told[1][1] == {"email": "ann@example.com", "name": "Ann", "column_3": "more", "column_4": "and more"}
    assert told[2] == ("too_few_columns", {"email": "bob@example.com"}, "people.csv")
    assert figures(run(connection, replay=True)) == ("done", 1, 0, 0, 0, 1)
    again = {row.row: (row.code, row.content, row.details["file"]) for row in services.list_refused(connection.pk)}
    assert again == told


def test_a_paused_run_stops_before_its_next_batch_and_goes_on_from_there(
    connect: Connect, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.events.tables.ROWS_AT_ONCE", 1)
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    queued = services.start_run(connection.pk, actor="test", now=now)
    land = MessageLander.land

    def pausing(self: MessageLander, pulled: Any) -> bool:
        landed = land(self, pulled)
        services.set_paused(connection.pk, True, actor="test", now=now)
        return landed

    monkeypatch.setattr(MessageLander, "land", pausing)
    services.run_next(now=now)
    queued.refresh_from_db()
    assert figures(queued) == ("queued", 1, 1, 0, 0, 0)
    assert not services.run_next(now=now)
    with pytest.raises(Conflict, match="paused"):
        services.start_run(connection.pk, actor="test", now=now)
    monkeypatch.setattr(MessageLander, "land", land)
    services.set_paused(connection.pk, False, actor="test", now=now)
    assert services.run_next(now=now)
    queued.refresh_from_db()
    assert figures(queued) == ("done", 3, 2, 0, 0, 1)


@pytest.mark.parametrize("word", ["cancel", "pause", "stop"])
def test_a_wait_ends_when_somebody_stops_the_run(
    word: str, connect: Connect, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    queued = services.start_run(connection.pk, actor="test", now=now)
    stopped: list[bool] = []
    words: dict[str, Callable[[], Any]] = {
        "cancel": lambda: services.cancel_run(queued.pk, actor="test", now=now),
        "pause": lambda: services.set_paused(connection.pk, True, actor="test", now=now),
        "stop": lambda: stopped.append(True),
    }

    def patient(source: FilesSource, since: str) -> Any:
        words[word]()
        source._context.sleep(3600)
        yield from ()

    monkeypatch.setattr(FilesSource, "pull", patient)
    assert services.run_next(now=now, stop=lambda: bool(stopped))
    queued.refresh_from_db()
    assert queued.state == ("cancelled" if word == "cancel" else "queued")


def test_what_is_due_runs_by_itself_and_a_paused_connection_does_not(connect: Connect, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE), schedule_minutes=5)
    later = now + timedelta(minutes=6)
    services.set_paused(connection.pk, True, actor="test", now=now)
    assert not services.run_next(now=later)
    services.set_paused(connection.pk, False, actor="test", now=now)
    assert services.run_next(now=later)
    assert not services.run_next(now=later)
    assert Run.objects.get().rows_created == 2


def test_events_do_not_change(connect: Connect, run: Go, now: datetime) -> None:
    lines = "id,user_id,event,timestamp,value\n1,7,Visit,2026-01-01,1\n2,7,Visit,2026-01-02,1\n"
    connection = connect("files", {}, upload=("visits.csv", lines), target="events", identity=["id"], mapping=VISITS)
    assert figures(run(connection)) == ("done", 2, 2, 0, 0, 0)
    upload(connection, "visits.csv", lines.replace("02,1", "02,9"), now=now)
    assert figures(run(connection)) == ("done", 2, 0, 0, 1, 1)
    assert RefusedRow.objects.get().code == "changed_event"


VISITS = {
    "columns": {
        "id": "property:id",
        "user_id": "user_id",
        "event": "event",
        "timestamp": "timestamp",
        "value": "value",
    }
}
LINES = (
    "order_id,sku,quantity,price,date,email\n1,A1,2,5,2026-01-01,ann@example.com\n1,A2,1,3,2026-01-01,ann@example.com\n"
    "2,A1,-1,5,2026-01-02,ann@example.com\n3,A1,1,5,2026-01-03,\n"
)


def test_order_lines_of_a_connection_are_gathered_into_orders(connect: Connect, run: Go) -> None:
    connection = connect("files", {}, upload=("lines.csv", LINES))
    assert connection.target == "orders"
    assert figures(run(connection)) == ("done", 4, 3, 0, 0, 1)
    assert figures(run(connection, anew=True)) == ("done", 4, 0, 0, 3, 1)
    assert Inbox.objects.count() == 2
    with pytest.raises(Conflict, match="parts of orders"):
        run(connection, replay=True)


def test_refused_lines_are_told_as_they_came_with_row_and_field(connect: Connect, run: Go, now: datetime) -> None:
    lines = "order_id,sku,quantity,price,date,email\n1,A1,2,5,2026-01-01,ann@example.com\n1,A1\n2,A1,many,5,2026-01-01,b@x.org\n"
    connection = connect("files", {}, upload=("a.csv", lines + "3,A2,1,5,2026-01-01,\n"))
    upload(connection, "b.csv", lines, now=now)
    run(connection)
    refused = services.list_refused(connection.pk).order_by("pk")
    told = [(row.details["file"], row.row, row.field, row.code, dict(row.content)) for row in refused]
    many = {"order_id": "2", "sku": "A1", "quantity": "many", "price": "5", "date": "2026-01-01", "email": "b@x.org"}
    assert ("b.csv", 3, "quantity", "bad_quantity", many) in told
    assert ("b.csv", 2, "", "too_few_columns", {"order_id": "1", "sku": "A1"}) in told
    assert [each[:4] for each in told if each[3] == "no_customer_of_order"] == [
        ("a.csv", 4, "email", "no_customer_of_order")
    ]


def test_one_run_at_a_time_and_none_without_a_mapping(connect: Connect, now: datetime) -> None:
    bare = services.create_connection("files", services.Draft(name="bare", settings={}), actor="test", now=now)
    with pytest.raises(Conflict, match="no mapping"):
        services.start_run(bare.pk, actor="test", now=now)
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    services.start_run(connection.pk, actor="test", now=now)
    with pytest.raises(Conflict, match="open already"):
        services.start_run(connection.pk, actor="test", now=now)


def test_a_stale_version_is_refused_and_every_change_is_audited(connect: Connect, now: datetime) -> None:
    connection = connect("files", {}, upload=("people.csv", PEOPLE))
    services.change_connection(connection.pk, services.Draft(name="new"), actor="ann", now=now, seen=connection.version)
    with pytest.raises(Conflict, match="ann changed this"):
        services.change_connection(
            connection.pk, services.Draft(name="mine"), actor="bob", now=now, seen=connection.version
        )
    verbs = AuditEntry.objects.filter(subject=f"connection:{connection.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["created", "uploaded", "changed", "changed"]


SQL = {"engine": "postgresql", "host": "db.example.com", "database": "shop", "query": "customers", "password": "s3cret"}


def test_secrets_are_kept_apart_and_do_not_follow_to_a_new_address(now: datetime) -> None:
    draft = services.Draft(name="shop", settings=SQL)
    connection = services.create_connection("sql", draft, actor="test", now=now)
    assert "s3cret" not in json.dumps([connection.settings, connection.secrets])
    from setpoint.sources.secrets import secrets_of

    plain = {name: value for name, value in SQL.items() if name != "password"}
    kept = services.change_connection(connection.pk, services.Draft(settings=plain), actor="test", now=now)
    assert secrets_of(kept) == {"password": "s3cret"}
    moved = plain | {"host": "evil.example.com"}
    gone = services.change_connection(connection.pk, services.Draft(settings=moved), actor="test", now=now)
    assert secrets_of(gone) == {}
    assert "s3cret" not in json.dumps(list(AuditEntry.objects.values("before", "after")), default=str)


def test_inner_addresses_are_opened_by_an_owner_alone(now: datetime) -> None:
    marketer = Acting("user:1", ROLES["marketer"], user_id=1)
    draft = services.Draft(name="shop", settings=SQL, allow_private=True)
    with acting_as(marketer), pytest.raises(Refused):
        services.create_connection("sql", draft, actor="user:1", now=now)
    with acting_as(Acting("user:2", ROLES["owner"], user_id=2)):
        assert services.create_connection("sql", draft, actor="user:2", now=now).allow_private


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (SQL | {"engine": "oracle"}, "engine"),
        (SQL | {"query": ""}, "query"),
        (SQL | {"colour": "blue"}, "colour"),
        (SQL | {"port": "many"}, "port"),
    ],
)
def test_settings_that_cannot_be(said: dict[str, Any], field: str, now: datetime) -> None:
    with pytest.raises(Invalid) as error:
        services.create_connection("sql", services.Draft(name="x", settings=said), actor="test", now=now)
    assert error.value.field == field
