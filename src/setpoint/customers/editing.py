"""What people state of customers whom they see before them: traits, language, time zone, by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from setpoint.customers.bulk import among
from setpoint.customers.consents import record_consent
from setpoint.customers.models import Customer
from setpoint.customers.normal import normalise_statement
from setpoint.customers.services import view
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.customers.upsert import land_profiles, restate
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale


@needs("customers:write")
@transaction.atomic
def edit_customer(
    customer_id: int,
    *,
    traits: Mapping[str, Any],
    language: str | None = None,
    timezone: str | None = None,
    version: int | None = None,
    now: datetime,
    actor: str = "system",
) -> int:
    """State traits (None removes one), language or time zone of one customer; returns the version that holds now.

    `version` is the one that the person saw: Conflict where it was replaced meanwhile. NotFound for an unknown id.
    """
    profile = normalise_statement(Profile({}, traits, language=language, timezone=timezone))
    subject = f"customer:{customer_id}"
    seen = Customer.objects.select_for_update().filter(pk=customer_id).values_list("revision", flat=True).first()
    before = view(customer_id)
    refuse_stale(subject, seen=version, current=seen or 0)
    if not restate([customer_id], profile, now=now):
        return seen or 0
    after, current = view(customer_id), version_of(customer_id)
    changed = [name for name in traits if before.traits.get(name) != after.traits.get(name)]
    record_audit(
        actor,
        "changed",
        subject,
        before=_told(before, changed),
        after={**_told(after, changed), "version": current},
        now=now,
    )
    return current


@needs("customers:write")
@transaction.atomic
def put_customer(profile: Profile, *, now: datetime, actor: str = "system") -> int:
    """Find or create the customer of a profile, take over what it states, and keep that in the audit trail."""
    (landed,) = land_profiles([profile], now=now, source=actor)
    told = {"outcome": landed.outcome, "traits": sorted(profile.traits), "version": version_of(landed.customer_id)}
    record_audit(actor, "stated", f"customer:{landed.customer_id}", after=told, now=now)
    return landed.customer_id


@needs("customers:write")
@transaction.atomic
def state_consent(customer_id: int, said: ConsentRecord, *, source: str, now: datetime, actor: str = "system") -> None:
    """Record what one customer says now, on somebody's word; both are kept in the audit trail."""
    record_consent([customer_id], said.channel, said.purpose, said.state, source=source, now=now)
    told = {"channel": said.channel, "purpose": said.purpose, "state": said.state, "source": source}
    after = told | {"version": version_of(customer_id)}
    record_audit(actor, "consented", f"customer:{customer_id}", after=after, now=now)


def version_of(customer_id: int) -> int:
    """The number of the last change of a customer."""
    return Customer.objects.values_list("revision", flat=True).get(pk=customer_id)


def set_trait(customer_ids: Sequence[int], name: str, value: Any, *, now: datetime) -> int:
    """State one trait of many customers (None removes it); returns for how many that changed something."""
    known = list(Customer.objects.filter(pk__in=among(customer_ids)).values_list("pk", flat=True))
    return restate(known, normalise_statement(Profile({}, {name: value})), now=now)


def _told(customer: Any, traits: Sequence[str]) -> dict[str, Any]:
    told = {"language": customer.language, "timezone": customer.timezone}
    return told | {"traits": {name: customer.traits.get(name) for name in traits}}
