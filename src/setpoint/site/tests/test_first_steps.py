"""The check-list counts what the company has itself."""

from __future__ import annotations

import pytest

from setpoint.customers.models import Customer
from setpoint.governance.models import User
from setpoint.governance.services import update_company
from setpoint.site.company import numbering
from setpoint.site.company.models import DemoCompany
from setpoint.site.first_steps import first_steps

pytestmark = pytest.mark.django_db


def _done() -> set[str]:
    return {step.name for step in first_steps(None).steps if step.done}


def test_nothing_is_done_at_first() -> None:
    found = first_steps(None)
    assert (found.done, found.total) == (0, 8)
    assert [step.name for step in found.steps if step.needed] == ["address", "customers", "channel", "template"]


def test_an_address_and_a_customer_count(now) -> None:
    update_company(now=now, physical_address="1 Market Street, 75001 Paris")
    Customer.objects.create(created_at=now, updated_at=now)
    assert _done() == {"address", "customers"}


def test_what_the_demo_brought_does_not_count(now) -> None:
    blocks = numbering.reserve()
    DemoCompany.objects.create(pk=1, state="ready", blocks=numbering.to_json(blocks), changed_at=now)
    Customer.objects.create(pk=blocks["customers.customer"].first, created_at=now, updated_at=now)
    assert _done() == set()
    Customer.objects.create(created_at=now, updated_at=now)
    assert _done() == {"customers"}


def test_a_second_person_counts(now) -> None:
    for name in ("ann", "bob"):
        User.objects.create(email=f"{name}@x.org", created_at=now)
    assert _done() == {"people"}
