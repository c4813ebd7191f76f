"""Pages of a list, in any order and both ways, hold everybody once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.finding import Sought, all_found, find
from setpoint.customers.people import Said, people
from setpoint.customers.services import suppress, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=7)


def _walk(sort: str, limit: int, **sought: Any) -> list[list[int]]:
    pages, after = [], ""
    while True:
        page = find(Sought(**sought), sort=sort, after=after, limit=limit)
        pages.append(page.ids)
        if page.next is None:
            return pages
        after = page.next


@quick
@given(values=VALUES, limit=st.integers(1, 4), falling=st.booleans())
def test_pages_in_order_hold_everybody_once_both_ways(values: list[int | None], limit: int, falling: bool) -> None:
    offset = max(all_found(Sought()).tolist(), default=0)
    people = [Profile({"user_id": f"{offset}-{n}"}, {"rank": value}) for n, value in enumerate(values)]
    ids = upsert_customers(people, now=NOW)
    told = sorted(
        ((value is None, (-value if falling else value) if value is not None else 0, pk))
        for value, pk in zip(values, ids, strict=True)
    )
    expected = [pk for _missing, _value, pk in told]
    sort = "-trait:rank" if falling else "trait:rank"
    sought = {"ids": np.array(ids)}
    pages = _walk(sort, limit, **sought)
    assert [pk for page in pages for pk in page] == expected
    back = find(Sought(**sought), sort=sort, after="", limit=len(ids))
    assert (back.total, back.next, back.previous) == (len(ids), None, None)
    if len(pages) > 1:
        second = find(
            Sought(**sought), sort=sort, after=find(Sought(**sought), sort=sort, limit=limit).next or "", limit=limit
        )
        first = find(Sought(**sought), sort=sort, before=second.previous or "", limit=limit)
        assert (first.ids, first.previous) == (pages[0], None)
        assert find(Sought(**sought), sort=sort, after=first.next or "", limit=limit).ids == pages[1]


@pytest.fixture
def company(now: datetime) -> list[int]:
    granted = (ConsentRecord("email", "marketing", "granted"),)
    ids = upsert_customers(
        [Profile({"email": "Ann@example.com", "user_id": "A-1"}, {"first_name": "Ann", "last_name": "Smith"}, granted)],
        now=now - timedelta(days=9),
    )
    ids += upsert_customers([Profile({"phone": "+33 612 34"}, {"name": "Zoë Smithson"})], now=now - timedelta(days=5))
    ids += upsert_customers([Profile({"user_id": "B-2"}, {"first_name": "伟", "last_name": "张"})], now=now)
    return ids


@pytest.mark.parametrize(
    ("word", "places"),
    [
        ("ann@", [0]),
        ("ANN@EX", [0]),
        ("smith", [0, 1]),
        ("ann smi", [0]),
        ("A-1", [0]),
        ("+33612", [1]),
        ("0033 612", [1]),
        ("33612", [1]),
        ("张", [2]),
        ("nobody", []),
        ("%", []),
        ("  ", [0, 1, 2]),
    ],
)
def test_a_word_finds_names_addresses_and_ids(company: list[int], word: str, places: list[int]) -> None:
    found = find(Sought(q=word))
    assert (found.ids, found.total, found.capped) == ([company[place] for place in places], len(places), False)


def test_customers_without_a_name_are_not_in_the_way(now: datetime) -> None:
    ids = upsert_customers(
        [Profile({"user_id": "1"}), Profile({"user_id": "2"}, {"first_name": "Ann"}), Profile({"user_id": "3"})],
        now=now,
    )
    ids += upsert_customers([Profile({"user_id": "4"}, {"last_name": "Annan"}), Profile({"user_id": "5"})], now=now)
    assert find(Sought(q="ann")).ids == [ids[1], ids[3]]
    assert find(Sought(q="5")).ids[-1:] == [ids[4]]


def test_a_number_finds_the_customer(company: list[int]) -> None:
    assert find(Sought(q=f"#{company[1]}")).ids == [company[1]]


def test_when_they_came(company: list[int], now: datetime) -> None:
    assert find(Sought(created_from=now - timedelta(days=5)), sort="-created").ids == [company[2], company[1]]
    assert find(Sought(created_to=now - timedelta(days=5))).ids == company[:1]


def _happened(customer_id: int, event: str, at: datetime, kind: str = "track") -> dict[str, Any]:
    naive = at.replace(tzinfo=None)
    return {
        "message_id": f"{customer_id}{event}{at}",
        "type": kind,
        "event": event,
        "customer_id": customer_id,
        "ts": naive,
        "received_at": naive,
        "value": None,
        "properties": "{}",
        "day": naive.date(),
    }


def _land(version: int, *rows: dict[str, Any]) -> None:
    Lake(django_settings.SETPOINT_LAKE).append(
        "events", pa.Table.from_pylist(list(rows), schema=EVENTS), app="t", version=version
    )


def test_when_they_last_did_something(company: list[int], now: datetime) -> None:
    ann, zoe, wei = company
    assert find(Sought(), sort="-active").ids == company
    _land(1, _happened(ann, "Viewed", now - timedelta(days=3)), _happened(zoe, "Viewed", now - timedelta(days=2)))
    assert find(Sought(), sort="-active").ids == [zoe, ann, wei]
    _land(
        2,
        _happened(ann, "Bought", now - timedelta(days=1)),
        _happened(wei, "Email Opened", now),
        _happened(wei, "", now, "identify"),
    )
    assert find(Sought(), sort="active").ids == [zoe, ann, wei]
    assert find(Sought(active_from=now - timedelta(days=1, hours=1))).ids == [ann]
    Lake(django_settings.SETPOINT_LAKE).compact("events")
    assert find(Sought(active_to=now - timedelta(days=1, hours=1))).ids == [zoe]


def test_a_list_shows_who_they_are(company: list[int], now: datetime) -> None:
    suppress("email", "ann@example.com", "bounced", now=now)
    _land(1, _happened(company[2], "Viewed", now))
    ann, zoe, wei = people(company, traits=["last_name"])
    assert (ann.name, zoe.name, wei.name) == ("Ann Smith", "+3361234", "张伟") or zoe.name == "Zoë Smithson"
    assert (ann.traits, ann.consents, ann.suppressed) == (
        {"last_name": "Smith"},
        (Said("email", "marketing", "granted"),),
        ("email",),
    )
    assert (ann.active_at, wei.active_at, wei.suppressed) == (None, now, ())


@pytest.mark.parametrize("sort", ["colour", "", "-"])
def test_an_unknown_order_is_refused(sort: str) -> None:
    with pytest.raises(Invalid) as error:
        find(Sought(), sort=sort)
    assert error.value.field == "sort"


@pytest.mark.parametrize("place", ["?", "WyJ4Il0", "e30", "WzEsImEiXQ", "W3t9LDFd"])
def test_a_place_that_is_none_is_refused(company: list[int], place: str) -> None:
    with pytest.raises(Invalid) as error:
        find(Sought(), sort="-created", after=place)
    assert error.value.field == "after"
