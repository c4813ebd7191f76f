"""Offers: what they are worth, what they may cost, and how they are said."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict, Unpack, cast, get_args

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from setpoint.content.models import Offer
from setpoint.content.names import checked_name, free_name, unique
from setpoint.content.types import OfferKind, OfferView
from setpoint.governance.services import company, needs, record_audit
from setpoint.governance.versions import refuse_stale
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


@dataclass(frozen=True, slots=True)
class OfferQuery:
    """Which offers, and in which order."""

    q: str = ""
    archived: bool = False
    sort: Literal["newest", "oldest", "name"] = "oldest"


@dataclass(frozen=True, slots=True)
class Liability:
    """What an offer binds: at most `per_code` micros for each code handed out, until it is used or expires."""

    per_code: int
    days: int
    words: str


@needs("content:write")
@transaction.atomic
def create_offer(name: str, *, now: datetime, actor: str = "system", **given: Unpack[TermArguments]) -> Offer:
    """Make an offer. Without a text, one is written in both languages. Refuses what could cost without bound."""
    values = _values(OfferTerms(**given))
    with unique(_taken(name)):
        made = Offer.objects.create(name=checked_name(name), created_at=now, updated_at=now, **values)
    after = {"name": made.name, **values, "version": 1}
    record_audit(actor, "created", _subject(made), after=after, now=now)
    return made


@needs("content:write")
@transaction.atomic
def update_offer(
    offer_id: int,
    *,
    now: datetime,
    seen: int | None = None,
    name: str | None = None,
    actor: str = "system",
    **given: Unpack[TermArguments],
) -> Offer:
    """Change an offer that no message has carried yet; a used one can be renamed only, because its terms are promised.

    What is not given stays; a text that is left out is written anew where it was written for you.
    """
    offer = _locked(offer_id)
    refuse_stale(_subject(offer), seen=seen, current=offer.version)
    before = _shown(offer)
    terms = _changed_terms(offer, given)
    if terms != _terms(offer):
        _refuse_used(offer)
    _check_terms(terms)
    for key, value in (_values(terms) | {"name": offer.name if name is None else checked_name(name)}).items():
        setattr(offer, key, value)
    offer.version, offer.updated_at = offer.version + 1, now
    with unique(_taken(name or "")):
        offer.save()
    after = {key: value for key, value in _shown(offer).items() if value != before[key]} | {"version": offer.version}
    record_audit(
        actor, "changed", _subject(offer), before={key: before.get(key) for key in after}, after=after, now=now
    )
    return offer


@needs("content:write")
@transaction.atomic
def archive_offer(offer_id: int, *, archived: bool, now: datetime, actor: str = "system") -> Offer:
    """Put an offer away, or bring it back. Codes already sent stay good until they expire."""
    offer = _locked(offer_id)
    if (offer.archived_at is not None) == archived:
        return offer
    offer.archived_at, offer.updated_at, offer.version = now if archived else None, now, offer.version + 1
    offer.save(update_fields=["archived_at", "updated_at", "version"])
    verb = "archived" if archived else "restored"
    record_audit(actor, verb, _subject(offer), after={"version": offer.version}, now=now)
    return offer


@needs("content:write")
def duplicate_offer(offer_id: int, *, now: datetime, actor: str = "system") -> Offer:
    """A copy with terms that can be changed, because nobody has been promised them."""
    source = get_offer(offer_id)
    return create_offer(free_name(source.name, Offer.objects.all()), now=now, actor=actor, **asdict(_terms(source)))


def note_use(offer_ids: Collection[int], *, now: datetime) -> None:
    """These offers are planned into messages: their terms stay as they are from now on."""
    Offer.objects.filter(pk__in=offer_ids, used_at=None).update(used_at=now)


def find_offers(query: OfferQuery) -> QuerySet[Offer]:
    """Offers by what is asked."""
    rows = Offer.objects.filter(archived_at__isnull=not query.archived)
    if query.q:
        rows = rows.filter(name__icontains=query.q)
    order = {"newest": ("-id",), "oldest": ("id",), "name": ("name", "id")}[query.sort]
    return rows.order_by(*order)


def list_offers() -> list[Offer]:
    """All offers that are not archived, oldest first."""
    return list(find_offers(OfferQuery()))


def get_offer(offer_id: int) -> Offer:
    """One offer, or NotFound."""
    found = Offer.objects.filter(pk=offer_id).first()
    if found is None:
        raise NotFound(_("There is no offer %(id)s.") % {"id": offer_id}, remedy=_("See the list of offers."))
    return found


def liability_of(offer: Offer) -> Liability:
    """What each code that is sent puts aside, and how long."""
    most = {"amount": offer.value, "percent": offer.cap}.get(offer.kind, 0)
    if not most:
        return Liability(0, offer.valid_days, _("Costs nothing and binds no money."))
    said = {"money": format_money(most, company().currency), "days": offer.valid_days}
    words = _("Each message that carries it puts %(money)s aside, until the code is used or %(days)s days are over.")
    return Liability(most, offer.valid_days, words % said)


def offer_view(offer_id: int | None) -> OfferView:
    """An offer as others see it; None gives the offer of nothing."""
    return NO_OFFER if offer_id is None else view_of(get_offer(offer_id))


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


def _values(terms: OfferTerms) -> dict[str, Any]:
    _check_terms(terms)
    return asdict(terms) | {"text": _written_text(terms), "cap": terms.cap if terms.kind == "percent" else 0}


def _terms(offer: Offer) -> OfferTerms:
    return OfferTerms(**{each.name: getattr(offer, each.name) for each in fields(OfferTerms)})


def _changed_terms(offer: Offer, given: TermArguments) -> OfferTerms:
    """The terms with what is given. Words that were written for the old terms are written anew for the new ones."""
    old = _terms(offer)
    new = replace(old, **given)
    if new.kind == "none" and old.kind != "none":
        new = replace(new, value=0, cap=0)
    if "text" in given or new == old:
        return new
    written = offer_words(old.kind, old.value, old.cap, company().currency)
    own = {language: text for language, text in old.text.items() if text != written.get(language)}
    return replace(new, text={**offer_words(new.kind, new.value, new.cap, company().currency), **own})


def _refuse_used(offer: Offer) -> None:
    if offer.used_at is not None:
        raise Conflict(
            _("Messages already carry this offer, so its terms cannot change any more."),
            remedy=_("Make a copy and change that; use it from the next campaign on."),
            details={"used_at": offer.used_at.isoformat()},
        )


def _shown(offer: Offer) -> dict[str, Any]:
    return {"name": offer.name, **asdict(_terms(offer)), "text": dict(offer.text)}


def _locked(offer_id: int) -> Offer:
    get_offer(offer_id)
    return Offer.objects.select_for_update().get(pk=offer_id)


def _subject(offer: Offer) -> str:
    return f"offer:{offer.pk}"


def _taken(name: str) -> str:
    return _("An offer named %(name)s exists already.") % {"name": name}


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
