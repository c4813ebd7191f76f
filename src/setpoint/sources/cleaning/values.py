"""One text, cleaned: the functions that rules lay over the distinct texts of a column. None: it cannot be such."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers

from setpoint.customers.normal import normalise_email
from setpoint.kernel.errors import Invalid

_SPACES = re.compile(r"\s+")
_LOWER_PARTS = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "de",
        "da",
        "di",
        "du",
        "la",
        "le",
        "of",
        "the",
        "bin",
        "al",
        "el",
        "ten",
        "ter",
        "zu",
        "zur",
        "y",
        "e",
    }
)
_YES = frozenset(
    {
        "yes",
        "y",
        "true",
        "t",
        "1",
        "on",
        "granted",
        "subscribed",
        "opt-in",
        "ja",
        "oui",
        "si",
        "sí",
        "是",
        "有",
        "同意",
        "真",
    }
)
_NO = frozenset(
    {
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "denied",
        "unsubscribed",
        "opt-out",
        "nein",
        "non",
        "否",
        "无",
        "不同意",
        "假",
    }
)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "₽": "RUB", "₹": "INR", "₩": "KRW"}
_MONEY = {
    "rmb": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "yuan": "CNY",
    "euro": "EUR",
    "euros": "EUR",
    "欧元": "EUR",
    "dollar": "USD",
    "us dollar": "USD",
    "us$": "USD",
    "美元": "USD",
    "pound": "GBP",
    "sterling": "GBP",
    "英镑": "GBP",
    "yen": "JPY",
    "日元": "JPY",
    "hkd$": "HKD",
    "hk$": "HKD",
    "港币": "HKD",
}
_ZONES = {
    "beijing": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "cst (china)": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "北京时间": "Asia/Shanghai",
    "cet": "Europe/Paris",
    "bst": "Europe/London",
    "est": "America/New_York",
    "edt": "America/New_York",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "gmt": "UTC",
    "z": "UTC",
}
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])0?(\d{1,2})(?::?00)?", re.IGNORECASE)
_EMAIL_SLIPS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.co": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "yahoo.con": "yahoo.com",
    "outlook.con": "outlook.com",
    "qq.con": "qq.com",
    "163.con": "163.com",
}


def tidy(text: str) -> str | None:
    """Full-width forms made plain (NFKC), control characters gone, spaces single."""
    plain = unicodedata.normalize("NFKC", text)
    bare = "".join(each if each.isprintable() else " " for each in plain)
    return _SPACES.sub(" ", bare).strip() or None


def cased(text: str, case: str) -> str:
    """The text in lower, upper or title case, or as it is."""
    return {"lower": text.lower, "upper": text.upper, "title": text.title}.get(case, lambda: text)()


def person_name(text: str) -> str | None:
    """A name's own capitals stay; one that is all capitals or all small gets its first letters raised."""
    plain = tidy(text)
    if plain is None or plain not in (plain.upper(), plain.lower()) or plain.upper() == plain.lower():
        return plain
    return " ".join(_name_part(part, first=not place) for place, part in enumerate(plain.split(" ")))


def _name_part(part: str, *, first: bool) -> str:
    lower = part.lower()
    if lower in _LOWER_PARTS and not first:
        return lower
    return re.sub(r"(^|[-'’])(\w)", lambda found: found[1] + found[2].upper(), lower)


def email(text: str, *, mend: bool = True) -> str | None:
    """The address in its one spelling; well-known slips of the domain are mended where wanted."""
    bare = unicodedata.normalize("NFKC", text).strip().strip("<>").removeprefix("mailto:").replace(" ", "")
    local, at, domain = bare.rpartition("@")
    if mend and domain.lower() in _EMAIL_SLIPS:
        bare = f"{local}{at}{_EMAIL_SLIPS[domain.lower()]}"
    try:
        return normalise_email(bare) if "." in bare.rpartition("@")[2] else None
    except Invalid:
        return None


@lru_cache(maxsize=65_536)
def phone(text: str, region: str) -> str | None:
    """The number in E.164; without a country code it is one of `region`."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def currency(text: str) -> str | None:
    """The ISO 4217 code of a currency's sign, name or code."""
    plain = text.strip()
    if re.fullmatch(r"[A-Za-z]{3}", plain) and plain.lower() not in _MONEY:
        return plain.upper()
    return _SIGNS.get(plain) or _MONEY.get(plain.lower())


def timezone(text: str) -> str | None:
    """The IANA name of a time zone; an offset of whole hours becomes one of Etc (whose sign is turned)."""
    plain = text.strip()
    if plain in available_timezones():
        return plain
    known = _ZONES.get(plain.lower()) or _same_but_for_case(plain.replace(" ", "_"))
    found = _OFFSET.fullmatch(plain)
    if known or not found or int(found[2]) > 12:
        return known
    return "UTC" if found[2] == "0" else f"Etc/GMT{'-' if found[1] == '+' else '+'}{found[2]}"


@lru_cache(maxsize=1)
def _zones_in_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _same_but_for_case(text: str) -> str | None:
    return _zones_in_lower_case().get(text.lower())


def boolean(text: str) -> str | None:
    """ "true" or "false" for the many ways to say so."""
    said = text.strip().lower()
    return "true" if said in _YES else "false" if said in _NO else None
