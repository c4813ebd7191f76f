"""Consent is strict, suppression stronger, and what is not known is a refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.models import Consent, ConsentChange, Customer, Suppression
from setpoint.customers.services import (
    consent_history,
    consents_of,
    contacts,
    lift_suppression,
    list_suppressions,
    record_consent,
    suppress,
    upsert_customers,
)
from setpoint.customers.types import ConsentRecord, ConsentState, Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.django_db
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STATES = st.sampled_from(["granted", "denied"])


def _person(now: datetime, *states: ConsentState, **identities: str) -> int:
    said = tuple(ConsentRecord("email", "marketing", state) for state in states)
    return upsert_customers([Profile(identities or {"email": "ann@x.org"}, consents=said)], now=now)[0]


def _refusal(pk: int, channel: str = "email", purpose: str = "marketing") -> str | None:
    return contacts([pk], channel=channel, purpose=purpose)[pk].refusal


@quick
@given(said=st.lists(st.tuples(st.integers(0, 3), STATES), min_size=1, max_size=8), data=st.data())
def test_the_latest_moment_holds_and_in_it_the_strictest(
    said: list[tuple[int, ConsentState]], data: st.DataObject
) -> None:
    Customer.objects.all().delete()
    pk = _person(NOW - timedelta(days=1))
    latest = max(hour for hour, _state in said)
    expected = "denied" if (latest, "denied") in said else "granted"
    for hour, state in data.draw(st.permutations(said)):
        at = NOW + timedelta(hours=hour)
        record_consent([pk], "email", "marketing", state, source="page", now=at)
    assert Consent.objects.get().state == expected
    assert consent_history(pk)[-1].state == expected or len({hour for hour, _state in said}) > 1


@quick
@given(said=st.lists(st.tuples(st.integers(0, 3), STATES), min_size=1, max_size=8))
def test_one_batch_and_many_agree(said: list[tuple[int, ConsentState]]) -> None:
    Customer.objects.all().delete()
    profiles = [
        Profile(
            {"user_id": "1"},
            consents=(ConsentRecord("email", "marketing", state),),
            at=NOW - timedelta(hours=hour),
        )
        for hour, state in said
    ]
    upsert_customers(profiles, now=NOW)
    together = Consent.objects.get().state
    Customer.objects.all().delete()
    for profile in profiles:
        upsert_customers([profile], now=NOW)
    assert Consent.objects.get().state == together


def test_the_history_keeps_each_change_and_no_repetition(now: datetime) -> None:
    pk = _person(now, "granted")
    later = now + timedelta(hours=1)
    assert record_consent([pk], "email", "marketing", "denied", source="unsubscribe link", now=later) == 1
    assert record_consent([pk], "email", "marketing", "denied", source="unsubscribe link", now=later) == 0
    assert [(change.state, change.source, change.at) for change in consent_history(pk)] == [
        ("granted", "profile", now),
        ("denied", "unsubscribe link", later),
    ]
    assert [consent.state for consent in consents_of(pk)] == ["denied"]


def test_consent_of_people_we_do_not_know_is_refused_as_a_whole(now: datetime) -> None:
    pk = _person(now)
    with pytest.raises(NotFound):
        record_consent([pk, pk + 999], "email", "marketing", "granted", source="page", now=now)
    assert not ConsentChange.objects.exists()


@quick
@given(
    consent=st.sampled_from([None, "granted", "denied"]),
    other=st.sampled_from([("sms", "marketing"), ("email", "service"), None]),
    address=st.booleans(),
    suppressed=st.sampled_from([None, "email", "*", "sms"]),
)
def test_contact_is_allowed_only_when_everything_speaks_for_it(
    consent: ConsentState | None, other: tuple[str, str] | None, address: bool, suppressed: str | None
) -> None:
    Customer.objects.all().delete()
    Suppression.objects.all().delete()
    pk = _person(NOW, **({"email": "ann@x.org"} if address else {"user_id": "1"}))
    if consent:
        record_consent([pk], "email", "marketing", consent, source="page", now=NOW)
    if other:
        record_consent([pk], *other, "granted", source="page", now=NOW)
    if suppressed in ("email", "*"):
        suppress(suppressed, "ANN@x.org", "complaint", now=NOW)
    elif suppressed:
        suppress("sms", "+33612345678", "wrong number", now=NOW)
    allowed = consent == "granted" and address and suppressed not in ("email", "*")
    contact = contacts([pk], channel="email", purpose="marketing")[pk]
    assert (contact.refusal is None) == allowed
    if address and suppressed in ("email", "*"):
        assert contact.refusal == "suppressed"


def test_a_contact_tells_where_and_how(now: datetime) -> None:
    pk = _person(now, "granted")
    contact = contacts([pk], channel="email", purpose="marketing")[pk]
    assert (contact.address, contact.language, contact.timezone, contact.refusal) == ("ann@x.org", "en", "UTC", None)


def test_unknown_people_and_unknown_channels_are_refused(now: datetime) -> None:
    pk = _person(now, "granted")
    assert _refusal(pk + 1) == "unknown_customer"
    assert _refusal(pk, channel="pigeon") == "no_address"
    assert _refusal(pk, purpose="service") == "no_consent"
    assert contacts([], channel="email", purpose="marketing") == {}


def test_the_current_address_is_used_and_a_dead_old_one_does_not_block_it(now: datetime) -> None:
    pk = _person(now, "granted", user_id="1", email="old@x.org")
    _person(now, user_id="1", email="new@x.org")
    suppress("email", "old@x.org", "hard bounce", now=now)
    contact = contacts([pk], channel="email", purpose="marketing")[pk]
    assert (contact.address, contact.refusal) == ("new@x.org", None)


def test_a_global_suppression_reaches_every_identity_of_the_customer(now: datetime) -> None:
    pk = _person(now, user_id="1", email="ann@x.org", phone="+33612345678")
    record_consent([pk], "sms", "marketing", "granted", source="page", now=now)
    assert _refusal(pk, channel="sms") is None
    suppress("*", "ann@x.org", "asked by letter", now=now)
    assert _refusal(pk, channel="sms") == "suppressed"


def test_a_webhook_reaches_its_own_identity_else_the_user_id(now: datetime) -> None:
    plain = _person(now, user_id="u1")
    own = _person(now, user_id="u2", webhook="device-7")
    record_consent([plain, own], "webhook", "marketing", "granted", source="page", now=now)
    found = contacts([plain, own], channel="webhook", purpose="marketing")
    assert {pk: contact.address for pk, contact in found.items()} == {plain: "u1", own: "device-7"}
    suppress("webhook", "u1", "gone", now=now)
    assert _refusal(plain, channel="webhook") == "suppressed"


def test_contacts_sees_what_changed_within_the_transaction(now: datetime, django_assert_num_queries) -> None:
    pk = _person(now, "granted")
    with transaction.atomic():
        assert _refusal(pk) is None
        record_consent([pk], "email", "marketing", "denied", source="link", now=now + timedelta(seconds=1))
        with django_assert_num_queries(1):
            assert _refusal(pk) == "no_consent"


def test_suppressing_twice_keeps_the_first_reason_and_lifting_is_on_record(now: datetime) -> None:
    suppress("email", "Ann@X.org", "complaint", now=now)
    suppress("email", "ann@x.org", "bounce", now=now)
    assert [(row.address, row.reason) for row in list_suppressions()] == [("ann@x.org", "complaint")]
    lift_suppression("email", "ANN@x.org", now=now, actor="ann")
    assert list_suppressions() == []
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "actor")) == [
        ("suppressed", "system"),
        ("lifted", "ann"),
    ]
    with pytest.raises(NotFound):
        lift_suppression("email", "ann@x.org", now=now)


@pytest.mark.parametrize(
    ("channel", "address"), [("email", "x"), ("sms", "x"), ("", "a@b.c"), ("*", "\0"), ("email", "")]
)
def test_addresses_that_cannot_be_are_refused(channel: str, address: str, now: datetime) -> None:
    with pytest.raises(Invalid):
        suppress(channel, address, "why", now=now)
