"""Identities that people add and take off by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from setpoint.customers.identity.merging import merge, split
from setpoint.customers.identity.names import add_identity, remove_identity
from setpoint.customers.models import Customer, Identity
from setpoint.customers.services import find_customer, upsert_customers
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Invalid, NotFound, Refused

pytestmark = pytest.mark.django_db


def _two(now: datetime) -> list[int]:
    return upsert_customers([Profile({"email": "ann@x.org"}), Profile({"device": "d1"})], now=now)


def test_an_identity_is_added_found_and_taken_off(now: datetime) -> None:
    ann, _other = _two(now)
    seen = Customer.objects.get(pk=ann).revision
    version = add_identity(ann, "phone", "+33 6 12 34 56 78", version=seen, now=now, actor="kim")
    assert find_customer("phone", "+33612345678") == ann
    assert add_identity(ann, "phone", "+33612345678", version=version, now=now, actor="kim") == version
    with pytest.raises(Conflict, match="kim"):
        remove_identity(ann, "phone", "+33612345678", version=seen - 1, now=now, actor="lee")
    remove_identity(ann, "phone", "+33 6 12 34 56 78", version=version, now=now, actor="lee")
    assert find_customer("phone", "+33612345678") is None
    verbs = AuditEntry.objects.filter(subject=f"customer:{ann}").order_by("pk").values_list("actor", "verb")
    assert list(verbs) == [("kim", "added identity of"), ("lee", "removed identity of")]


def test_what_cannot_be_is_refused_and_nothing_happens(now: datetime) -> None:
    ann, other = _two(now)
    add_identity(ann, "user_id", "u1", now=now)
    before = sorted(Identity.objects.values_list("customer_id", "kind", "value"))
    with pytest.raises(Conflict) as told:
        add_identity(other, "email", "ANN@x.org", now=now)
    assert told.value.details == {"customer_id": ann}
    with pytest.raises(Refused):
        add_identity(ann, "user_id", "u2", now=now)
    with pytest.raises(Refused):
        remove_identity(other, "device", "d1", now=now)
    with pytest.raises(NotFound):
        remove_identity(ann, "device", "d1", now=now)
    with pytest.raises(Invalid):
        add_identity(ann, "shoe size", "44", now=now)
    assert sorted(Identity.objects.values_list("customer_id", "kind", "value")) == before


def test_of_merged_records_it_stays_with_the_survivor(now: datetime) -> None:
    ann, other = _two(now)
    row = merge(ann, other, actor="kim", now=now)
    add_identity(other, "phone", "+33612345678", now=now)
    remove_identity(ann, "device", "d1", now=now)
    split(row.pk, actor="kim", now=now)
    names = sorted(Identity.objects.values_list("customer_id", "kind"))
    assert names == [(ann, "email"), (ann, "phone")]
