"""What a template sees of a customer, an offer and the company; and how a message will look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from django.utils.translation import gettext as _

from setpoint.content.checks import Source
from setpoint.content.models import Template, Variant
from setpoint.content.offers import offer_view
from setpoint.content.renderers import compiled_form, renderer
from setpoint.content.rendering import Renderer
from setpoint.content.types import OfferView, Place, Problem, RenderContext, Rendered
from setpoint.content.variants import Wording, check_variant, written_source
from setpoint.customers.services import views
from setpoint.customers.types import CustomerView
from setpoint.governance.models import Company
from setpoint.governance.services import company
from setpoint.kernel.errors import NotFound

_PREVIEW_LINKS = {"unsubscribe": "#unsubscribe", "preferences": "#preferences"}
_HIDDEN = re.compile(r"<(?:div|span)[^>]{0,500}display:\s*none[^>]{0,500}>(.{0,2000}?)</(?:div|span)>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_PREHEADER = 140


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


@dataclass(frozen=True, slots=True)
class Previewed:
    """A message as somebody would get it, with what is wrong in its source. Nothing is rendered where an error stands.

    `preheader`: what inboxes show beside the subject.
    """

    subject: str
    preheader: str
    text: str
    html: str
    body: str
    problems: tuple[Problem, ...]


def preview(variant_id: int, *, customer_id: int | None, now: datetime, offer_id: int | None = None) -> Rendered:
    """The message as this customer would get it now (None: somebody of whom nothing is known).

    Its links lead nowhere and its code is an example.
    """
    customer = _customer(customer_id) if customer_id else _stranger("", now)
    context = _context(customer, offer_view(offer_id), now)
    return renderer(variant_id, customer.language).render(context)


def preview_source(
    wording: Wording, place: Place, *, now: datetime, customer_id: int | None = None, offer_id: int | None = None
) -> Previewed:
    """A source that is not saved yet, as a customer would get it; without one, as somebody of whom nothing is known."""
    source = Source("", "", channel=place.channel, purpose=place.purpose)
    written, _design = written_source(wording, source)
    checked = check_variant(written)
    problems = tuple(checked.problems)
    if checked.errors:
        return Previewed("", "", "", "", written.body, problems)
    row = Variant(
        template=Template(channel=place.channel, purpose=place.purpose),
        language=place.language,
        subject=written.subject,
        body=written.body,
        compiled_html=checked.compiled.html,
        compiled_text=checked.compiled.text,
    )
    customer = _customer(customer_id) if customer_id else _stranger(place.language, now)
    made = Renderer(compiled_form(row)).render(_context(customer, offer_view(offer_id), now))
    return Previewed(made.subject, preheader_of(made), made.text, made.html, written.body, problems)


def preheader_of(made: Rendered) -> str:
    """What an inbox shows beside the subject: the hidden first line of the HTML, else the text's beginning."""
    found = _HIDDEN.search(made.html)
    hidden = " ".join(unescape(_MARKUP.sub("", found[1])).split()) if found else ""
    return (hidden or " ".join(made.text.split()))[:_PREHEADER]


def _customer(customer_id: int) -> CustomerView:
    customer = views([customer_id]).get(customer_id)
    if customer is None:
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": customer_id},
            remedy=_("Choose another customer."),
            field="customer_id",
        )
    return customer


def _stranger(language: str, now: datetime) -> CustomerView:
    return CustomerView(0, {}, {}, language or company().language, "UTC", now)


def _context(customer: CustomerView, offer: OfferView, now: datetime) -> RenderContext:
    expires_at = now + timedelta(days=offer.valid_days)
    return message_context(
        customer,
        offer=offer_context(offer, code=f"{offer.code_prefix}EXAMPLE", expires_at=expires_at),
        company=company_context(company()),
        links=_PREVIEW_LINKS,
    )
