"""Names of a few customers are found by customer, however many names of that kind there are."""

from __future__ import annotations

import pytest
from django.db import connection

from setpoint.customers.bulk import among
from setpoint.customers.models import Identity

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by what the tables hold"),
]


@pytest.mark.parametrize("kinds", [("user_id",), ("email", "phone")])
def test_sqlite_looks_by_customer_first(kinds: tuple[str, ...]) -> None:
    names = Identity.objects.filter(customer_id__in=among([1, 2]), kind__in=kinds).order_by("pk")
    assert "customers_identity_of (customer_id=? AND kind=?)" in names.explain()
