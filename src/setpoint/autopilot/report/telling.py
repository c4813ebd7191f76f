"""Words and numbers in a reader's language: one object that every renderer asks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from setpoint.autopilot.report import words_en, words_zh
from setpoint.autopilot.report.notes import note_of
from setpoint.autopilot.report.types import Language, Said, Span
from setpoint.kernel.errors import Invalid
from setpoint.kernel.money import format_money, to_micros

WORDS: Mapping[Language, Mapping[str, str]] = {"en": words_en.WORDS, "zh": words_zh.WORDS}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_FROM = 100  # people say 12.40 but 1,240
_MINUS = "−"


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells numbers and sentences in one language, for one currency."""

    language: Language
    currency: str

    def words(self, key: str, **figures: str) -> str:
        """The words of a key with its figures, already formatted."""
        return WORDS[self.language][key].format(**figures)

    def known(self, key: str, fallback: str) -> str:
        """The words of a key without figures, or the fallback where there are none."""
        return WORDS[self.language].get(key, fallback)

    def said(self, sentence: Said | None) -> str:
        """A sentence of the loop: by its code, else its text, else the code itself made readable."""
        if sentence is None:
            return ""
        if not sentence.code:
            sentence = note_of(sentence.text)
        found = WORDS[self.language].get(f"said.{sentence.code}")
        if found is None:
            return self._ended(sentence.text or sentence.code.replace("_", " ").replace(":", ": "))
        return found.format_map(_Figures({name: self._figure(name, each) for name, each in sentence.figures.items()}))

    def count(self, value: float | None) -> str:
        """A count or sum as a person says it: 1,240; below ten with one decimal where it is not whole."""
        if value is None:
            return "–"
        places = 1 if abs(value) < 10 and abs(value - round(value)) > 0.05 else 0
        return _signed(f"{value:,.{places}f}")

    def money(self, amount: float | None) -> str:
        """Money: whole from a hundred, exact below."""
        if amount is None:
            return "–"
        is_whole = abs(amount) >= _WHOLE_FROM or amount == 0
        told = format_money(to_micros(round(amount) if is_whole else amount), self.currency)
        return _signed(told.removesuffix(".00") if is_whole else told)

    def exact_money(self, amount: float | None) -> str:
        """Money to the smallest unit."""
        return "–" if amount is None else _signed(format_money(to_micros(amount), self.currency))

    def share(self, value: float | None) -> str:
        """A share: 12.4%, as on the pages."""
        if value is None:
            return "–"
        return _signed(f"{100 * value:.1f}%")

    def day(self, moment: datetime | None) -> str:
        """A day: 2 Mar 2026, or 2026年3月2日."""
        if moment is None:
            return "–"
        if self.language == "zh":
            return f"{moment.year}年{moment.month}月{moment.day}日"
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"

    def moment(self, moment: datetime) -> str:
        """A day with its time in UTC."""
        return f"{self.day(moment)} {moment:%H:%M} UTC"

    def amount(self, value: float | None, metric: str) -> str:
        """A value of the goal in the goal's own unit, without its name."""
        if metric == "revenue":
            return self.money(value)
        if metric == "conversion_rate":
            return "–" if value is None else _signed(f"{100 * value:.2f}")
        return self.count(value)

    def proven(self, value: float | None, metric: str) -> str:
        """A lower bound: rounded down, so that no more is said than is proven."""
        if value is None:
            return "–"
        scale = 10_000 if metric == "conversion_rate" else 1
        is_small = abs(value * scale) < 10 and metric != "revenue"
        return self.amount(value if is_small else math.floor(value * scale) / scale, metric)

    def span(self, span: Span | None, metric: str) -> str:
        """An interval in the goal's unit."""
        if span is None:
            return self.words("note.none")
        return self.words("to", low=self.proven(span[0], metric), high=self.amount(span[1], metric))

    def resource(self, value: float, resource: str) -> str:
        """An amount of money, messages, or hours."""
        if resource == "money":
            return self.money(value)
        return self.words("hours", count=self.count(value)) if resource == "time" else self.count(value)

    def _ended(self, text: str) -> str:
        if not text or text[-1] in ".!?。!?":
            return text
        return text + ("。" if self.language == "zh" else ".")

    def _figure(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            return self.day(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(value)
        if name.startswith("money"):
            return self.money(value)
        return self.share(value) if name.startswith("share") else self.count(value)


class _Figures(dict[str, str]):
    """Figures that a sentence asks for and the loop did not give are shown as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def teller(language: str, currency: str) -> Teller:
    """The teller of a language; Invalid where the report does not speak it."""
    if language not in WORDS:
        raise Invalid(f"Reports are not written in {language!r}.", remedy="Choose en or zh.", field="language")
    return Teller("zh" if language == "zh" else "en", currency)


def _signed(told: str) -> str:
    return told.replace("-", _MINUS, 1) if told.startswith("-") else told
