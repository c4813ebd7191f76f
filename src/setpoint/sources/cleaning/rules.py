"""Cleaning rules: a list of JSON objects, laid over a table of rows in their order, without side effects.

{"kind": "phone", "column": "Mobile", "region": "CN", "on_bad": "empty"}. What each kind takes stands in KINDS. `on_bad`
says what becomes of a value that the rule cannot read: keep it, empty it, or refuse the row. Numbers that a rule needs
of the data (mean, bounds) are its `fitted`, taken once from rows that a person saw: so the same row is always cleaned
the same way, whatever else comes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
from django.utils.translation import gettext_noop as _noop

from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.parsing import number_of
from setpoint.sources.cleaning.places import regions
from setpoint.sources.types import Setting

MOST_RULES = 200
_ON_BAD = Setting("on_bad", _noop("What it cannot read"), "choice", default="keep", choices=("keep", "empty", "refuse"))
_NUMERIC = ("mean", "median")
_STATED = ("how", ("constant",))
_BOUNDED = ("method", ("bounds",))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule: what it is called, what it does in a sentence, and what it must be told."""

    name: str
    label: str
    help: str
    options: Sequence[Setting] = ()


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "text",
            _noop("Tidy text"),
            _noop("Single spaces, no invisible characters, full-width letters made plain; capitals as you like."),
            (
                Setting(
                    "case", _noop("Capitals"), "choice", default="keep", choices=("keep", "lower", "upper", "title")
                ),
            ),
        ),
        Kind("name", _noop("Names of people"), _noop("ANN VAN DIJK and ann van dijk become Ann van Dijk.")),
        Kind(
            "email",
            _noop("E-mail addresses"),
            _noop("Small letters, no stray signs; gmial.com becomes gmail.com."),
            (Setting("mend", _noop("Mend well-known slips"), "boolean", default=True), _ON_BAD),
        ),
        Kind(
            "phone",
            _noop("Phone numbers"),
            _noop("Any spelling becomes E.164, such as +8613800138000."),
            (Setting("region", _noop("Region of numbers without a country code"), default="", required=True), _ON_BAD),
        ),
        Kind("number", _noop("Numbers"), _noop("1.234,50 € and (12) become 1234.5 and -12."), (_ON_BAD,)),
        Kind(
            "date",
            _noop("Dates and times"),
            _noop("Many spellings become ISO 8601 in UTC."),
            (
                Setting("order", _noop("Order of 03/04/2026"), "choice", default="ymd", choices=("ymd", "dmy", "mdy")),
                Setting("timezone", _noop("Time zone of times without one"), default="UTC"),
                Setting("day_only", _noop("Keep the day alone"), "boolean", default=False),
                _ON_BAD,
            ),
        ),
        Kind(
            "boolean", _noop("Yes and no"), _noop("Y, ja, 是, 1 become true; N, nein, 否, 0 become false."), (_ON_BAD,)
        ),
        Kind("currency", _noop("Currencies"), _noop("€, RMB, 人民币 become EUR, CNY, CNY."), (_ON_BAD,)),
        Kind("timezone", _noop("Time zones"), _noop("Beijing, UTC+8, EST become names of the IANA list."), (_ON_BAD,)),
        Kind("country", _noop("Countries"), _noop("Germany, 德国, UK become DE, DE, GB (ISO 3166)."), (_ON_BAD,)),
        Kind(
            "postcode",
            _noop("Postal codes"),
            _noop("Written as in their country: sw1a1aa becomes SW1A 1AA; what cannot be one is told."),
            (Setting("region", _noop("Country of the codes"), default="", required=True), _ON_BAD),
        ),
        Kind(
            "address",
            _noop("Addresses"),
            _noop(
                "Single spaces and plain letters; of China province, city and district in full: 广东深圳 becomes 广东省深圳市."
            ),
            (Setting("region", _noop("Country of the addresses"), default="", required=True), _ON_BAD),
        ),
        Kind(
            "missing",
            _noop("Missing values"),
            _noop("Leave them, or fill in a constant, the mean, the median or the most frequent value."),
            (
                Setting(
                    "how",
                    _noop("Fill in"),
                    "choice",
                    default="leave",
                    choices=("leave", "constant", "mean", "median", "mode"),
                ),
                Setting("value", _noop("Constant"), when=_STATED),
            ),
        ),
        Kind(
            "outliers",
            _noop("Outliers"),
            _noop("Numbers beyond three standard deviations, beyond 1.5 interquartile ranges, or beyond your bounds."),
            (
                Setting("method", _noop("Method"), "choice", default="iqr", choices=("sigma", "iqr", "bounds")),
                Setting("low", _noop("Lowest"), "number", when=_BOUNDED),
                Setting("high", _noop("Highest"), "number", when=_BOUNDED),
                Setting("do", _noop("Do"), "choice", default="flag", choices=("flag", "clip", "empty", "refuse")),
            ),
        ),
        Kind(
            "values",
            _noop("Value map"),
            _noop("Replace values one by one: UK, U.K. and England by United Kingdom."),
            (
                Setting("map", _noop("From and to"), "long_text", required=True),
                Setting("others", _noop("Other values"), "choice", default="keep", choices=("keep", "empty", "refuse")),
                Setting("ignore_case", _noop("Ignore capitals"), "boolean", default=True),
            ),
        ),
        Kind(
            "duplicates",
            _noop("Duplicates"),
            _noop("Of rows of one batch with the same value here, keep one."),
            (Setting("keep", _noop("Keep"), "choice", default="last", choices=("first", "last")),),
        ),
    )
}


def check_rules(rules: Any, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The rules with their defaults; Invalid names the rule (`row`, from 1) and the field that cannot be."""
    if not isinstance(rules, list) or len(rules) > MOST_RULES:
        raise Invalid(
            _("Rules are a list of at most %(most)s objects.") % {"most": MOST_RULES},
            remedy=_("Send [] for none."),
            field="rules",
        )
    return [_checked(rule, place, columns) for place, rule in enumerate(rules, start=1)]


def _checked(rule: Any, place: int, columns: Sequence[str] | None) -> dict[str, Any]:
    kind = KINDS.get(str(rule.get("kind"))) if isinstance(rule, dict) else None
    if kind is None:
        raise _bad(place, "kind", _("This kind of rule is not known."), ", ".join(KINDS))
    column = str(rule.get("column") or "")
    if not column or (columns is not None and column not in columns):
        known = ", ".join((columns or [])[:50]) or _("a column's name")
        raise _bad(place, "column", _("There is no column “%(name)s”.") % {"name": column[:100]}, known)
    checked: dict[str, Any] = {"kind": kind.name, "column": column, "enabled": bool(rule.get("enabled", True))}
    for option in kind.options:
        checked[option.name] = _option(rule.get(option.name), option, place)
    _check_meaning(checked, place)
    return checked | ({"fitted": _fitted(rule["fitted"], place)} if rule.get("fitted") else {})


def _option(value: Any, option: Setting, place: int) -> Any:
    value = option.default if value in (None, "") else value
    if option.kind == "choice" and value not in option.choices:
        raise _bad(
            place,
            option.name,
            _("“%(value)s” is not a choice.") % {"value": str(value)[:60]},
            ", ".join(option.choices),
        )
    if option.kind == "boolean":
        return bool(value)
    if option.name == "map":
        return _map(value, place)
    if option.kind == "number" and value not in (None, ""):
        number = number_of(str(value))
        if number is None:
            raise _bad(place, option.name, _("This is not a number."), "12.5")
        return number
    return value


def _map(value: Any, place: int) -> dict[str, str]:
    """A map as an object, or as lines "from = to"."""
    if isinstance(value, str):
        pairs = [line.split("=", 1) for line in value.splitlines() if line.strip()]
        value = {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}
    if not isinstance(value, dict) or not value or len(value) > 5_000:
        raise _bad(place, "map", _("The map names no values."), "UK = United Kingdom")
    return {str(old): str(new) for old, new in value.items()}


def _check_meaning(rule: Mapping[str, Any], place: int) -> None:
    if rule["kind"] == "phone" and rule["region"] and rule["region"] not in phonenumbers.SUPPORTED_REGIONS:
        raise _bad(place, "region", _("There is no such region."), "CN, DE, US")
    if rule["kind"] in ("postcode", "address") and rule["region"] not in regions():
        raise _bad(place, "region", _("There is no such region."), "CN, DE, US")
    if rule["kind"] == "date" and rule["timezone"] not in available_timezones():
        raise _bad(place, "timezone", _("There is no such time zone."), "Europe/London")
    low, high = rule.get("low"), rule.get("high")
    if isinstance(low, float) and isinstance(high, float) and low > high:
        raise _bad(place, "low", _("The lowest lies above the highest."), "0, 100")


def _fitted(value: Any, place: int) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(re.fullmatch(r"[a-z_]{1,20}", str(name)) for name in value):
        raise _bad(place, "fitted", _("These are not the numbers of a rule."), "{}")
    return dict(value)


def _bad(place: int, field: str, message: str, example: str) -> Invalid:
    return Invalid(
        _("Rule %(place)s: %(message)s") % {"place": place, "message": message},
        remedy=_("Use for instance: %(example)s.") % {"example": example},
        field=field,
        row=place,
    )
