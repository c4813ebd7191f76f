"""Several processes write the same people at once (PostgreSQL; SQLite has one writer at a time by design)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from setpoint.customers.models import Consent, ConsentChange, Customer, Identity
from setpoint.customers.services import record_consent, upsert_customers, views
from setpoint.customers.types import ConsentRecord, ConsentState, Profile

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
WRITERS = 4


def _at_once(work: Callable[[int], list[int]]) -> list[list[int]]:
    barrier = Barrier(WRITERS)

    def one(number: int) -> list[int]:
        barrier.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def test_people_created_by_all_at_once_are_there_once(now: datetime) -> None:
    people = [{"user_id": str(number), "email": f"p{number}@x.org"} for number in range(300)]
    said = (ConsentRecord("email", "marketing", "granted"),)

    def write(number: int) -> list[int]:
        order = people if number % 2 else people[::-1]
        ids = upsert_customers([Profile(names, {f"t{number}": number}, said, at=now) for names in order], now=now)
        return ids if number % 2 else ids[::-1]

    first, *others = _at_once(write)
    assert all(ids == first for ids in others)
    assert (Customer.objects.count(), Identity.objects.count(), Consent.objects.count()) == (300, 600, 300)
    assert ConsentChange.objects.count() == 300
    assert all(view.traits == {f"t{number}": number for number in range(WRITERS)} for view in views(first).values())


def test_no_writer_loses_what_another_wrote(now: datetime) -> None:
    upsert_customers([Profile({"user_id": "1"})], now=now)

    def write(number: int) -> list[int]:
        return [
            pk
            for turn in range(5)
            for pk in upsert_customers(
                [Profile({"user_id": "1"}, {f"t{number}": turn}, at=now + timedelta(seconds=turn))],
                now=now + timedelta(hours=1),
            )
        ]

    (pk,) = {pk for ids in _at_once(write) for pk in ids}
    assert views([pk])[pk].traits == {f"t{number}": 4 for number in range(WRITERS)}


def test_the_strictest_of_one_moment_holds_whoever_writes_last(now: datetime) -> None:
    ids = upsert_customers([Profile({"user_id": str(number)}) for number in range(50)], now=now)

    def write(number: int) -> list[int]:
        state: ConsentState = "denied" if number == 0 else "granted"
        record_consent(ids, "email", "marketing", state, source="page", now=now)
        return ids

    _at_once(write)
    assert set(Consent.objects.values_list("state", flat=True)) == {"denied"}
