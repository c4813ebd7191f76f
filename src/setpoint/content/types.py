"""The values that cross the border of content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant of a template as decisions and pages see it."""

    id: int
    template_id: int
    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a template: where, what, and what to do."""

    field: str
    line: int | None
    message: str
    remedy: str


RenderContext = Mapping[str, Any]
"""Keys: customer (traits plus id), offer (name, code, text, expires_at), company, links (unsubscribe, preferences)."""
