"""Merging and splitting: undone exactly, in any order; the strictest consent; aliases everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.identity.merging import Wish, join_all, merge, split
from setpoint.customers.identity_models import Merge, Part
from setpoint.customers.models import Consent, Customer, Identity
from setpoint.customers.services import record_consent, upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.kernel.errors import Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MOMENTS = st.sampled_from([NOW - timedelta(hours=hours) for hours in (0, 1, 2, 3)])
CONSENTS = st.builds(
    ConsentRecord, st.sampled_from(["email", "sms"]), st.just("marketing"), st.sampled_from(["granted", "denied"])
)


def _profiles(size: int) -> st.SearchStrategy[list[Profile]]:
    return st.lists(
        st.builds(
            dict,
            traits=st.dictionaries(st.sampled_from(["city", "age"]), st.sampled_from([None, "Lyon", 7, True])),
            consents=st.lists(CONSENTS, max_size=2).map(tuple),
            language=st.sampled_from([None, "zh", "en"]),
            timezone=st.sampled_from([None, "Asia/Shanghai"]),
            at=MOMENTS,
            mail=st.booleans(),
        ),
        min_size=size,
        max_size=size,
    ).map(lambda given: [_profile(number, **one) for number, one in enumerate(given)])


def _profile(number: int, *, mail: bool, **said: Any) -> Profile:
    names = {"device": f"d{number}"} | ({"email": f"p{number}@example.org"} if mail else {})
    return Profile(names, **said)


def _state() -> Any:
    """All that a customer is, whatever the numbers of rows and revisions."""
    people = Customer.objects.values_list("pk", "language", "timezone", "traits", "stated", "created_at", "updated_at")
    return (
        sorted((pk, *map(str, rest)) for pk, *rest in people),
        sorted(Identity.objects.values_list("kind", "value", "customer_id")),
        sorted(Consent.objects.values_list("customer_id", "channel", "purpose", "state", "source", "at")),
    )


def _clear() -> None:
    Customer.everyone.all().delete()
    Merge.objects.all().delete()
    Part.objects.all().delete()


@quick
@given(
    profiles=_profiles(5),
    pairs=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] != p[1]), min_size=1, max_size=5
    ),
    order=st.randoms(use_true_random=False),
)
def test_splits_in_any_order_give_back_what_was(profiles: list[Profile], pairs: list[Any], order: Any) -> None:
    _clear()
    ids = upsert_customers(profiles, now=NOW)
    before = _state()
    done: list[int] = []
    seen = [(_state(), set(done))]
    for first, second in pairs:
        wish = Wish(ids[first], ids[second])
        done += [row.pk for row in join_all([wish], method="person", actor="ann", now=NOW).merges]
        seen.append((_state(), set(done)))
    states = {frozenset(held): state for state, held in seen}
    held = set(done)
    for pk in order.sample(done, len(done)):
        split(pk, actor="ann", now=NOW)
        held.discard(pk)
        assert _state() == states.get(frozenset(held), _state())
    assert _state() == before
    assert not Part.objects.exists()


@quick
@given(profiles=_profiles(4), order=st.permutations([(0, 1), (1, 2), (2, 3)]))
def test_the_order_of_merges_does_not_matter(profiles: list[Profile], order: list[tuple[int, int]]) -> None:
    states = []
    for each in ([(0, 1), (1, 2), (2, 3)], order):
        _clear()
        ids = upsert_customers(profiles, now=NOW)
        for first, second in each:
            merge(ids[first], ids[second], actor="ann", now=NOW)
        people, names, consents = _state()
        assert [one[0] for one in people] == [ids[0]]
        states.append(([one[1:] for one in people], [one[:2] for one in names], [one[1:] for one in consents]))
    assert states[0] == states[1]


def test_the_newest_statement_holds_and_the_elder_survives() -> None:
    elder, younger = upsert_customers(
        [
            Profile({"email": "a@x.org"}, {"city": "Lyon", "age": 30}, at=NOW - timedelta(days=2)),
            Profile({"phone": "+33612345678"}, {"city": "Paris"}, language="zh", at=NOW - timedelta(days=1)),
        ],
        now=NOW,
    )
    row = merge(younger, elder, actor="ann", now=NOW)
    assert (row.survivor_id, row.merged_id, row.method) == (elder, younger, "person")
    person = Customer.objects.get()
    assert (person.pk, person.traits, person.language) == (elder, {"city": "Paris", "age": 30}, "zh-hans")
    assert Customer.everyone.get(pk=younger).merged_into == elder
    with pytest.raises(Conflict):
        merge(elder, younger, actor="ann", now=NOW)
    with pytest.raises(NotFound):
        merge(elder, 10**9, actor="ann", now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("granted", "denied", ["denied"]),
        ("granted", "granted", ["granted"]),
        ("granted", None, []),
        ("denied", None, ["denied"]),
        (None, None, []),
    ],
)
def test_the_strictest_consent_holds(one: str | None, other: str | None, together: list[str]) -> None:
    ids = [
        upsert_customers([Profile({"email": f"{said}{n}@x.org"}, consents=_said(said))], now=NOW)[0]
        for n, said in enumerate((one, other))
    ]
    merge(*ids, actor="ann", now=NOW)
    assert list(Consent.objects.values_list("state", flat=True)) == together


def _said(state: Any) -> tuple[ConsentRecord, ...]:
    return (ConsentRecord("email", "marketing", state),) if state else ()


def test_a_record_without_an_address_is_no_refusal() -> None:
    known, visitor = upsert_customers(
        [Profile({"email": "a@x.org"}, consents=_said("granted")), Profile({"anonymous_id": "v1"})], now=NOW
    )
    merge(known, visitor, actor="ann", now=NOW)
    assert Consent.objects.get().state == "granted"


def test_what_is_said_after_a_merge_lasts() -> None:
    one, other, third = upsert_customers(
        [
            Profile({"email": "a@x.org"}, {"city": "Lyon"}, consents=_said("denied")),
            Profile({"email": "b@x.org"}, consents=_said("granted")),
            Profile({"device": "d"}),
        ],
        now=NOW,
    )
    first = merge(one, other, actor="ann", now=NOW)
    later = NOW + timedelta(hours=1)
    upsert_customers([Profile({"email": "b@x.org", "openid": "o"}, {"city": "Nice"})], now=later)
    record_consent([one], "email", "marketing", "granted", source="form", now=later)
    merge(one, third, actor="ann", now=later)
    assert Consent.objects.get().state == "granted"  # said of the person as a whole, so an old refusal is history
    record_consent([one], "sms", "marketing", "denied", source="form", now=later)
    split(first.pk, actor="ann", now=later)
    people = {pk: (traits, sorted(kinds)) for pk, traits, kinds in _people()}
    assert people == {one: ({"city": "Nice"}, ["device", "email", "openid"]), other: ({}, ["email"])}
    said = {(row.customer_id, row.channel): row.state for row in Consent.objects.all()}
    assert said == {
        (one, "email"): "granted",
        (other, "email"): "granted",
        (one, "sms"): "denied",
        (other, "sms"): "denied",
    }


def _people() -> list[Any]:
    return [
        (row.pk, row.traits, Identity.objects.filter(customer=row).values_list("kind", flat=True))
        for row in Customer.objects.all()
    ]


def test_two_user_ids_never_join_and_what_was_split_stays_apart() -> None:
    ids = upsert_customers([Profile({"user_id": "u1"}), Profile({"user_id": "u2"}), Profile({"device": "d"})], now=NOW)
    with pytest.raises(Refused):
        merge(ids[0], ids[1], actor="ann", now=NOW)
    row = merge(ids[0], ids[2], actor="ann", now=NOW)
    with pytest.raises(Refused):
        merge(ids[1], ids[2], actor="ann", now=NOW)
    split(row.pk, why="a shared tablet", actor="ann", now=NOW)
    with pytest.raises(Conflict):
        split(row.pk, actor="ann", now=NOW)
    again = join_all([Wish(ids[0], ids[2])], method="rule", actor="rules", now=NOW)
    assert [why for _wish, why in again.refused] == ["kept_apart"]
    assert merge(ids[0], ids[2], actor="ann", now=NOW).undone_at is None
