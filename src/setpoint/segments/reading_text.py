"""Trees from their text form, by recursive descent; what is wrong is told with its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid
from setpoint.segments.printing import KEYWORDS
from setpoint.segments.tree import parse_tree
from setpoint.segments.types import Node

MAX_BRACKETS = 40
_TOKENS = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>>=|<=|!=|[=<>(),])""",
    re.VERBOSE,
)
_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")
_DID = ("decided", "held_out", "sent", "opened", "clicked", "responded")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


def parse_text(text: str) -> Node:
    """The tree that a text stands for. Raises Invalid; its message begins with line and column."""
    reader = _Reader(text)
    data = reader.expression(reader.condition)
    reader.end()
    try:
        return parse_tree(data)
    except Invalid as refusal:
        raise reader.refusal(refusal.message, refusal.remedy or "", 0) from None


class _Reader:
    """Makes the JSON form, so that only `parse_tree` says what a tree may be."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0
        self._brackets = 0

    def _split(self, text: str) -> list[_Token]:
        found, start = [], 0
        while start < len(text):
            token = _TOKENS.match(text, start)
            if token is None:
                raise self.refusal(_("this character cannot stand here."), _("Texts stand in double quotes."), start)
            if token.lastgroup != "space":
                found.append(_Token(str(token.lastgroup), token[0], start))
            start = token.end()
        return [*found, _Token("end", "", len(text))]

    def refusal(self, message: str, remedy: str, start: int) -> Invalid:
        before = self._text[:start]
        place = {"line": before.count("\n") + 1, "column": start - (before.rfind("\n") + 1) + 1}
        told = _("Line %(line)s, column %(column)s: ") % place + message
        return Invalid(told, remedy=remedy, field="text", details=place)

    # Groups, of conditions and of filters alike.

    def expression(self, leaf: Callable[[], Json]) -> Json:
        return self._joined("or", "any", lambda: self._joined("and", "all", lambda: self._part(leaf)))

    def _joined(self, word: str, kind: str, part: Callable[[], Json]) -> Json:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else {kind: parts}

    def _part(self, leaf: Callable[[], Json]) -> Json:
        if self._take("not"):
            return {"not": self._nested(lambda: self._part(leaf))}
        if self._take("("):
            inner = self._nested(lambda: self.expression(leaf))
            self._expect(")")
            return inner
        for kind in ("all", "any"):
            if self._take(kind):
                self._expect("(")
                inside = [] if self._is(")") else [self._nested(lambda: self.expression(leaf))]
                while inside and self._take(","):
                    inside.append(self._nested(lambda: self.expression(leaf)))
                self._expect(")")
                return {kind: inside}
        return self._checked(leaf)

    def _nested(self, read: Callable[[], Json]) -> Json:
        self._brackets += 1
        if self._brackets > MAX_BRACKETS:
            raise self._here(_("too many brackets inside each other."), _("Split it into several segments."))
        found = read()
        self._brackets -= 1
        return found

    def _checked(self, leaf: Callable[[], Json]) -> Json:
        """A condition that is refused is told where it stands, not only that the whole is refused."""
        start = self._now.start
        found = leaf()
        whole: Json = {"performed": "x", "where": found} if "property" in found and "measured" not in found else found
        try:
            parse_tree(whole)
        except Invalid as refusal:
            raise self.refusal(refusal.message, refusal.remedy or "", start) from None
        return found

    # Conditions.

    def condition(self) -> Json:
        kinds: dict[str, Callable[[], Json]] = {
            "everyone": lambda: {"everyone": True},
            "trait": lambda: self._compared("trait"),
            "did": self._performed,
            "sum": lambda: self._measured("sum"),
            "min": lambda: self._measured("min"),
            "max": lambda: self._measured("max"),
            "first": lambda: {"first": self._name(), **self._where(), **self._window()},
            "last": lambda: {"last": self._name(), **self._where(), **self._window()},
            "sequence": self._sequence,
            "consent": self._consent,
            "tag": self._tag,
            "campaign": self._campaign,
            "segment": lambda: {"segment": self._number()},
            "snapshot": lambda: {"snapshot": self._number()},
        }
        word = self._choice(tuple(kinds))
        return kinds[word]()

    def _performed(self) -> Json:
        told: Json = {"performed": self._name()}
        if self._now.text in _COMPARISONS:
            told |= {"op": self._choice(_COMPARISONS), "count": self._number()}
            self._expect("times")
        return {**told, **self._where(), **self._window()}

    def _measured(self, measure: str) -> Json:
        name = self._name()
        self._expect("of")
        told: Json = {"measured": self._name(), "measure": measure, "property": name}
        told |= {"op": self._choice(_COMPARISONS), "amount": self._number()}
        return {**told, **self._where(), **self._window()}

    def _sequence(self) -> Json:
        first = {"event": self._name(), **self._where()}
        self._expect("then")
        told: Json = {"sequence": [first, {"event": self._name(), **self._where()}]}
        if self._take("in"):
            told["within_hours"] = self._number()
            self._expect("hours")
        return {**told, **self._window()}

    def _consent(self) -> Json:
        channel = self._name()
        purpose = self._name() if self._take("for") else "marketing"
        state = self._choice(("granted", "denied")) if self._now.text in ("granted", "denied") else "granted"
        return {"consent": channel, "purpose": purpose, "state": state}

    def _tag(self) -> Json:
        told: Json = {"tag": self._name()}
        if self._now.text in _COMPARISONS:
            told |= {"op": self._choice(_COMPARISONS), "weight": self._number()}
        return told

    def _campaign(self) -> Json:
        told: Json = {"campaign": None if self._take("any") else self._number(), "did": self._choice(_DID)}
        for word, read in (("channel", self._name), ("variant", self._number), ("offer", self._number)):
            if self._take(word):
                told[word] = read()
        return {**told, **self._window()}

    def _where(self) -> Json:
        if not self._take("where"):
            return {}
        self._expect("(")
        found = self._nested(lambda: self.expression(lambda: self._compared("property")))
        self._expect(")")
        return {"where": found}

    def _window(self) -> Json:
        told: Json = {}
        if self._take("within"):
            told["within_days"] = self._number()
            self._expect("days")
        elif self._take("between"):
            near = self._number()
            self._expect("and")
            told["between_days"] = [near, self._number()]
            self._expect("days")
            self._expect("ago")
        elif self._take("older"):
            self._expect("than")
            told["between_days"] = [self._number(), None]
            self._expect("days")
        for word in ("since", "until"):
            if self._take(word):
                told[word] = self._of_kind("moment", _("a day or a moment, such as 2026-01-31")).text
        return told

    def _compared(self, kind: str) -> Json:
        name = self._name()
        op = self._choice((*_COMPARISONS, "contains", "in", "exists", "missing"))
        if op in ("exists", "missing"):
            return {kind: name, "op": op}
        if op != "in":
            return {kind: name, "op": op, "value": self._value()}
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return {kind: name, "op": op, "value": values}

    # Tokens.

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _is(self, word: str) -> bool:
        return self._now.kind in ("word", "sign") and self._now.text == word

    def _take(self, word: str) -> bool:
        is_there = self._is(word)
        self._at += is_there
        return is_there

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected(f"`{word}`")

    def _choice(self, known: tuple[str, ...]) -> str:
        for word in known:
            if self._take(word):
                return word
        raise self._unexpected(_("one of %(words)s") % {"words": " ".join(known)})

    def _of_kind(self, kind: str, told: str) -> _Token:
        token = self._now
        if token.kind != kind:
            raise self._unexpected(told)
        self._at += 1
        return token

    def _name(self) -> str:
        token = self._now
        if token.kind == "text":
            return self._string()
        if token.kind != "word" or token.text in KEYWORDS:
            raise self._unexpected(_("a name (in double quotes where it is several words or a word of the language)"))
        self._at += 1
        return token.text

    def _number(self) -> int | float:
        return json.loads(self._of_kind("number", _("a number")).text)  # type: ignore[no-any-return]

    def _value(self) -> str | float | bool:
        if self._now.kind == "text":
            return self._string()
        for word, value in (("true", True), ("false", False)):
            if self._take(word):
                return value
        if self._now.kind != "number":
            raise self._unexpected(_("a number, true, false, or a text in double quotes"))
        return self._number()

    def _string(self) -> str:
        token = self._of_kind("text", _("a text in double quotes"))
        try:
            return str(json.loads(token.text, strict=False))
        except ValueError:
            refusal = _("this text has a backslash that stands for nothing.")
            raise self.refusal(refusal, _("Write two backslashes for one."), token.start) from None

    def end(self) -> None:
        """Refuse what is left over."""
        if self._now.kind != "end":
            raise self._unexpected(_("`and`, `or` or the end"))

    def _unexpected(self, wanted: str) -> Invalid:
        found = f"`{self._now.text[:40]}`" if self._now.text else _("the end")
        told = {"wanted": wanted, "found": found}
        return self._here(
            _("expected %(wanted)s, found %(found)s.") % told, _("See the grammar in the reference of segments.")
        )

    def _here(self, message: str, remedy: str) -> Invalid:
        return self.refusal(message, remedy, self._now.start)
