"""Old ids mean the survivor: in the lake's readers, in views, in columns; and themselves again after a split."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from django.conf import settings

from conftest import NOW
from setpoint.customers.frames import customer_frame
from setpoint.customers.identity.aliases import all_ids_of, catch_up, publish_aliases, survivor
from setpoint.customers.identity.merging import merge, split
from setpoint.customers.identity_models import Merge, Part, Proposal
from setpoint.customers.models import Customer
from setpoint.customers.removing import remove_customers
from setpoint.customers.services import list_customers, record_consent, upsert_customers, view, views
from setpoint.customers.types import Profile
from setpoint.engine.lake import Lake
from setpoint.engine.session import connect
from setpoint.engine.types import EVENTS
from setpoint.kernel.errors import NotFound

pytestmark = pytest.mark.django_db


def _customers(count: int) -> list[int]:
    return upsert_customers([Profile({"device": f"d{n}"}, {"n": n}) for n in range(count)], now=NOW)


def _events(ids: list[int]) -> None:
    moment = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
    columns = {
        "message_id": [f"m{n}" for n in range(len(ids))],
        "type": ["track"] * len(ids),
        "event": ["Seen"] * len(ids),
        "customer_id": ids,
        "ts": [moment] * len(ids),
        "received_at": [moment] * len(ids),
        "value": [1.0] * len(ids),
        "properties": ["{}"] * len(ids),
        "day": [moment.date()] * len(ids),
    }
    Lake(settings.SETPOINT_LAKE).append("events", pa.table(columns, schema=EVENTS), app="t", version=1)


def _owners() -> list[int]:
    with connect(settings.SETPOINT_LAKE) as session:
        events = session.events()
        assert events.columns == tuple(EVENTS.names)
        return sorted(session.execute(events.select("customer_id"))["customer_id"].to_pylist())


@pytest.mark.django_db(transaction=True)
def test_events_of_a_merged_record_are_the_survivors_until_it_is_split() -> None:
    one, two, three = _customers(3)
    _events([one, two, two, three])
    assert _owners() == [one, two, two, three]
    first = merge(two, three, actor="ann", now=NOW)
    assert _owners() == [one, two, two, two]
    second = merge(one, three, actor="ann", now=NOW)
    assert _owners() == [one] * 4
    split(first.pk, actor="ann", now=NOW)
    assert _owners() == [one, one, two, two]  # the second merge said that three is one
    split(second.pk, actor="ann", now=NOW)
    assert _owners() == [one, two, two, three]
    assert not catch_up()


def test_what_a_dead_process_did_not_tell_is_caught_up() -> None:
    one, two = _customers(2)
    _events([one, two])
    merge(one, two, actor="ann", now=NOW)  # not committed yet in this test, so not told
    assert _owners() == [one, two]
    assert catch_up()
    assert _owners() == [one, one]
    assert publish_aliases() == 0


def test_a_merged_id_shows_the_survivor() -> None:
    one, two, three = _customers(3)
    row = merge(one, two, actor="ann", now=NOW)
    assert (survivor(two), view(two).id, views([two, three])[two].id) == (one, one, one)
    assert all_ids_of([two, three]) == {two: [one, two], three: [three]}
    assert [each.id for each in list_customers()] == [one, three]
    assert sorted(customer_frame()["customer_id"].to_pylist()) == [one, three]
    record_consent([two], "email", "marketing", "granted", source="form", now=NOW)
    assert view(two).traits == {"n": 0}  # of one moment: the elder's
    split(row.pk, actor="ann", now=NOW)
    assert sorted(customer_frame()["customer_id"].to_pylist()) == [one, two, three]


def test_removing_a_customer_takes_all_records_along() -> None:
    one, two, three = _customers(3)
    merge(one, two, actor="ann", now=NOW)
    Proposal.objects.create(first_id=two, second_id=three, score=0.7, at=NOW)
    assert remove_customers([two], actor="ann", now=NOW) == 2
    assert list(Customer.everyone.values_list("pk", flat=True)) == [three]
    assert not Part.objects.exists()
    assert not Merge.objects.exists()
    assert not Proposal.objects.exists()
    with pytest.raises(NotFound):
        view(two)
