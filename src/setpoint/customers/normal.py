"""The one spelling of identities, addresses, languages, time zones and traits."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import msgspec

from setpoint.customers.types import CHANNEL_IDENTITY, IDENTITY_KINDS, ConsentRecord, Profile
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid

LONGEST_IDENTITY = 512
LONGEST_TRAIT_NAME = 200
MOST_TRAITS_BYTES = 64 * 1024
EVERY_CHANNEL = "*"
_LONGEST_EMAIL = 254
_DEEPEST_TRAIT = 20
_YEARS = range(1900, 9000)
_LONGEST_NAME = 50
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\_\x00-\x1f\x7f]+")
_PHONE_ORNAMENT = re.compile(r"[\s().\-/\u00a0\u2010\u2011]")
_PHONE = re.compile(r"\+?[1-9][0-9]{4,14}")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def normalise_profile(profile: Profile, *, row: int | None = None) -> Profile:
    """The profile in the one spelling; Invalid names the field (and `row`) that cannot be.

    E-mail addresses become lower case with an IDNA domain, phone numbers digits with a leading plus, languages
    "en" or "zh-hans". A time zone that does not exist counts as not stated; an empty identity as absent.
    """
    try:
        return replace(normalise_statement(profile), identities=_identities(profile.identities))
    except Invalid as error:
        error.row = row
        raise


def normalise_statement(profile: Profile) -> Profile:
    """What a profile states, in the one spelling, of whomever it is about: its identities stay as they are."""
    return Profile(
        identities=profile.identities,
        traits=_traits(profile.traits),
        consents=tuple(map(_consent, profile.consents)),
        language=normalise_language(profile.language) if profile.language else None,
        timezone=normalise_timezone(profile.timezone) if profile.timezone else None,
        at=_moment(profile.at),
    )


def normalise_identity(kind: str, value: str) -> str:
    """The one spelling of an identity; Invalid when the kind is unknown or the value cannot be one."""
    if kind not in IDENTITY_KINDS:
        raise Invalid(
            _("%(kind)s is not a kind of identity.") % {"kind": kind[:50]},
            remedy=_("Use one of: %(kinds)s.") % {"kinds": ", ".join(IDENTITY_KINDS)},
            field="identities",
        )
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_IDENTITY or _UNPRINTABLE.search(text):
        raise Invalid(
            _("This value cannot be an identity of kind %(kind)s.") % {"kind": kind},
            remedy=_("Write 1 to 512 printable characters."),
            field=kind,
        )
    spell = _SPELLINGS.get(kind)
    return spell(text) if spell else text


def normalise_address(channel: str, address: str) -> str:
    """The one spelling of an address on a channel; on "*" the kind is told by its look."""
    if channel == EVERY_CHANNEL:
        kind = "email" if "@" in address else "phone" if address.strip().startswith("+") else "user_id"
    else:
        kind = CHANNEL_IDENTITY.get(channel, "user_id")
    return normalise_identity(kind, address)


def normalise_email(text: str) -> str:
    """Lower case, with the domain in its ASCII form (IDNA 2003); Invalid when it cannot be an address."""
    local, _at, domain = text.lower().rpartition("@")
    try:
        spelled = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        spelled = ""
    if len(spelled) > _LONGEST_EMAIL or not _EMAIL.fullmatch(spelled) or "" in spelled.rpartition("@")[2].split("."):
        raise Invalid(
            _("This is not an e-mail address."), remedy=_("Write an address such as ann@example.com."), field="email"
        )
    return spelled


def normalise_phone(text: str) -> str:
    """Digits with a leading plus (E.164); Invalid when there are fewer than 5 or more than 15 digits, or letters.

    A number that begins with one 0 is written as within its country: the same digits are somebody else's elsewhere.
    """
    bare = _PHONE_ORNAMENT.sub("", text)
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    if not _PHONE.fullmatch(bare):
        raise Invalid(
            _("This is not a phone number."), remedy=_("Write it with the country code: +33612345678."), field="phone"
        )
    return f"+{bare.removeprefix('+')}"


@lru_cache(maxsize=1024)
def normalise_language(tag: str) -> str:
    """The offered language closest to a tag: Chinese of any kind is "zh-hans", all else "en"."""
    return "zh-hans" if re.split(r"[-_]", tag.strip().lower())[0] in ("zh", "cmn") else "en"


@lru_cache(maxsize=1024)
def normalise_timezone(name: str) -> str | None:
    """The time zone's name, or None when the IANA database has none of this name."""
    return name if name in available_timezones() else None


def normalise_consent(channel: str, purpose: str, state: str) -> tuple[str, str, str]:
    """A consent statement in the one spelling; Invalid names the part that cannot be."""
    if state not in ("granted", "denied"):
        raise Invalid(_("A consent is granted or denied."), remedy=_("Use one of the two."), field="state")
    return _short_name(channel, "channel"), _short_name(purpose, "purpose"), state


def normalise_channel(channel: str) -> str:
    """A channel's name; Invalid when it is empty, too long or unprintable."""
    return _short_name(channel, "channel")


def check_traits_size(traits: Mapping[str, Any], *, row: int | None = None) -> None:
    """Invalid when one customer's traits pass 64 kB."""
    if len(msgspec.json.encode(traits)) > MOST_TRAITS_BYTES:
        raise Invalid(
            _("The traits of this customer take more than 64 kB."),
            remedy=_("Send long texts and lists as events, or remove traits that are not needed."),
            field="traits",
            row=row,
        )


def trait_kind(value: Any) -> str:
    """Which type of trait a value is: "boolean", "number" or "text"."""
    kind = type(value)
    return "boolean" if kind is bool else "number" if kind in (int, float) else "text"


def _identities(given: Mapping[str, str]) -> dict[str, str]:
    spelled = {kind: normalise_identity(kind, value) for kind, value in given.items() if value not in ("", None)}
    if not spelled:
        raise Invalid(
            _("This profile names nobody."),
            remedy=_("Give at least one identity, such as user_id or email."),
            field="identities",
        )
    return spelled


def _traits(given: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in given.items():
        if not name or len(name) > LONGEST_TRAIT_NAME or _UNPRINTABLE.search(name):
            raise Invalid(
                _("A trait's name has 1 to 200 printable characters."), remedy=_("Rename the trait."), field="traits"
            )
        if not _is_plain(value):
            raise Invalid(
                _("The value of the trait %(name)s cannot be kept.") % {"name": name},
                remedy=_("Send text without NUL characters, a finite number, true, false, null, or JSON of these."),
                field=name,
            )
    check_traits_size(given)
    return given


def _is_plain(value: Any, depth: int = 0) -> bool:
    kind: type = type(value)
    if kind is str:
        return _UNSTORABLE.search(value) is None
    if kind is int:
        return bool(-(2**63) <= value < 2**63)
    if kind is float:
        return math.isfinite(value)
    return value is None or kind is bool or (depth < _DEEPEST_TRAIT and _is_plain_json(value, depth + 1))


def _is_plain_json(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(key) and _is_plain(part, depth) for key, part in value.items())
    return isinstance(value, list | tuple) and all(_is_plain(part, depth) for part in value)


@lru_cache(maxsize=4096)
def _consent(record: ConsentRecord) -> ConsentRecord:
    channel, purpose, _state = normalise_consent(record.channel, record.purpose, record.state)
    return ConsentRecord(channel, purpose, record.state)


def _short_name(name: str, field: str) -> str:
    cleaned = name.strip()
    if not cleaned or len(cleaned) > _LONGEST_NAME or not cleaned.isprintable():
        raise Invalid(
            _("A %(field)s has a name of 1 to 50 printable characters.") % {"field": field},
            remedy=_("Use a name such as email or marketing."),
            field=field,
        )
    return cleaned


def _moment(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise Invalid(_("This moment has no time zone."), remedy=_("Add one, such as a final Z for UTC."), field="at")
    if at is not None and at.year not in _YEARS:
        raise Invalid(_("This moment cannot be right."), remedy=_("Give a year from 1900 on."), field="at")
    return at.astimezone(UTC) if at else None


_SPELLINGS: Mapping[str, Callable[[str], str]] = {"email": normalise_email, "phone": normalise_phone}
