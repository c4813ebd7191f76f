"""Consent and its history.

A later statement replaces an earlier one; of two statements of one moment the stricter wins. So the order in which
statements arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.models import Consent, ConsentChange, Customer
from setpoint.customers.normal import normalise_consent
from setpoint.customers.pieces import in_pieces
from setpoint.customers.types import ConsentState
from setpoint.kernel.errors import NotFound

Topic: TypeAlias = "tuple[int, str, str]"
"""(customer id, channel, purpose)"""
Statement: TypeAlias = "tuple[datetime, bool]"
"""(moment, denied); of two statements the greater one holds."""


@transaction.atomic
def record_consent(
    customer_ids: Sequence[int], channel: str, purpose: str, state: ConsentState, *, source: str, now: datetime
) -> int:
    """Record what these customers say now; returns for how many this changed something. NotFound for unknown ids."""
    channel, purpose, kept = normalise_consent(channel, purpose, state)
    wanted = sorted(set(customer_ids))
    _demand_customers(wanted)
    return apply_statements(
        {(customer_id, channel, purpose): (now, kept == "denied") for customer_id in wanted}, source=source
    )


def apply_statements(statements: Mapping[Topic, Statement], *, source: str) -> int:
    """Bring the consents up to date, append the changes of state to the history; returns how many changed."""
    known = _known(sorted({customer_id for customer_id, _channel, _purpose in statements}))
    fresh = {topic: said for topic, said in statements.items() if topic not in known or said > _said(known[topic])}
    changes = [topic for topic, (_at, denied) in fresh.items() if _state(denied) != _state_of(known.get(topic))]
    Consent.objects.bulk_create(
        (Consent(**_fields(topic, said, source)) for topic, said in sorted(fresh.items())),
        update_conflicts=True,
        unique_fields=["customer", "channel", "purpose"],
        update_fields=["state", "source", "at"],
    )
    ConsentChange.objects.bulk_create(ConsentChange(**_fields(topic, fresh[topic], source)) for topic in changes)
    return len(changes)


def consent_history(customer_id: int) -> list[ConsentChange]:
    """Every change of one customer's consents, oldest first."""
    return list(ConsentChange.objects.filter(customer_id=customer_id).order_by("at", "pk"))


def _demand_customers(ids: Sequence[int]) -> None:
    found = {
        pk for piece in in_pieces(ids) for pk in Customer.objects.filter(pk__in=piece).values_list("pk", flat=True)
    }
    if missing := [pk for pk in ids if pk not in found]:
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": missing[0]}, remedy=_("Look up the customer by an identity.")
        )


def _known(customer_ids: Iterable[int]) -> dict[Topic, Consent]:
    pieces = in_pieces(list(customer_ids))
    rows = (row for piece in pieces for row in Consent.objects.filter(customer_id__in=piece).select_for_update())
    return {(row.customer_id, row.channel, row.purpose): row for row in rows}


def _said(consent: Consent) -> Statement:
    return consent.at, consent.state == "denied"


def _state(denied: bool) -> str:
    return "denied" if denied else "granted"


def _state_of(consent: Consent | None) -> str | None:
    return consent.state if consent else None


def _fields(topic: Topic, said: Statement, source: str) -> dict[str, object]:
    customer_id, channel, purpose = topic
    at, denied = said
    return {
        "customer_id": customer_id,
        "channel": channel,
        "purpose": purpose,
        "state": _state(denied),
        "source": source[:100],
        "at": at,
    }
