"""Identities that people add to a customer whom they see before them, or take off."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.identity.rules import join_settings
from setpoint.customers.models import Customer, Identity
from setpoint.customers.normal import normalise_identity
from setpoint.customers.revisions import touch
from setpoint.customers.services import view
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Conflict, NotFound, Refused


@needs("customers:write")
@transaction.atomic
def add_identity(
    customer_id: int, kind: str, value: str, *, version: int | None = None, now: datetime, actor: str = "system"
) -> int:
    """Add an identity, in any spelling; returns the version that holds now. Conflict where another customer has it,
    Refused where a customer has one of the kind alone; one that is there already changes nothing."""
    root, seen = _locked(customer_id, version)
    spelled = normalise_identity(kind, value)
    owner = Identity.objects.filter(kind=kind, value=spelled).values_list("customer_id", flat=True).first()
    if owner == root:
        return seen
    if owner is not None:
        raise Conflict(
            _("Customer %(id)s has this identity.") % {"id": owner},
            remedy=_("Merge the two where they are one person; else take it off that customer first."),
            field="value",
            details={"customer_id": owner},
        )
    if join_settings().rules[kind].single and Identity.objects.filter(customer_id=root, kind=kind).exists():
        raise Refused(
            _("A customer has one identity of this kind."), remedy=_("Remove the one that is there."), field="kind"
        )
    Identity.objects.create(customer_id=root, kind=kind, value=spelled, first_at=now, last_at=now)
    return _noted(root, "added identity of", None, {"kind": kind, "value": spelled}, now, actor)


@needs("customers:write")
@transaction.atomic
def remove_identity(
    customer_id: int, kind: str, value: str, *, version: int | None = None, now: datetime, actor: str = "system"
) -> int:
    """Take an identity off a customer; returns the version that holds now. Refused for the last one: nobody would be
    recognised any more."""
    root, _seen = _locked(customer_id, version)
    spelled = normalise_identity(kind, value)
    own = Identity.objects.filter(customer_id=root)
    row = own.filter(kind=kind, value=spelled).first()
    if row is None:
        raise NotFound(_("This customer has no such identity."), remedy=_("Look at the customer as it is now."))
    if own.count() == 1:
        raise Refused(
            _("This is the customer's last identity."), remedy=_("Add another one first, or remove the customer.")
        )
    row.delete()
    return _noted(root, "removed identity of", {"kind": kind, "value": spelled}, {}, now, actor)


def _locked(customer_id: int, version: int | None) -> tuple[int, int]:
    root = view(customer_id).id
    seen = Customer.objects.select_for_update().values_list("revision", flat=True).get(pk=root)
    refuse_stale(f"customer:{root}", seen=version, current=seen)
    return root, seen


def _noted(
    root: int, verb: str, before: dict[str, str] | None, after: dict[str, str], now: datetime, actor: str
) -> int:
    touch([root])
    current = Customer.objects.values_list("revision", flat=True).get(pk=root)
    record_audit(actor, verb, f"customer:{root}", before=before, after={**after, "version": current}, now=now)
    return current
