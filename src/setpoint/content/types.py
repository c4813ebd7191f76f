"""The values that cross the border of content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

BodyFormat = Literal["mjml", "html", "text"]
OfferKind = Literal["none", "amount", "percent"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for one customer. `html` is empty for channels without it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as decisions and the ledger see it. Money in micros, percent in basis points (1000 = 10 %)."""

    id: int | None
    name: str
    kind: OfferKind
    value: int
    cap: int  # most that one redemption may cost, micros
    code_prefix: str
    valid_days: int
    text: Mapping[str, str] = field(default_factory=dict)  # by language, "en" and "zh"
    min_order: int = 0  # micros


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant of a template as decisions and pages see it."""

    id: int
    template_id: int
    name: str
    channel: str
    language: str = ""  # empty = any
    version: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a template: where, what, and what to do. An error refuses the save, a warning does not."""

    field: str
    line: int | None
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a wording is for: a channel, a purpose, a language (empty: any)."""

    channel: str = "email"
    purpose: str = "marketing"
    language: str = ""


RenderContext = Mapping[str, Any]
"""Keys: customer (traits plus id, language), offer (name, code, text, expires_at), company (name, address, currency),
links (unsubscribe, preferences)."""

Language = Literal["en", "zh"]


def written_language(code: str) -> Language:
    """The language that a message is written in for a customer's language code: Chinese for any zh, else English."""
    return "zh" if code.lower().startswith("zh") else "en"
