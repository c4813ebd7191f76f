"""Profiles become customers: once each, whatever the order, the batches and the repetitions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers import upsert
from setpoint.customers.models import Consent, ConsentChange, Customer, Identity, TraitName
from setpoint.customers.services import find_customer, trait_names, upsert_customers, views
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.governance.services import update_company
from setpoint.kernel.errors import Invalid, Unavailable

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

MOMENTS = st.sampled_from([NOW - timedelta(hours=hours) for hours in (0, 1, 2, 3)])
CONSENTS = st.builds(
    ConsentRecord, st.sampled_from(["email", "sms"]), st.just("marketing"), st.sampled_from(["granted", "denied"])
)
PROFILES = st.builds(
    Profile,
    identities=st.fixed_dictionaries(
        {"user_id": st.sampled_from(["u1", "u2", "u3"])}, optional={"email": st.just("shared@example.com")}
    ),
    traits=st.dictionaries(st.sampled_from(["city", "age"]), st.sampled_from([None, "Lyon", 7, True])),
    consents=st.lists(CONSENTS, max_size=2).map(tuple),
    language=st.sampled_from([None, "zh", "en"]),
    timezone=st.sampled_from([None, "Asia/Shanghai", "Europe/Paris"]),
    at=MOMENTS,
)


def _kept() -> dict[str, Any]:
    people = {
        name.value: (name.customer.language, name.customer.timezone, name.customer.traits, name.customer.stated)
        for name in Identity.objects.filter(kind="user_id").select_related("customer")
    }
    owners = dict(Identity.objects.filter(kind="user_id").values_list("customer_id", "value"))
    consents = {
        (owners[row.customer_id], row.channel, row.purpose): (row.state, row.at) for row in Consent.objects.all()
    }
    return {"people": people, "consents": consents}


def _clear() -> None:
    Customer.objects.all().delete()
    TraitName.objects.all().delete()


@quick
@given(profiles=st.lists(PROFILES, max_size=8))
def test_doing_it_again_changes_nothing(profiles: list[Profile]) -> None:
    _clear()
    ids = upsert_customers(profiles, now=NOW)
    before, history = _kept(), ConsentChange.objects.count()
    assert upsert_customers(profiles, now=NOW + timedelta(days=1)) == ids
    # Of statements of one moment about a trait the last holds, so the second run passes through the same states.
    assert _kept() == before
    assert ConsentChange.objects.count() == history


@quick
@given(profiles=st.lists(PROFILES, max_size=8), cut=st.integers(0, 8))
def test_batches_do_not_matter(profiles: list[Profile], cut: int) -> None:
    _clear()
    ids = upsert_customers(profiles, now=NOW)
    whole = _kept()
    _clear()
    parts = upsert_customers(profiles[:cut], now=NOW) + upsert_customers(profiles[cut:], now=NOW)
    assert _pattern(parts) == _pattern(ids)
    split = _kept()
    assert split["consents"] == whole["consents"]
    if len({(profile.identities["user_id"], profile.at) for profile in profiles}) == len(profiles):
        assert split == whole


@quick
@given(profiles=st.lists(PROFILES, max_size=6, unique_by=lambda p: (p.identities["user_id"], p.at)), data=st.data())
def test_the_order_of_arrival_does_not_matter(profiles: list[Profile], data: st.DataObject) -> None:
    _clear()
    for profile in profiles:
        upsert_customers([profile], now=NOW)
    one = _kept()
    _clear()
    upsert_customers(data.draw(st.permutations(profiles)), now=NOW)
    assert _kept() == one


def _pattern(ids: list[int]) -> list[int]:
    return [ids.index(each) for each in ids]


def test_one_person_named_several_times_in_a_batch_is_one_customer(now: datetime) -> None:
    ids = upsert_customers(
        [
            Profile({"anonymous_id": "a"}, {"seen": "shoes"}),
            Profile({"anonymous_id": "a", "email": " Ann@EXAMPLE.com "}, {"city": "Lyon"}),
            Profile({"email": "ann@example.com", "user_id": "7"}, {"city": "Paris"}),
            Profile({"user_id": "7", "phone": "+33 6 12-34.56"}),
        ],
        now=now,
    )
    assert len(set(ids)) == 1
    (view,) = views(ids).values()
    assert view.traits == {"seen": "shoes", "city": "Paris"}
    assert view.identities == {"anonymous_id": "a", "email": "ann@example.com", "user_id": "7", "phone": "+336123456"}


def test_a_profile_that_names_two_customers_makes_them_one(now: datetime) -> None:
    by_mail, by_id = upsert_customers([Profile({"email": "a@x.org"}), Profile({"user_id": "1"})], now=now)
    (found,) = upsert_customers([Profile({"email": "a@x.org", "user_id": "1"}, {"city": "Lyon"})], now=now)
    assert found == by_mail  # the elder record survives
    seen = views([by_id])[by_id]
    assert (seen.id, seen.identities, seen.traits) == (
        by_mail, {"email": "a@x.org", "user_id": "1"}, {"city": "Lyon"}
    )  # fmt: skip


def test_two_people_with_user_ids_of_their_own_are_never_one(now: datetime) -> None:
    shared = {"email": "family@x.org"}
    ids = upsert_customers([Profile({"user_id": "1", **shared}), Profile({"user_id": "2", **shared})], now=now)
    assert ids[0] != ids[1]
    assert find_customer("email", "FAMILY@x.org") == ids[0]
    assert upsert_customers([Profile({"user_id": "3", **shared})], now=now)[0] not in ids


def test_a_trait_of_none_is_removed_and_stays_removed_for_late_arrivals(now: datetime) -> None:
    person = {"user_id": "1"}
    (pk,) = upsert_customers([Profile(person, {"city": "Lyon", "age": 3})], now=now)
    upsert_customers([Profile(person, {"city": None}, at=now + timedelta(hours=2))], now=now + timedelta(hours=2))
    upsert_customers([Profile(person, {"city": "Nice"}, at=now + timedelta(hours=1))], now=now + timedelta(hours=3))
    assert views([pk])[pk].traits == {"age": 3}


def test_a_statement_from_the_future_counts_as_made_now(now: datetime) -> None:
    person = {"user_id": "1"}
    (pk,) = upsert_customers([Profile(person, {"city": "Lyon"}, at=now + timedelta(days=999))], now=now)
    upsert_customers([Profile(person, {"city": "Nice"})], now=now + timedelta(seconds=1))
    assert views([pk])[pk].traits == {"city": "Nice"}


def test_types_of_a_value_are_told_apart(now: datetime) -> None:
    (pk,) = upsert_customers([Profile({"user_id": "1"}, {"n": 1})], now=now)
    upsert_customers([Profile({"user_id": "1"}, {"n": True})], now=now)
    assert views([pk])[pk].traits["n"] is True
    assert trait_names() == {"n": "text"}


def test_unchanged_customers_are_not_written(now: datetime) -> None:
    profiles = [Profile({"user_id": str(i)}, {"n": i}, at=now) for i in range(3)]
    upsert_customers(profiles, now=now)
    upsert_customers([*profiles[:2], Profile({"user_id": "2"}, {"n": 9})], now=now + timedelta(hours=1))
    touched = Customer.objects.filter(updated_at__gt=now)
    assert [customer.traits for customer in touched] == [{"n": 9}]


def test_the_company_tells_language_and_time_zone_of_those_who_do_not(now: datetime) -> None:
    update_company(timezone="Asia/Shanghai", language="zh-hans", now=now)
    ids = upsert_customers(
        [
            Profile({"user_id": "1"}),
            Profile({"user_id": "2"}, language="en-GB", timezone="Mars/Olympus"),
            Profile({"user_id": "3"}, language="zh_TW", timezone="Europe/Paris"),
            Profile({"user_id": "4"}, language="fr"),
        ],
        now=now,
    )
    found = views(ids)
    assert [(found[pk].language, found[pk].timezone) for pk in ids] == [
        ("zh-hans", "Asia/Shanghai"),
        ("en", "Asia/Shanghai"),
        ("zh-hans", "Europe/Paris"),
        ("en", "Asia/Shanghai"),
    ]


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (Profile({}), "identities"),
        (Profile({"email": "", "user_id": ""}), "identities"),
        (Profile({"user_id": "   "}), "user_id"),
        (Profile({"shoe": "42"}), "identities"),
        (Profile({"user_id": "a\0b"}), "user_id"),
        (Profile({"user_id": "x" * 513}), "user_id"),
        (Profile({"user_id": "\ud800"}), "user_id"),
        (Profile({"email": "nobody"}), "email"),
        (Profile({"email": "a@b..c"}), "email"),
        (Profile({"email": "a b@c.org"}), "email"),
        (Profile({"phone": "call me"}), "phone"),
        (Profile({"user_id": "1"}, {"": 1}), "traits"),
        (Profile({"user_id": "1"}, {"n" * 201: 1}), "traits"),
        (Profile({"user_id": "1"}, {"a\0": 1}), "traits"),
        (Profile({"user_id": "1"}, {"a": "x\0"}), "a"),
        (Profile({"user_id": "1"}, {"a": float("nan")}), "a"),
        (Profile({"user_id": "1"}, {"a": 2**63}), "a"),
        (Profile({"user_id": "1"}, {"a": [{"b": "\0"}]}), "a"),
        (Profile({"user_id": "1"}, {"a": {1, 2}}), "a"),
        (Profile({"user_id": "1"}, {"a": "x" * 70_000}), "traits"),
        (Profile({"user_id": "1"}, consents=(ConsentRecord("", "marketing", "granted"),)), "channel"),
        (Profile({"user_id": "1"}, consents=(ConsentRecord("email", "m", "maybe"),)), "state"),  # type: ignore[arg-type]
        (Profile({"user_id": "1"}, at=NOW.replace(tzinfo=None)), "at"),
    ],
)
def test_what_cannot_be_kept_names_field_and_row_and_nothing_is_written(
    profile: Profile, field: str, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        upsert_customers([Profile({"user_id": "fine"}), profile], now=now)
    assert (refusal.value.field, refusal.value.row) == (field, 1)
    assert refusal.value.remedy
    assert not Customer.objects.exists()


def test_traits_that_grow_too_large_over_time_are_refused(now: datetime) -> None:
    upsert_customers([Profile({"user_id": "1"}, {"a": "x" * 60_000})], now=now)
    with pytest.raises(Invalid) as refusal:
        upsert_customers([Profile({"user_id": "2"}), Profile({"user_id": "1"}, {"b": "x" * 6_000})], now=now)
    assert (refusal.value.field, refusal.value.row) == ("traits", 1)


def test_nested_values_survive(now: datetime) -> None:
    value = {"list": [1, 2.5, None, True, "é", {"deep": "深"}]}
    (pk,) = upsert_customers([Profile({"user_id": "1"}, {"cart": value})], now=now)
    assert views([pk])[pk].traits == {"cart": value}


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("email", "Ann@Bücher.DE", "ann@xn--bcher-kva.de"),
        ("phone", "0033 (6) 12 34 56 78", "+33612345678"),
        ("phone", "8613800138000", "+8613800138000"),
        ("user_id", "  MiXed  ", "MiXed"),
    ],
)
def test_identities_have_one_spelling(kind: str, given: str, kept: str, now: datetime) -> None:
    upsert_customers([Profile({kind: given}), Profile({kind: kept})], now=now)
    assert Identity.objects.get().value == kept


@pytest.mark.parametrize("given", ["0171 1000003", "+0171 1000003", "1234", "+33 6 CALL ME"])
def test_a_phone_number_without_its_country_is_refused(given: str, now: datetime) -> None:
    with pytest.raises(Invalid, match="phone") as refusal:
        upsert_customers([Profile({"user_id": "1", "phone": given})], now=now)
    assert refusal.value.field == "phone"
    assert not Identity.objects.exists()


def test_more_profiles_than_one_internal_batch(now: datetime, monkeypatch) -> None:
    monkeypatch.setattr(upsert, "_BATCH", 2)
    profiles = [Profile({"user_id": str(i % 4)}, {"n": i}, at=now + timedelta(seconds=i - 9)) for i in range(9)]
    ids = upsert_customers(profiles, now=now)
    assert ids[:4] == ids[4:8]
    assert views(ids)[ids[0]].traits == {"n": 8}
    with pytest.raises(Invalid) as refusal:
        upsert_customers([*profiles, Profile({"user_id": "0"}, {"m": "x" * 65_525})] * 2, now=now)
    assert refusal.value.row == 9


def test_a_lost_race_is_run_again(now: datetime, monkeypatch) -> None:
    whole, calls = upsert._upsert_all, []

    def lose_first(*arguments: Any) -> list[int]:
        calls.append(1)
        ids = whole(*arguments)
        if len(calls) == 1:
            raise IntegrityError("taken")
        return ids

    monkeypatch.setattr(upsert, "_upsert_all", lose_first)
    assert len(upsert_customers([Profile({"user_id": "1"})], now=now)) == 1
    assert Customer.objects.count() == 1
    monkeypatch.setattr(upsert, "_upsert_all", lambda *_: (_ for _ in ()).throw(IntegrityError("taken")))
    with pytest.raises(Unavailable):
        upsert_customers([Profile({"user_id": "2"})], now=now)


def test_no_profiles_no_work(now: datetime, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(0):
        assert upsert_customers([], now=now) == []


def test_a_batch_takes_a_fixed_number_of_queries(now: datetime, django_assert_max_num_queries) -> None:
    profiles = [
        Profile({"user_id": str(i), "email": f"p{i}@x.org"}, {"n": i}, (ConsentRecord("email", "m", "granted"),))
        for i in range(1000)
    ]
    with django_assert_max_num_queries(22):
        upsert_customers(profiles, now=now)
