"""The columns tell what the tables hold, after any changes and from any base."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers import columns, snapshot
from setpoint.customers.models import Revision
from setpoint.customers.services import customer_frame, record_consent, remove_customers, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile

pytestmark = pytest.mark.django_db(transaction=True)
quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("abcd"), st.sampled_from([None, 1, 2.5, "x", True])),
    st.tuples(st.just("say"), st.sampled_from("abcd"), st.sampled_from(["granted", "denied"])),
    st.tuples(st.just("remove"), st.sampled_from("abcd"), st.none()),
    st.tuples(st.just("settle"), st.none(), st.none()),
    st.tuples(st.just("look"), st.none(), st.none()),
    st.tuples(st.just("restart"), st.none(), st.none()),
)


def _rows(table: Any) -> list[dict[str, Any]]:
    kept = [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]
    return sorted(kept, key=lambda row: row["customer_id"])


def _seen() -> list[dict[str, Any]]:
    now = snapshot.current()
    return _rows(now.table(sorted(now.names)))


def _step(kind: str, who: Any, what: Any, now: datetime) -> None:
    if kind == "put":
        upsert_customers([Profile({"user_id": who}, {"t": what})], now=now)
    elif kind == "say":
        said = (ConsentRecord("email", "marketing", what),)
        upsert_customers([Profile({"user_id": who}, consents=said)], now=now)
    elif kind == "remove":
        ids = upsert_customers([Profile({"user_id": who})], now=now)
        remove_customers(ids, actor="test", now=now)
    elif kind == "settle":
        snapshot.settle(smallest=1)
    elif kind == "look":
        snapshot.current()
    else:
        snapshot._held.clear()


@quick
@given(steps=st.lists(STEPS, max_size=12))
def test_a_snapshot_holds_what_the_tables_hold(steps: list[tuple[str, Any, Any]]) -> None:
    for number, (kind, who, what) in enumerate(steps):
        _step(kind, who, what, NOW + timedelta(seconds=number))
    assert _seen() == _rows(columns.changed_since(0))


def _person(name: str, now: datetime, **traits: Any) -> int:
    return upsert_customers([Profile({"user_id": name}, traits)], now=now)[0]


def test_only_what_changed_is_read_again(now: datetime, django_assert_num_queries: Any) -> None:
    _person("a", now)
    snapshot.current()
    if connection.vendor == "sqlite":
        with django_assert_num_queries(1):
            snapshot.current()
    second = _person("b", now, city="Lyon")
    before = snapshot._held.copy()
    assert snapshot.current().fresh["customer_id"].to_pylist()[-1] == second
    assert before != snapshot._held


def test_what_is_rolled_back_was_never_seen(now: datetime) -> None:
    kept = _person("a", now)
    with transaction.atomic():
        _person("b", now)
        assert len(snapshot.current().column("customer_id")) == 2
        transaction.set_rollback(True)
    assert snapshot.current().column("customer_id").to_pylist() == [kept]


def test_a_base_is_written_when_enough_changed_and_the_old_one_goes(now: datetime) -> None:
    ids = [_person(str(number), now, n=number) for number in range(4)]
    assert not snapshot.settle(smallest=5)
    assert snapshot.settle(smallest=4)
    assert not snapshot.settle(smallest=5)
    ids.append(_person("new", now, colour="red"))
    assert snapshot.settle(smallest=1)
    (path,) = (Path(django_settings.SETPOINT_HOME) / "frames").iterdir()
    assert path.suffix == ".parquet"
    table = customer_frame()
    assert table["customer_id"].to_pylist() == ids
    assert table["n"].to_pylist() == [0.0, 1.0, 2.0, 3.0, None]
    assert table["colour"].to_pylist() == [None] * 4 + ["red"]


def test_a_trait_that_turns_out_to_be_text_is_text_as_it_was_written(now: datetime) -> None:
    _person("a", now, size=1)
    _person("b", now, size=1.5)
    snapshot.settle(smallest=1)
    assert customer_frame(["size"])["size"].to_pylist() == [1.0, 1.5]
    _person("c", now, size="XL")
    assert customer_frame(["size"])["size"].to_pylist() == ["1", "1.5", "XL"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL numbers transactions itself")
def test_an_older_copy_of_the_records_is_read_anew(now: datetime) -> None:
    first = _person("a", now)
    snapshot.settle(smallest=1)
    _person("b", now)
    snapshot.settle(smallest=1)
    remove_customers([_person("b", now)], actor="test", now=now)
    Revision.objects.update(number=1)
    assert snapshot.current().column("customer_id").to_pylist() == [first]
    assert list((Path(django_settings.SETPOINT_HOME) / "frames").iterdir()) == []


def test_a_consent_that_is_recorded_is_seen(now: datetime) -> None:
    pk = _person("a", now)
    snapshot.current()
    record_consent([pk], "email", "marketing", "granted", source="test", now=now)
    assert snapshot.current().column(columns.consent_column("email", "marketing")).to_pylist() == ["granted"]
    assert columns.topic_of(columns.consent_column("e:mail", '"')) == ("e:mail", '"')
    assert columns.topic_of("trait:x") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (5.0, "5"), (-0.0, "0"), (2.50, "2.5"), (1e15, "1000000000000000.0"), ("5.0", "5.0"), (True, "true")],
)
def test_a_number_is_written_as_segments_write_it(value: Any, text: str) -> None:
    assert columns.as_text(value) == text
