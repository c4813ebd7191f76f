"""Who may be reached where, and which addresses must not be written to.

Fails closed: what is not known is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from setpoint.customers.bulk import among, write_rows
from setpoint.customers.identity.aliases import survivors
from setpoint.customers.models import Customer, Identity, Part, Suppression
from setpoint.customers.normal import EVERY_CHANNEL, normalise_address, normalise_channel
from setpoint.customers.types import CHANNEL_IDENTITY, Contact
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Invalid, NotFound

HARD_BOUNCE = "hard bounce"
"""The reason of suppressions that say of an address, not of a person, that it takes no mail."""


def contacts(customer_ids: Sequence[int], *, channel: str, purpose: str) -> dict[int, Contact]:
    """Whether and where each customer may be reached right now. One query, never from a cache.

    Refusals, the first that fits: "unknown_customer", "suppressed" (this address on this channel, or any identity of
    the customer on all channels; of one merged from several records, any of their addresses on this channel, unless
    only its mail bounced), "no_address", "no_consent" (nothing said, or denied). The id of a record that was merged
    means the survivor.
    """
    kinds = _kinds(channel)
    best: dict[int, tuple[tuple[int, int], Contact]] = {}
    for row in _rows(set(customer_ids), channel, purpose, kinds):
        rank = (-kinds.index(row["name__kind"]), row["name__id"]) if row["name__kind"] else (-len(kinds), 0)
        if row["id"] not in best or rank > best[row["id"]][0]:
            best[row["id"]] = rank, _contact(row)
    found = {pk: contact for pk, (_rank, contact) in best.items()}
    if means := survivors(pk for pk in customer_ids if pk not in found):
        others = contacts(list(set(means.values())), channel=channel, purpose=purpose)
        found |= {pk: replace(others[root], customer_id=pk) for pk, root in means.items()}
    return {pk: found.get(pk) or Contact(pk, "", "en", "UTC", "unknown_customer") for pk in customer_ids}


@needs("customers:write")
@transaction.atomic
def suppress(channel: str, address: str, reason: str, *, now: datetime, actor: str = "system") -> Suppression:
    """Never write to this address on this channel ("*": on any). The first reason is kept when it is said again."""
    channel = normalise_channel(channel)
    found, created = Suppression.objects.get_or_create(
        channel=channel,
        address=normalise_address(channel, address),
        defaults={"reason": check_reason(reason), "at": now},
    )
    if created:
        record_audit(actor, "suppressed", f"address:{found}", after={"reason": found.reason}, now=now)
    return found


def suppress_customers(customer_ids: Sequence[int], channel: str, reason: str, *, now: datetime) -> int:
    """Never write to the addresses that these customers have on a channel ("*": to none of theirs, on any channel);
    returns for how many customers that is new. The caller keeps the audit trail."""
    channel, reason = normalise_channel(channel), check_reason(reason)
    kinds = ("email", "phone", "webhook", "user_id") if channel == EVERY_CHANNEL else _kinds(channel)
    named = Identity.objects.filter(customer_id__in=among(customer_ids), kind__in=kinds)
    owner_of = dict(named.values_list("value", "customer_id"))
    known = Suppression.objects.filter(channel=channel, address__in=among(owner_of) if owner_of else [])
    fresh = sorted(set(owner_of) - set(known.values_list("address", flat=True)))
    texts = {"channel": [channel] * len(fresh), "address": fresh, "reason": [reason] * len(fresh)}
    columns: dict[str, list[Any]] = {**texts, "at": [now] * len(fresh)}
    write_rows(Suppression, columns, unique=["channel", "address"])
    return len({owner_of[address] for address in fresh})


@needs("customers:write")
@transaction.atomic
def lift_suppression(channel: str, address: str, *, now: datetime, reason: str = "", actor: str = "system") -> None:
    """Allow an address again, for a reason that the audit trail keeps; NotFound when it was not suppressed."""
    channel = normalise_channel(channel)
    found = Suppression.objects.filter(channel=channel, address=normalise_address(channel, address)).first()
    if found is None:
        raise NotFound(
            _("This address is not suppressed on this channel."),
            remedy=_("List the suppressions to see their spelling."),
        )
    after = {"reason": check_reason(reason)}
    record_audit(actor, "lifted", f"address:{found}", before={"reason": found.reason}, after=after, now=now)
    found.delete()


def list_suppressions(*, channel: str | None = None, after: int = 0, limit: int = 100) -> list[Suppression]:
    """Suppressions with an id above `after`, oldest first, at most `limit`; of one channel where it is given."""
    return list(find_suppressions(channel=channel, after=after)[:limit])


def find_suppressions(
    *, channel: str | None = None, q: str = "", after: int = 0, newest: bool = False
) -> QuerySet[Suppression]:
    """Suppressions by id, of a channel, of addresses that begin with `q`; `after` is the last id of the page before."""
    rows = Suppression.objects.filter(channel=normalise_channel(channel)) if channel else Suppression.objects.all()
    if q:
        rows = rows.filter(address__istartswith=q.strip())
    if after:
        rows = rows.filter(pk__lt=after) if newest else rows.filter(pk__gt=after)
    return rows.order_by("-pk" if newest else "pk")


def _kinds(channel: str) -> tuple[str, ...]:
    kind = CHANNEL_IDENTITY.get(channel, channel)
    if kind == "webhook":
        return ("webhook", "user_id")
    return (kind,)


def _rows(ids: Iterable[int], channel: str, purpose: str, kinds: Sequence[str]) -> Any:
    everywhere = Suppression.objects.filter(channel=EVERY_CHANNEL, address=OuterRef("value"))
    refused = Suppression.objects.filter(channel=channel, address=OuterRef("value")).exclude(reason=HARD_BOUNCE)
    names = Identity.objects.filter(customer_id=OuterRef("pk"))
    return (
        Customer.objects.filter(pk__in=among(ids))
        .annotate(
            name=FilteredRelation("identities", condition=Q(identities__kind__in=kinds)),
            consent=FilteredRelation(
                "consents", condition=Q(consents__channel=channel, consents__purpose=purpose, consents__state="granted")
            ),
            blocked=Exists(Suppression.objects.filter(channel=channel, address=OuterRef("name__value"))),
            barred=Exists(names.filter(Exists(everywhere)))
            | (Exists(Part.objects.filter(customer_id=OuterRef("pk"))) & Exists(names.filter(Exists(refused)))),
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


def check_reason(reason: str) -> str:
    """The reason of a suppression; Invalid when it cannot be kept."""
    if len(reason) > 200 or "\0" in reason:
        raise Invalid(_("A reason has at most 200 characters."), remedy=_("Write a shorter one."), field="reason")
    return reason
