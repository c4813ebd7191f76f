"""Text that remembers what it was made of, so that what one language said can be said in another later."""

from __future__ import annotations

from typing import Any


class Words(str):
    """A text with its template and what was filled in."""

    __slots__ = ("details", "template")
    template: str
    details: dict[str, Any]

    def __new__(cls, text: str, template: str = "", details: dict[str, Any] | None = None) -> Words:
        words = super().__new__(cls, text)
        words.template, words.details = template, details or {}
        return words

    def __mod__(self, details: Any) -> str:
        text = str(self) % details
        return Words(text, self.template, details) if isinstance(details, dict) else text
