"""What a template sees of a customer, an offer and the company; and how a message will look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from setpoint.content.offers import offer_view
from setpoint.content.types import OfferView, RenderContext, Rendered
from setpoint.content.variants import renderer
from setpoint.customers.services import views
from setpoint.customers.types import CustomerView
from setpoint.governance.models import Company
from setpoint.governance.services import company
from setpoint.kernel.errors import NotFound

_PREVIEW_LINKS = {"unsubscribe": "#unsubscribe", "preferences": "#preferences"}


def company_context(record: Company) -> dict[str, str]:
    """The company as templates see it."""
    return {
        "name": record.name,
        "address": record.physical_address,
        "currency": record.currency,
        "from_name": record.from_name or record.name,
    }


def offer_context(offer: OfferView, *, code: str = "", expires_at: datetime | None = None) -> dict[str, Any]:
    """An offer as templates see it; nothing for the offer of nothing."""
    if offer.kind == "none":
        return {}
    return {"name": offer.name, "text": dict(offer.text), "code": code, "expires_at": expires_at}


def message_context(
    customer: CustomerView,
    *,
    offer: Mapping[str, Any],
    company: Mapping[str, Any],
    links: Mapping[str, str],
) -> RenderContext:
    """Everything a renderer wants for one customer. The customer's id and language win over traits of those names."""
    seen = {**customer.traits, "id": customer.id, "language": customer.language}
    return {"customer": seen, "offer": offer, "company": company, "links": links}


def preview(variant_id: int, *, customer_id: int, now: datetime, offer_id: int | None = None) -> Rendered:
    """The message as this customer would get it now; its links lead nowhere and its code is an example."""
    customer = views([customer_id]).get(customer_id)
    if customer is None:
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": customer_id},
            remedy=_("Choose another customer."),
            field="customer_id",
        )
    offer = offer_view(offer_id)
    expires_at = now + timedelta(days=offer.valid_days)
    context = message_context(
        customer,
        offer=offer_context(offer, code=f"{offer.code_prefix}EXAMPLE", expires_at=expires_at),
        company=company_context(company()),
        links=_PREVIEW_LINKS,
    )
    return renderer(variant_id, customer.language).render(context)
