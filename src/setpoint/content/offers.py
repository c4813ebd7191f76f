"""Offers: what they are worth, what they may cost, and how they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack, cast, get_args

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.content.models import Offer
from setpoint.content.types import OfferKind, OfferView
from setpoint.governance.services import company
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.kernel.money import format_money

LARGEST_MONEY = 10**15
NO_OFFER = OfferView(id=None, name="none", kind="none", value=0, cap=0, code_prefix="", valid_days=0)


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Everything of an offer but its name. Money in micros, percent in basis points (1000 = 10 %)."""

    kind: OfferKind = "none"
    value: int = 0
    cap: int = 0
    code_prefix: str = ""
    valid_days: int = 14
    text: Mapping[str, str] = field(default_factory=dict)
    min_order: int = 0


class TermArguments(TypedDict, total=False):
    """The keyword arguments of `create_offer`; see `OfferTerms`."""

    kind: OfferKind
    value: int
    cap: int
    code_prefix: str
    valid_days: int
    text: Mapping[str, str]
    min_order: int


def create_offer(name: str, *, now: datetime, **given: Unpack[TermArguments]) -> Offer:
    """Make an offer. Without a text, one is written in both languages. Refuses what could cost without bound."""
    terms = OfferTerms(**given)
    _check_terms(terms)
    values = asdict(terms) | {"text": _written_text(terms), "cap": terms.cap if terms.kind == "percent" else 0}
    try:
        with transaction.atomic():
            return Offer.objects.create(name=checked_name(name), created_at=now, **values)
    except IntegrityError:
        raise Conflict(
            _("An offer named %(name)s exists already.") % {"name": name},
            remedy=_("Choose another name."),
            field="name",
        ) from None


def list_offers() -> list[Offer]:
    """All offers, oldest first."""
    return list(Offer.objects.order_by("id"))


def offer_view(offer_id: int | None) -> OfferView:
    """An offer as others see it; None gives the offer of nothing."""
    if offer_id is None:
        return NO_OFFER
    found = Offer.objects.filter(pk=offer_id).first()
    if found is None:
        raise NotFound(_("There is no offer %(id)s.") % {"id": offer_id}, remedy=_("See the list of offers."))
    return view_of(found)


def view_of(offer: Offer) -> OfferView:
    """The frozen view of a row."""
    return OfferView(
        id=offer.pk,
        name=offer.name,
        kind=cast(OfferKind, offer.kind),
        value=offer.value,
        cap=offer.cap,
        code_prefix=offer.code_prefix,
        valid_days=offer.valid_days,
        text=dict(offer.text),
        min_order=offer.min_order,
    )


def offer_words(kind: OfferKind, value: int, cap: int, currency: str) -> dict[str, str]:
    """An offer in plain words: {"en": "10 % off, at most €5.00", "zh": "9 折，最多减 €5.00"}."""
    if kind == "amount":
        money = format_money(value, currency)
        return {"en": f"{money} off", "zh": f"立减 {money}"}
    if kind == "percent":
        money = format_money(cap, currency)
        share = f"{Decimal(value) / 100:f}".rstrip("0").rstrip(".") if value % 100 else str(value // 100)
        paid = Decimal(10_000 - value) / 1000
        fold = f"{paid.normalize():f}" if value < 10_000 else ""
        return {
            "en": f"{share} % off, at most {money}",
            "zh": f"{fold} 折，最多减 {money}" if fold else f"全免，最多减 {money}",
        }
    return {}


def checked_name(name: str) -> str:
    """A name that people can read: 1 to 200 printable characters. Invalid otherwise."""
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Invalid(_("A name has 1 to 200 characters on one line."), remedy=_("Write a shorter name."), field="name")
    return name.strip()


def _written_text(terms: OfferTerms) -> dict[str, str]:
    written = offer_words(terms.kind, terms.value, terms.cap, company().currency)
    return written | {language: text for language, text in terms.text.items() if text}


def _check_terms(terms: OfferTerms) -> None:
    if terms.kind not in get_args(OfferKind):
        _refuse("kind", _("This kind of offer is not known."), _("Choose none, amount or percent."))
    for name in ("value", "cap", "min_order"):
        if not 0 <= getattr(terms, name) <= LARGEST_MONEY:
            _refuse(name, _("This value is out of range."), _("Write a value from 0 to 1,000,000,000."))
    if terms.kind == "percent":
        _check_percent(terms)
    if terms.kind == "amount" and terms.value <= 0:
        _refuse("value", _("An amount off must be more than 0."), _("Write the amount, or choose the kind none."))
    if terms.kind == "none" and (terms.value or terms.cap):
        _refuse("value", _("An offer of nothing has no value."), _("Leave value and cap at 0."))
    _check_code_and_text(terms)


def _check_percent(terms: OfferTerms) -> None:
    if not 0 < terms.value <= 10_000:
        _refuse("value", _("A percentage off is more than 0 and at most 100."), _("Write basis points: 1000 is 10 %."))
    if terms.cap <= 0:
        _refuse(
            "cap",
            _("A percentage off needs a cap, because without one its cost has no bound."),
            _("Write the most that one redemption may cost."),
        )


def _check_code_and_text(terms: OfferTerms) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,32}", terms.code_prefix):
        _refuse("code_prefix", _("A code begins with letters, digits, - or _."), _("Write at most 32, such as SPRING."))
    if not 1 <= terms.valid_days <= 730:
        _refuse("valid_days", _("An offer is valid for 1 to 730 days."), _("Write a number of days."))
    for language, text in terms.text.items():
        if language not in ("en", "zh") or len(text) > 500 or not text.isprintable():
            _refuse("text", _("The text is one line in en and zh."), _("Write at most 500 characters for each."))


def _refuse(name: str, message: str, remedy: str) -> None:
    raise Invalid(message, remedy=remedy, field=name)
