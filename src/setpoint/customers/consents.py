"""Consent and its history.

A later statement replaces an earlier one; of two statements of one moment the stricter wins. So the order in which
statements arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among, write_rows
from setpoint.customers.identity.aliases import ids_of, survivors
from setpoint.customers.models import Consent, ConsentChange, Customer
from setpoint.customers.normal import normalise_consent
from setpoint.customers.revisions import touch
from setpoint.customers.types import ConsentState
from setpoint.governance.services import needs
from setpoint.kernel.errors import NotFound

Topic: TypeAlias = "tuple[int, str, str]"
"""(customer id, channel, purpose)"""
Statement: TypeAlias = "tuple[datetime, bool]"
"""(moment, denied); of two statements the greater one holds."""


@needs("customers:write")
@transaction.atomic
def record_consent(
    customer_ids: Sequence[int], channel: str, purpose: str, state: ConsentState, *, source: str, now: datetime
) -> int:
    """Record what these customers say now; returns for how many this changed something. NotFound for unknown ids;
    the id of a record that was merged means the survivor."""
    channel, purpose, kept = normalise_consent(channel, purpose, state)
    means = survivors(customer_ids)
    wanted = sorted({means.get(pk, pk) for pk in customer_ids})
    _lock_customers(wanted)
    statements = {(customer_id, channel, purpose): (now, kept == "denied") for customer_id in wanted}
    changed = {customer_id for customer_id, _channel, _purpose in apply_statements(statements, source=source)}
    touch(changed)
    return len(changed)


def apply_statements(statements: Mapping[Topic, Statement], *, source: str) -> set[Topic]:
    """Bring the consents up to date, append the changes of state to the history; returns which changed.

    The caller notes the change of these customers.
    """
    if not statements:
        return set()
    known = _known({customer_id for customer_id, _channel, _purpose in statements})
    fresh = {topic: said for topic, said in statements.items() if topic not in known or said > known[topic]}
    changes = {topic: said for topic, said in fresh.items() if topic not in known or said[1] != known[topic][1]}
    unique = ["customer_id", "channel", "purpose"]
    write_rows(Consent, _columns(fresh, source), unique=unique, update=["state", "source", "at"])
    write_rows(ConsentChange, _columns(changes, source))
    return set(changes)


def consent_history(customer_id: int) -> list[ConsentChange]:
    """Every change of one customer's consents, of all their records, oldest first."""
    ids = ids_of(customer_id)
    return list(ConsentChange.objects.filter(customer_id__in=among(ids)).order_by("at", "pk"))


def _lock_customers(ids: Sequence[int]) -> None:
    rows = Customer.objects.filter(pk__in=among(ids)).select_for_update().order_by("pk")
    found = set(rows.values_list("pk", flat=True))
    if missing := [pk for pk in ids if pk not in found]:
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": missing[0]}, remedy=_("Look up the customer by an identity.")
        )


def _known(customer_ids: Iterable[int]) -> dict[Topic, Statement]:
    known: dict[Topic, Statement] = {}
    rows = Consent.objects.filter(customer_id__in=among(customer_ids)).select_for_update().order_by("pk")
    for customer_id, channel, purpose, at, state in rows.values_list(
        "customer_id", "channel", "purpose", "at", "state"
    ):
        known[customer_id, channel, purpose] = at, state == "denied"
    return known


def _columns(statements: Mapping[Topic, Statement], source: str) -> dict[str, list[Any]]:
    ordered = sorted(statements.items())
    return {
        "customer_id": [customer_id for (customer_id, _channel, _purpose), _said in ordered],
        "channel": [channel for (_customer_id, channel, _purpose), _said in ordered],
        "purpose": [purpose for (_customer_id, _channel, purpose), _said in ordered],
        "state": ["denied" if denied else "granted" for _topic, (_at, denied) in ordered],
        "source": [source[:100]] * len(ordered),
        "at": [at for _topic, (at, _denied) in ordered],
    }
