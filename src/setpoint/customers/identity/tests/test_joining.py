"""Joining on arrival: what identities prove by the rules, and what they do not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.identity.merging import split
from setpoint.customers.identity.rules import change_rules, join_settings
from setpoint.customers.identity_models import Claim, Merge, Part
from setpoint.customers.models import Customer, Identity
from setpoint.customers.services import find_customer, upsert_customers, view
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


def _land(*names: dict[str, str]) -> list[int]:
    return upsert_customers([Profile(each) for each in names], now=NOW)


def test_a_visitors_history_joins_when_they_sign_in() -> None:
    visitor, known = _land({"anonymous_id": "v"}, {"user_id": "u"})
    (found,) = _land({"user_id": "u", "anonymous_id": "v"})
    assert found == visitor  # the elder record survives
    assert view(known).identities == {"anonymous_id": "v", "user_id": "u"}
    row = Merge.objects.get()
    assert (row.method, row.actor, row.evidence) == ("rule", "rules", [{"kind": "anonymous_id", "value": "v"}])
    assert AuditEntry.objects.filter(verb="merged", subject=f"merge:{row.pk}").count() == 1
    assert _land({"user_id": "u", "anonymous_id": "v"}) == [visitor]
    assert Merge.objects.count() == 1


def test_within_one_batch_too() -> None:
    ids = _land({"anonymous_id": "v"}, {"user_id": "u"}, {"user_id": "u", "anonymous_id": "v"})
    assert ids[2] in ids[:2]
    assert Customer.objects.count() == 1


def test_a_second_account_on_one_device_is_another_person() -> None:
    first, second = _land({"user_id": "a", "device": "tablet"}, {"user_id": "b", "device": "tablet"})
    assert first != second
    assert Claim.objects.get().customer_id == second
    (third,) = _land({"email": "c@x.org", "device": "tablet"})
    assert third not in (first, second)  # a value that two people state proves nothing
    assert find_customer("device", "tablet") == first


def test_a_familys_telephone_is_no_evidence_alone() -> None:
    anna, bruno = _land(
        {"email": "anna@x.org", "phone": "+49301234567"}, {"email": "bruno@x.org", "phone": "+49301234567"}
    )
    assert anna != bruno
    assert _land({"phone": "+49301234567"}) == [anna]
    lone, _other = _land({"phone": "+49309999999"}, {"email": "carla@x.org", "phone": "+49309999999"})
    assert view(lone).identities == {"phone": "+49309999999", "email": "carla@x.org"}


def test_a_split_pair_is_not_joined_again() -> None:
    visitor, known = _land({"device": "d"}, {"user_id": "u"})
    _land({"user_id": "u", "device": "d"})
    split(Merge.objects.get().pk, why="borrowed", actor="ann", now=NOW)
    assert _land({"user_id": "u", "device": "d"}) == [known]
    assert Customer.objects.count() == 2
    assert Claim.objects.get().customer_id == known
    assert _land({"device": "d"}) == [visitor]


def test_the_company_decides_what_joins() -> None:
    change_rules({"rules": [{"kind": "anonymous_id", "joins": False}]}, version=0, actor="ann", now=NOW)
    _visitor, known = _land({"anonymous_id": "v"}, {"user_id": "u"})
    assert _land({"user_id": "u", "anonymous_id": "v"}) == [known]
    assert Customer.objects.count() == 2
    change_rules({"rules": [{"kind": "email", "single": True}]}, version=1, actor="ann", now=NOW)
    one, other = _land({"email": "a@x.org", "openid": "o1"}, {"email": "b@x.org", "openid": "o2"})
    assert _land({"email": "b@x.org", "openid": "o1"}) == [other]
    assert view(one).id == one
    with pytest.raises(Conflict):
        change_rules({"propose_above": 0.8}, version=0, actor="ann", now=NOW)
    assert join_settings().version == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rules": [{"kind": "user_id", "single": False}]}, "rules"),
        ({"rules": [{"kind": "shoe"}]}, "rules"),
        ({"rules": [{"kind": "email", "most": 0}]}, "rules"),
        ({"propose_above": 0.0}, "propose_above"),
        ({"automatic_above": 0.8}, "automatic_above"),
        ({"columns": ["name"]}, "columns"),
    ],
)
def test_rules_that_cannot_be_are_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        change_rules(changes, version=None, actor="ann", now=NOW)
    assert caught.value.field == field
    assert join_settings().version == 0


def test_an_identity_tells_when_it_was_first_and_last_seen() -> None:
    _land({"email": "a@x.org"})
    later = NOW + timedelta(days=3)
    upsert_customers([Profile({"email": "a@x.org"})], now=later)
    upsert_customers([Profile({"email": "a@x.org"})], now=later + timedelta(hours=2))
    row = Identity.objects.get()
    assert (row.first_at, row.last_at) == (NOW, later)


NAMES = st.fixed_dictionaries(
    {},
    optional={
        "user_id": st.sampled_from(["u1", "u2"]),
        "email": st.sampled_from(["a@x.org", "b@x.org"]),
        "phone": st.sampled_from(["+4930111111", "+4930222222"]),
        "device": st.sampled_from(["d1", "d2", "d3"]),
    },
).filter(bool)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profiles=st.lists(NAMES, max_size=8))
def test_whatever_comes_nobody_is_lost_and_user_ids_stay_apart(profiles: list[dict[str, str]]) -> None:
    Identity.objects.all().delete()
    Customer.everyone.all().delete()
    Merge.objects.all().delete()
    Part.objects.all().delete()
    for each in profiles:
        _land(each)
    owners = {(row.kind, row.value): row.customer_id for row in Identity.objects.all()}
    living = set(Customer.objects.values_list("pk", flat=True))
    assert set(owners.values()) == living  # nobody without an identity, no identity of a record that was merged
    accounts = [owner for (kind, _value), owner in owners.items() if kind == "user_id"]
    assert len(accounts) == len(set(accounts))
    for row in Merge.objects.filter(undone_at=None).order_by("-pk"):
        split(row.pk, actor="ann", now=NOW)
    assert set(Customer.everyone.values_list("pk", flat=True)) >= living
    assert not Part.objects.exists()
