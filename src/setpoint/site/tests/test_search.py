"""Search over all records: prefixes, order, and nothing that the caller may not read."""

from __future__ import annotations

import pytest

from setpoint.autopilot.models import Campaign
from setpoint.customers.models import Customer, Identity
from setpoint.governance.types import SCOPES
from setpoint.site.search import search

pytestmark = pytest.mark.django_db
ALL = frozenset(SCOPES)


@pytest.fixture
def records(now) -> None:
    for number, (kind, value) in enumerate(
        [("email", "ann@x.org"), ("email", "anton@x.org"), ("user_id", "ann-7"), ("anonymous_id", "ann-anon")], start=1
    ):
        Customer.objects.create(pk=number, created_at=now, updated_at=now)
        Identity.objects.create(customer_id=number, kind=kind, value=value)
    for name in ("Spring with Ann", "Ann's week", "夏日新茶", "Étude"):
        Campaign.objects.create(name=name, spec={}, created_at=now)


def _labels(query: str, scopes: frozenset[str] = ALL) -> list[str]:
    return [hit.label for hit in search(query, scopes)]


def test_customers_by_the_beginning_of_an_identity(records) -> None:
    assert _labels("ann", frozenset({"customers:read"})) == ["ann-7", "ann@x.org"]
    assert _labels("x.org", frozenset({"customers:read"})) == []


def test_a_number_finds_the_customer(records) -> None:
    hits = search("2", frozenset({"customers:read"}))
    assert [(hit.label, hit.detail, hit.address) for hit in hits] == [("anton@x.org", "#2", "/customers/2")]


def test_names_that_begin_with_the_words_come_first(records) -> None:
    assert _labels("ANN", frozenset({"campaigns:read"})) == ["Ann's week", "Spring with Ann"]


@pytest.mark.parametrize(
    ("query", "found"), [("新茶", "夏日新茶"), ("éTUDE", "Étude"), ("  spring   WITH ", "Spring with Ann")]
)
def test_any_script_and_case(records, query: str, found: str) -> None:
    assert _labels(query) == [found]


def test_only_what_may_be_read(records) -> None:
    assert {hit.kind for hit in search("ann", ALL)} == {"customer", "campaign"}
    assert search("ann", frozenset({"settings:read"})) == []


def test_nothing_asked_nothing_found(records) -> None:
    assert search("   ", ALL) == []


def test_no_more_than_five_of_a_kind(now) -> None:
    for number in range(8):
        Campaign.objects.create(name=f"Tea {number}", spec={}, created_at=now)
    assert _labels("tea") == [f"Tea {number}" for number in (7, 6, 5, 4, 3)]
