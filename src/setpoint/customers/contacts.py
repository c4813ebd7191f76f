"""Who may be reached where, and which addresses must not be written to.

Fails closed: what is not known is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, FilteredRelation, OuterRef, Q
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among
from setpoint.customers.models import Customer, Identity, Suppression
from setpoint.customers.normal import EVERY_CHANNEL, normalise_address, normalise_channel
from setpoint.customers.types import CHANNEL_IDENTITY, Contact
from setpoint.governance.services import record_audit
from setpoint.kernel.errors import Invalid, NotFound


def contacts(customer_ids: Sequence[int], *, channel: str, purpose: str) -> dict[int, Contact]:
    """Whether and where each customer may be reached right now. One query, never from a cache.

    Refusals, the first that fits: "unknown_customer", "suppressed" (this address on this channel, or any identity of
    the customer on all channels), "no_address", "no_consent" (nothing said, or denied).
    """
    kinds = _kinds(channel)
    best: dict[int, tuple[tuple[int, int], Contact]] = {}
    for row in _rows(set(customer_ids), channel, purpose, kinds):
        rank = (-kinds.index(row["name__kind"]), row["name__id"]) if row["name__kind"] else (-len(kinds), 0)
        if row["id"] not in best or rank > best[row["id"]][0]:
            best[row["id"]] = rank, _contact(row)
    return {pk: best[pk][1] if pk in best else Contact(pk, "", "en", "UTC", "unknown_customer") for pk in customer_ids}


@transaction.atomic
def suppress(channel: str, address: str, reason: str, *, now: datetime, actor: str = "system") -> Suppression:
    """Never write to this address on this channel ("*": on any). The first reason is kept when it is said again."""
    channel = normalise_channel(channel)
    found, created = Suppression.objects.get_or_create(
        channel=channel, address=normalise_address(channel, address), defaults={"reason": _reason(reason), "at": now}
    )
    if created:
        record_audit(actor, "suppressed", f"address:{found}", after={"reason": found.reason}, now=now)
    return found


@transaction.atomic
def lift_suppression(channel: str, address: str, *, now: datetime, actor: str = "system") -> None:
    """Allow an address again; NotFound when it was not suppressed."""
    channel = normalise_channel(channel)
    found = Suppression.objects.filter(channel=channel, address=normalise_address(channel, address)).first()
    if found is None:
        raise NotFound(
            _("This address is not suppressed on this channel."),
            remedy=_("List the suppressions to see their spelling."),
        )
    record_audit(actor, "lifted", f"address:{found}", before={"reason": found.reason}, now=now)
    found.delete()


def list_suppressions(*, channel: str | None = None, after: int = 0, limit: int = 100) -> list[Suppression]:
    """Suppressions with an id above `after`, oldest first, at most `limit`; of one channel where it is given."""
    rows = Suppression.objects.filter(pk__gt=after)
    return list((rows.filter(channel=normalise_channel(channel)) if channel else rows).order_by("pk")[:limit])


def _kinds(channel: str) -> tuple[str, ...]:
    kind = CHANNEL_IDENTITY.get(channel, channel)
    if kind == "webhook":
        return ("webhook", "user_id")
    return (kind,)


def _rows(ids: Iterable[int], channel: str, purpose: str, kinds: Sequence[str]) -> Any:
    everywhere = Suppression.objects.filter(channel=EVERY_CHANNEL, address=OuterRef("value"))
    return (
        Customer.objects.filter(pk__in=among(ids))
        .annotate(
            name=FilteredRelation("identities", condition=Q(identities__kind__in=kinds)),
            consent=FilteredRelation(
                "consents", condition=Q(consents__channel=channel, consents__purpose=purpose, consents__state="granted")
            ),
            blocked=Exists(Suppression.objects.filter(channel=channel, address=OuterRef("name__value"))),
            barred=Exists(Identity.objects.filter(Exists(everywhere), customer_id=OuterRef("pk"))),
        )
        .values(
            "id", "language", "timezone", "name__id", "name__kind", "name__value", "consent__id", "blocked", "barred"
        )
    )


def _contact(row: dict[str, Any]) -> Contact:
    refusal = None
    if row["blocked"] or row["barred"]:
        refusal = "suppressed"
    elif not row["name__value"]:
        refusal = "no_address"
    elif row["consent__id"] is None:
        refusal = "no_consent"
    return Contact(row["id"], row["name__value"] or "", row["language"], row["timezone"], refusal)


def _reason(reason: str) -> str:
    if len(reason) > 200 or "\0" in reason:
        raise Invalid(_("A reason has at most 200 characters."), remedy=_("Write a shorter one."), field="reason")
    return reason
