"""People with two or more records each, as dirty as real ones, for tests and the identity benchmark.

Families share surname, address and telephone, so that sharing is no proof; records lose fields, carry typing errors,
swapped letters, shortened names, other spellings of dates and telephones, or come from somebody who has moved.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

_GIVEN = [
    "anna",
    "bruno",
    "carla",
    "david",
    "elena",
    "felix",
    "greta",
    "hugo",
    "irene",
    "jonas",
    "katja",
    "leo",
    "maria",
    "nils",
    "olga",
    "paul",
    "rosa",
    "stefan",
    "tina",
    "ulrich",
    "vera",
    "walter",
    "xenia",
    "yann",
    "zoe",
    "amira",
    "bilal",
    "chen",
    "dmitri",
    "esra",
    "farid",
    "gita",
    "hana",
    "ivan",
    "jin",
    "kofi",
    "lina",
    "mei",
    "noor",
    "oscar",
    "petra",
    "quentin",
    "rafael",
    "sofia",
    "tomas",
    "uma",
    "viktor",
    "wei",
    "yusuf",
]
_STEMS = [
    "ber",
    "mor",
    "lan",
    "gar",
    "hol",
    "sch",
    "tan",
    "wei",
    "kra",
    "vin",
    "ros",
    "del",
    "per",
    "nor",
    "fal",
    "cas",
    "tor",
    "mil",
    "hen",
    "ost",
    "lar",
    "bru",
    "kes",
    "dom",
    "zan",
]
_ENDS = [
    "ger",
    "ini",
    "son",
    "mann",
    "ez",
    "off",
    "ard",
    "elli",
    "wood",
    "quist",
    "aux",
    "ic",
    "enko",
    "ley",
    "stein",
    "ova",
]
_STREETS = [
    "mill",
    "church",
    "station",
    "garden",
    "school",
    "bridge",
    "market",
    "forest",
    "river",
    "king",
    "queen",
    "high",
    "park",
    "lake",
    "hill",
]
_KINDS = ["street", "road", "lane", "avenue", "square"]
_TOWNS = [f"{stem}{end}" for stem in _STEMS for end in ("ford", "ton", "burg", "ville")]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIELDS = ("given_name", "family_name", "born", "street", "town", "post_code", "telephone", "mail")


@dataclass(frozen=True, slots=True)
class People:
    """Records with a column `row`, and the person whom each is of."""

    records: pa.Table
    person_of: tuple[int, ...]


def people(count: int, *, seed: int, more: float = 0.6, dirt: float = 0.25) -> People:
    """Records of `count` people: each has one, and with probability `more` each time another, dirtier one."""
    chance = random.Random(seed)
    records: list[dict[str, str]] = []
    owners: list[int] = []
    person = 0
    while person < count:
        home = _home(chance)
        for _member in range(min(chance.choice((1, 1, 2, 3, 4)), count - person)):
            clean = _member_of(home, chance)
            copies = 1 + sum(chance.random() < more for _again in range(2))
            records += [clean, *(_dirtied(clean, dirt, chance) for _copy in range(copies - 1))]
            owners += [person] * copies
            person += 1
    order = list(range(len(records)))
    chance.shuffle(order)
    columns = {name: [records[place][name] for place in order] for name in FIELDS}
    return People(pa.table({"row": list(range(len(order))), **columns}), tuple(owners[place] for place in order))


def _home(chance: random.Random) -> dict[str, str]:
    return {
        "family_name": chance.choice(_STEMS) + chance.choice(_STEMS) * (chance.random() < 0.5) + chance.choice(_ENDS),
        "street": f"{chance.randint(1, 180)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}",
        "town": chance.choice(_TOWNS),
        "post_code": f"{chance.randint(10000, 99999)}",
        "telephone": f"+49{chance.randint(10**8, 10**9 - 1)}",
    }


def _member_of(home: dict[str, str], chance: random.Random) -> dict[str, str]:
    given = chance.choice(_GIVEN)
    born = date(1935, 1, 1) + timedelta(days=chance.randrange(27_000))
    own = {} if chance.random() < 0.5 else {"telephone": f"+49{chance.randint(10**8, 10**9 - 1)}"}
    mail = f"{given}.{home['family_name']}{chance.randint(1, 99)}@example.{chance.choice(('org', 'net', 'com'))}"
    return home | own | {"given_name": given, "born": born.isoformat(), "mail": mail}


def _dirtied(clean: dict[str, str], dirt: float, chance: random.Random) -> dict[str, str]:
    dirty = dict(clean)
    if chance.random() < dirt / 2:
        moved = _home(chance)
        dirty |= {name: moved[name] for name in ("street", "town", "post_code")}
    if chance.random() < dirt:
        dirty["mail"] = f"{clean['given_name']}{chance.randint(100, 999)}@mail.example"
    for name in FIELDS:
        if chance.random() < dirt / 2:
            dirty[name] = ""
        elif chance.random() < dirt:
            dirty[name] = _mistyped(dirty[name], chance)
    return dirty


def _mistyped(text: str, chance: random.Random) -> str:
    if len(text) < 2:
        return text
    place = chance.randrange(len(text) - 1)
    fresh = chance.choice("0123456789" if text[place].isdigit() else _LETTERS)
    return chance.choice(
        (
            text[:place] + text[place + 1 :],
            text[:place] + fresh + text[place + 1 :],
            text[:place] + fresh + text[place:],
            text[:place] + text[place + 1] + text[place] + text[place + 2 :],
        )
    )
