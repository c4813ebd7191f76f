"""Starter designs: a marketer fills in a form, and a body in MJML is made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from setpoint.content.types import Language, written_language
from setpoint.governance.services import company
from setpoint.kernel.colour import readable_on
from setpoint.kernel.errors import Invalid

FieldKind = Literal["line", "paragraphs", "url", "picture"]
MOST_CHARACTERS = 5000
_FOLDER = Path(__file__).parent / "designs"
_OPTIONAL = re.compile(r"\[\[\?(\w+)\]\](.*?)\[\[/\1\]\]", re.DOTALL)
_PLACE = re.compile(r"\[\[(\w+)\]\]")
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StarterField:
    """One thing to fill in, with what stands there at first in each language."""

    name: str
    kind: FieldKind
    required: bool
    label: Mapping[Language, str]
    default: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Starter:
    """A design with its fields; `subject` is a suggestion."""

    key: str
    name: Mapping[Language, str]
    about: Mapping[Language, str]
    subject: Mapping[Language, str]
    fields: tuple[StarterField, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """A starter with the values that were filled in."""

    starter: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Design:
        """From plain data; Invalid names the field that cannot be."""
        found = starter(str(given.get("starter", "")))
        values = given.get("values")
        values = values if isinstance(values, Mapping) else {}
        return cls(found.key, {each.name: _checked(each, str(values.get(each.name, ""))) for each in found.fields})

    def to_json(self) -> dict[str, Any]:
        """The form that is kept."""
        return {"starter": self.starter, "values": dict(self.values)}


@lru_cache(maxsize=1)
def starters() -> tuple[Starter, ...]:
    """All starter designs."""
    found = json.loads((_FOLDER / "starters.json").read_text(encoding="utf-8"))
    return tuple(Starter(**{**one, "fields": tuple(StarterField(**each) for each in one["fields"])}) for one in found)


def starter(key: str) -> Starter:
    """The design of this key, or Invalid."""
    for one in starters():
        if one.key == key:
            return one
    known = ", ".join(one.key for one in starters())
    raise Invalid(
        _("There is no starter design named %(name)s.") % {"name": key[:50]},
        remedy=_("Known: %(names)s.") % {"names": known},
        field="design.starter",
    )


def starting_design(key: str, language: str) -> Design:
    """A design as it is before anybody has changed a word."""
    spoken = written_language(language)
    return Design(key, {each.name: each.default[spoken] for each in starter(key).fields})


def spoken_here() -> Language:
    """The language in which the person asking reads labels."""
    return written_language(get_language() or "en")


def compose_design(design: Design) -> str:
    """The MJML of a filled-in design, in the company's colour."""
    brand = company().brand_colour
    kinds = {each.name: each.kind for each in starter(design.starter).fields}
    values = {name: _marked_up(kinds[name], value) for name, value in design.values.items()}
    values |= {"brand": brand, "on_brand": readable_on(brand)}
    content = _OPTIONAL.sub(lambda found: found[2] if values.get(found[1]) else "", _source(design.starter))
    whole = _source("frame").replace("[[content]]", content.strip())
    return _PLACE.sub(lambda found: values.get(found[1], ""), whole)


@lru_cache(maxsize=16)
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.mjml").read_text(encoding="utf-8")


def _checked(each: StarterField, value: str) -> str:
    place = f"design.values.{each.name}"
    kept = value.strip()
    if len(kept) > MOST_CHARACTERS or "\0" in kept or "[[" in kept:
        raise Invalid(
            _("This text is too long, or holds [[ or signs that no mail can carry."),
            remedy=_("Write at most 5000 plain characters."),
            field=place,
        )
    if each.required and not kept:
        raise Invalid(
            _("%(label)s is missing.") % {"label": each.label[spoken_here()]}, remedy=_("Write something."), field=place
        )
    if each.kind in ("url", "picture") and kept and not re.match(r"https?://[^\s\"'<>]+$|\{\{", kept):
        raise Invalid(
            _("This is not an address."), remedy=_("Write it whole, such as https://shop.example/tea."), field=place
        )
    return kept


def _marked_up(kind: FieldKind, value: str) -> str:
    """Text as markup; the template's tags stay as they are."""
    parts = _TAG.split(value)
    if kind in ("url", "picture"):
        return "".join(part if _TAG.fullmatch(part) else escape(part) for part in parts)
    plain = "".join(part if _TAG.fullmatch(part) else escape(part, quote=False) for part in parts)
    if kind == "line":
        return " ".join(plain.split())
    paragraphs = [part.strip().replace("\n", "<br />") for part in re.split(r"\n\s*\n", plain)]
    return "<br /><br />".join(part for part in paragraphs if part)
