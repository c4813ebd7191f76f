"""The public verbs of customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from setpoint.customers.bulk import among
from setpoint.customers.consents import consent_history, record_consent
from setpoint.customers.contacts import contacts, find_suppressions, lift_suppression, list_suppressions, suppress
from setpoint.customers.frames import consent_frame, customer_frame
from setpoint.customers.frames import known_traits as trait_names
from setpoint.customers.identity.aliases import all_ids_of, catch_up, ids_of, survivor, survivors
from setpoint.customers.models import Consent, Customer, Identity
from setpoint.customers.normal import normalise_identity, normalise_profile
from setpoint.customers.removing import remove_customers
from setpoint.customers.types import CustomerView
from setpoint.customers.upsert import land_profiles, upsert_customers
from setpoint.kernel.errors import NotFound

__all__ = [
    "all_ids_of",
    "catch_up",
    "consent_frame",
    "consent_history",
    "consents_of",
    "contacts",
    "customer_frame",
    "find_customer",
    "find_suppressions",
    "ids_of",
    "known_identities",
    "land_profiles",
    "lift_suppression",
    "list_customers",
    "list_suppressions",
    "normalise_identity",
    "normalise_profile",
    "record_consent",
    "remove_customers",
    "suppress",
    "survivor",
    "survivors",
    "trait_names",
    "upsert_customers",
    "view",
    "views",
]


def views(customer_ids: Sequence[int]) -> dict[int, CustomerView]:
    """These customers as content and pages see them; unknown ids are left out. Of several identities of a kind the
    current one is shown. The id of a record that was merged shows the survivor."""
    names: defaultdict[int, dict[str, str]] = defaultdict(dict)
    ids = among(set(customer_ids))
    rows = Identity.objects.filter(customer_id__in=ids).order_by("pk")
    for owner, kind, value in rows.values_list("customer_id", "kind", "value"):
        names[owner][kind] = value
    people = Customer.objects.filter(pk__in=ids).values_list("pk", "traits", "language", "timezone", "created_at")
    found = {pk: CustomerView(pk, names[pk], *rest) for pk, *rest in people}
    if means := survivors(pk for pk in customer_ids if pk not in found):
        others = views(list(set(means.values())))
        found |= {pk: others[root] for pk, root in means.items() if root in others}
    return found


def view(customer_id: int) -> CustomerView:
    """One customer; NotFound when there is none of this id."""
    found = views([customer_id]).get(customer_id)
    if found is None:
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": customer_id}, remedy=_("Look up the customer by an identity.")
        )
    return found


def find_customer(kind: str, value: str) -> int | None:
    """The id of the customer with this identity, in any spelling; None when nobody has it."""
    spelled = normalise_identity(kind, value)
    return Identity.objects.filter(kind=kind, value=spelled).values_list("customer_id", flat=True).first()


def known_identities(names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these identities, (kind, value) in the one spelling, some customer has."""
    wanted = set(names)
    rows = (
        Identity.objects.filter(value__in=among({value for _kind, value in wanted}))
        if wanted
        else Identity.objects.none()
    )
    return wanted & set(rows.values_list("kind", "value"))


def list_customers(*, after: int = 0, limit: int = 100) -> list[CustomerView]:
    """Customers with an id above `after`, by id, at most `limit`."""
    ids = list(Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
    found = views(ids)
    return [found[pk] for pk in ids if pk in found]


def consents_of(customer_id: int) -> list[Consent]:
    """What one customer last said, by channel and purpose."""
    return list(Consent.objects.filter(customer_id=survivor(customer_id)).order_by("channel", "purpose"))
