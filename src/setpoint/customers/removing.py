"""Customers who are gone for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import transaction

from setpoint.customers.bulk import among
from setpoint.customers.identity.aliases import all_ids_of, forget
from setpoint.customers.models import Consent, ConsentChange, Customer, Identity
from setpoint.customers.revisions import note_removed
from setpoint.customers.tags import changing as tags
from setpoint.governance.services import needs, record_audit


@needs("customers:write")
@transaction.atomic
def remove_customers(customer_ids: Sequence[int], *, actor: str, now: datetime) -> int:
    """Delete these customers with their identities and consents; returns how many there were. Unknown ids are left
    out. Suppressions stay: they are of addresses, and outlive the customer. With a customer go all records that were
    merged into them."""
    asked = {pk for ids in all_ids_of(customer_ids).values() for pk in ids}
    found = list(Customer.everyone.filter(pk__in=among(asked)).values_list("pk", flat=True))
    if not found:
        return 0
    for model in (ConsentChange, Consent, Identity):
        model.objects.filter(customer_id__in=among(found)).delete()
    Customer.everyone.filter(pk__in=among(found)).delete()
    forget(found)
    tags.forget(np.array(found, dtype=np.int64))
    note_removed(found)
    record_audit(actor, "removed", "customers", after={"count": len(found), "ids": found[:100]}, now=now)
    return len(found)
