"""The default composer: renders each claim's variant, signs its links, adds what mail needs to be answered."""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from setpoint.content.services import company_context, message_context, offer_context, offer_view, renderer
from setpoint.content.types import OfferView, Rendered
from setpoint.customers.services import views
from setpoint.customers.types import CustomerView
from setpoint.delivery.links import Choice, Hit, base_url, choice_url, hit_url
from setpoint.delivery.types import Claim, OutgoingMessage, Refusal
from setpoint.governance.services import company
from setpoint.kernel.errors import SetpointError

_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://[^"'<>\s]+)\2""", re.IGNORECASE)
_HIDDEN = "position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden;font-size:1px;color:transparent"


def compose(claims: Sequence[Claim]) -> list[OutgoingMessage | Refusal]:
    """One message a claim, or a refusal with its reason. One customer's bad data never spoils the others' messages."""
    batch = _Batch(claims)
    return [_compose_one(claim, batch) for claim in claims]


@dataclass
class _Batch:
    """What the messages of one batch share, read once."""

    claims: Sequence[Claim]
    customers: Mapping[int, CustomerView] = field(init=False)
    company: Mapping[str, str] = field(init=False)
    _renderers: dict[tuple[int, str], Any] = field(default_factory=dict)
    _offers: dict[int | None, OfferView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.customers = views([claim.customer_id for claim in self.claims])
        self.company = company_context(company())

    def renderer(self, variant_id: int, language: str) -> Any:
        place = (variant_id, language)
        if place not in self._renderers:
            self._renderers[place] = renderer(variant_id, language)
        return self._renderers[place]

    def offer(self, offer_id: int | None) -> OfferView:
        if offer_id not in self._offers:
            self._offers[offer_id] = offer_view(offer_id)
        return self._offers[offer_id]


def _compose_one(claim: Claim, batch: _Batch) -> OutgoingMessage | Refusal:
    try:
        return _message(claim, batch)
    except SetpointError as error:
        return Refusal(claim.key, f"content: {error.message}"[:200])
    except (ValueError, TypeError, KeyError) as error:
        return Refusal(claim.key, f"content: {error!r}"[:200])


def _message(claim: Claim, batch: _Batch) -> OutgoingMessage:
    customer = batch.customers[claim.customer_id]
    choice = Choice(claim.delivery_id, claim.customer_id, claim.channel, claim.purpose, claim.source)
    links = {"unsubscribe": choice_url("u", choice), "preferences": choice_url("p", choice)}
    offer = offer_context(batch.offer(claim.offer_id), code=claim.offer_code, expires_at=claim.offer_expires_at)
    context = message_context(customer, offer=offer, company=batch.company, links=links)
    rendered = batch.renderer(claim.variant_id, claim.language).render(context)
    hit = Hit(claim.delivery_id, claim.customer_id, int(claim.at.timestamp()), claim.source)
    return OutgoingMessage(
        key=claim.key,
        delivery_id=claim.delivery_id,
        address=claim.address,
        subject=rendered.subject,
        text=rendered.text,
        html=with_tracking(rendered.html, hit) if rendered.html else "",
        headers=_headers(links["unsubscribe"]),
        metadata=_metadata(claim, rendered, links, hit, from_name=batch.company["from_name"]),
    )


def _headers(unsubscribe: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def with_tracking(html: str, hit: Hit) -> str:
    """HTML whose links to others pass by us, with an open picture and a link that people cannot see."""
    ours = base_url() + "/"

    def track(found: re.Match[str]) -> str:
        url = html_entities.unescape(found[3])
        if url.startswith(ours):
            return found[0]
        return f"{found[1]}{found[2]}{hit_url('c', replace(hit, url=url))}{found[2]}"

    honeypot = f'<a href="{hit_url("h", hit)}" style="{_HIDDEN}" tabindex="-1" aria-hidden="true">&#8203;</a>'
    picture = f'<img src="{hit_url("o", hit)}" width="1" height="1" alt="">'
    body, end, rest = _HREF.sub(track, html).rpartition("</body>")
    return f"{body}{honeypot}{picture}{end}{rest}" if end else f"{rest}{honeypot}{picture}"


def _metadata(
    claim: Claim, rendered: Rendered, links: Mapping[str, str], hit: Hit, *, from_name: str
) -> dict[str, Any]:
    """For channels that send data rather than a text."""
    return {
        "from_name": from_name,
        "customer_id": claim.customer_id,
        "source": claim.source,
        "round": claim.round,
        "slot": claim.slot,
        "variant_id": claim.variant_id,
        "offer_id": claim.offer_id,
        "offer_code": claim.offer_code,
        "offer_expires_at": _iso(claim.offer_expires_at),
        "language": claim.language,
        "links": {**links, "open": hit_url("o", hit)} | _first_link(rendered.text, hit),
        "at": claim.at,
    }


def _first_link(text: str, hit: Hit) -> dict[str, str]:
    found = re.search(r"https?://[^\s<>\"')]+", text)
    if found is None or found[0].startswith(base_url() + "/"):
        return {}
    return {"click": hit_url("c", replace(hit, url=found[0]))}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
