"""The template language: a small, total part of Jinja that can neither loop for long nor grow text.

Allowed: `{{ path | filter }}`, `if / elif / else`, `for x in path` (two deep), comparisons, `and or not`, `~`,
comments. Left out on purpose: arithmetic, repetition, calls, `set`, `macro`, `include`, `import`, `extends`, `safe`,
so that what a template can produce is bounded by its own size, its data, and the sandbox's fuel.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from setpoint.content.types import Problem

FILTERS = frozenset({"default", "upper", "lower", "capitalize", "title", "trim", "truncate", "money", "date", "number"})
TESTS = frozenset({"defined", "undefined", "none", "number", "string", "true", "false"})
FIELDS: dict[str, frozenset[str] | None] = {
    "customer": None,
    "offer": frozenset({"name", "text", "code", "expires_at"}),
    "company": frozenset({"name", "address", "currency", "from_name"}),
    "links": frozenset({"unsubscribe", "preferences"}),
    "loop": frozenset({"index", "index0", "first", "last", "length"}),
}
EACH = "_each"
SOURCE_LIMIT = 256 * 1024
TAG_LIMIT = 1000
DEPTH_LIMIT = 20
LOOP_LIMIT = 2

_KEYWORDS = frozenset({"and", "or", "not", "if", "else", "is", "in", "true", "false", "none", "True", "False", "None"})
_OPENING = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<end>[-+]?[%}]\})
    |(?P<op>==|!=|<=|>=|[<>()\[\],.|~])
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)

PieceKind = Literal["text", "expression", "block"]


class Token(NamedTuple):
    """One word of a tag."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template: plain text, `{{ expression }}` or `{% block %}`. `source` is what is rendered."""

    kind: PieceKind
    source: str
    line: int
    tokens: tuple[Token, ...] = ()


@dataclass(slots=True)
class Parsed:
    """A template cut into pieces, with what is wrong in it and the paths it reads, such as ("customer", "city")."""

    pieces: list[Piece] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    paths: list[tuple[str, str, int, bool]] = field(default_factory=list)  # root, attribute, line, has a fallback

    @property
    def source(self) -> str:
        """The template as the engine renders it."""
        return "".join(piece.source for piece in self.pieces)

    def reads(self, root: str, attribute: str) -> bool:
        """Whether the template shows `root.attribute`."""
        return any(path[:2] == (root, attribute) for path in self.paths)


class _Refused(Exception):
    """Carries a message and a remedy up to the tag that is being read."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def parse(source: str, name: str) -> Parsed:
    """Cut a template into pieces and check every tag against the language; `name` is the field in the problems."""
    parsed = Parsed()
    if len(source.encode(errors="replace")) > SOURCE_LIMIT:
        parsed.problems.append(Problem(name, None, _("This is over 256 kB."), _("Shorten it, or link to pictures.")))
        return parsed
    if "\0" in source:
        parsed.problems.append(Problem(name, None, _("This contains a NUL character."), _("Remove it.")))
        return parsed
    scope = _Scope(parsed, name)
    for piece in _cut(source, parsed, name):
        scope.read(piece)
    return parsed


def _cut(source: str, parsed: Parsed, name: str) -> Iterator[Piece]:
    at, line = 0, 1
    while found := _OPENING.search(source, at):
        text = source[at : found.start()]
        if text:
            yield Piece("text", text, line)
        line += text.count("\n")
        end, tokens = _read_tag(source, found)
        if end is None:
            message = _("The tag that starts with %(tag)s does not end.") % {"tag": found.group()}
            remedy = _("Close it with }}, %} or #}; a tag has at most 1000 characters.")
            parsed.problems.append(Problem(name, line, message, remedy))
            return
        tag = source[found.start() : end]
        if found.group() != "{#":
            yield Piece("expression" if found.group() == "{{" else "block", tag, line, tokens)
        line += tag.count("\n")
        at = end
    if at < len(source):
        yield Piece("text", source[at:], line)


def _read_tag(source: str, opening: re.Match[str]) -> tuple[int | None, tuple[Token, ...]]:
    """Where a tag ends, and its words. Strings may hold braces; a comment ends at the first `#}`."""
    if opening.group() == "{#":
        closing = source.find("#}", opening.end())
        return (closing + 2, ()) if closing >= 0 else (None, ())
    closer = "}}" if opening.group() == "{{" else "%}"
    at = opening.end() + (source[opening.end() : opening.end() + 1] in ("-", "+"))
    tokens: list[Token] = []
    furthest = opening.end() + TAG_LIMIT  # also keeps the search for the ends of strings short
    while found := _TOKEN.match(source, at, furthest):
        kind = str(found.lastgroup)
        if kind == "end" and found.group().endswith(closer):
            return found.end(), tuple(tokens)
        if kind != "space":
            tokens.append(Token("bad" if kind == "end" else kind, found.group()))
        at = found.end()
    return None, ()


class _Scope:
    """Reads pieces in order and keeps what is open: loop variables and blocks."""

    def __init__(self, parsed: Parsed, name: str) -> None:
        self.parsed = parsed
        self.name = name
        self.open: list[str | None] = []  # a loop's variable, or None for an if

    def read(self, piece: Piece) -> None:
        try:
            if piece.kind == "block":
                piece = self._block(piece)
            elif piece.kind == "expression":
                self._expression(piece.tokens, piece.line)
        except _Refused as refused:
            self.parsed.problems.append(Problem(self.name, piece.line, refused.message, refused.remedy))
        self.parsed.pieces.append(piece)

    def _block(self, piece: Piece) -> Piece:
        word = piece.tokens[0].text if piece.tokens else ""
        rest = piece.tokens[1:]
        if word == "for":
            return self._loop(piece)
        if word in ("if", "elif"):
            self._expression(rest, piece.line)
            self._enter(None) if word == "if" else None
        elif word in ("endif", "endfor") and not rest:
            self.open = self.open[:-1]
        elif word != "else" or rest:
            raise _Refused(
                _("%(tag)s is not part of the template language.") % {"tag": "{% " + (word or "?") + " %}"},
                _("Use if, elif, else, endif, for and endfor."),
            )
        return piece

    def _enter(self, variable: str | None) -> None:
        self.open.append(variable)
        if len(self.open) > DEPTH_LIMIT:
            self.open.pop()
            raise _Refused(_("Blocks are nested more than 20 deep."), _("Simplify the conditions."))

    def _loop(self, piece: Piece) -> Piece:
        """`for x in path`, nothing else: anything that makes a list out of thin air could make a huge one."""
        words = piece.tokens[1:]
        shape = len(words) >= 3 and words[0].kind == "name" and words[0].text not in _KEYWORDS | set(FIELDS)
        if not (shape and words[1] == Token("name", "in") and _is_path(words[2:])):
            raise _Refused(
                _("A loop goes over a list that the customer has; this one does not."),
                _("Write {% for item in customer.items %}; ranges, filters and conditions are not possible here."),
            )
        self._expression(words[2:], piece.line)
        self._enter(words[0].text)
        if sum(variable is not None for variable in self.open) > LOOP_LIMIT:
            raise _Refused(_("Loops are nested more than two deep."), _("Use one or two loops."))
        end = re.search(r"[-+]?%\}$", piece.source)
        head = piece.source[: end.start()] if end else piece.source
        return Piece("block", f"{head.rstrip()}|{EACH} {end.group() if end else ''}", piece.line, piece.tokens)

    def _expression(self, tokens: tuple[Token, ...], line: int) -> None:
        if not tokens:
            raise _Refused(_("This tag is empty."), _("Write what to show, such as {{ customer.first_name }}."))
        depth = 0
        for index, token in enumerate(tokens):
            depth += (token.text in "([") - (token.text in ")]") if token.kind == "op" else 0
            if depth > DEPTH_LIMIT:
                raise _Refused(_("Brackets are nested more than 20 deep."), _("Simplify the expression."))
            _check_token(tokens, index)
            if _is_root(tokens, index):
                self._path(tokens, index, line)

    def _path(self, tokens: tuple[Token, ...], index: int, line: int) -> None:
        root, attribute = tokens[index].text, _attribute(tokens, index)
        variables = {variable for variable in self.open if variable}
        if root in variables:
            return
        if root not in FIELDS or (root == "loop" and not variables):
            _refuse_unknown(root, FIELDS)
        allowed = FIELDS[root]
        if allowed is not None and attribute and attribute not in allowed:
            _refuse_unknown(f"{root}.{attribute}", [f"{root}.{each}" for each in sorted(allowed)])
        has_fallback = Token("name", "default") in tokens or any(each.text in ("if", "is") for each in tokens)
        self.parsed.paths.append((root, attribute, line, has_fallback))


def _refuse_unknown(name: str, known: Collection[str]) -> None:
    raise _Refused(
        _("There is no variable named %(name)s.") % {"name": name},
        _("Known: %(names)s.") % {"names": ", ".join(known)},
    )


def _word(tokens: tuple[Token, ...], index: int) -> str:
    """The word at a place, or nothing outside the tag. Strings give nothing, so that none passes for a word."""
    if not 0 <= index < len(tokens) or tokens[index].kind == "string":
        return ""
    return tokens[index].text


def _is_test(tokens: tuple[Token, ...], index: int) -> bool:
    before = _word(tokens, index - 1)
    return before == "is" or (before == "not" and _word(tokens, index - 2) == "is")


def _is_root(tokens: tuple[Token, ...], index: int) -> bool:
    token = tokens[index]
    if token.kind != "name" or token.text in _KEYWORDS:
        return False
    return _word(tokens, index - 1) not in (".", "|") and not _is_test(tokens, index)


def _is_path(tokens: tuple[Token, ...]) -> bool:
    text = " ".join("0" if token.kind in ("string", "number") else token.text for token in tokens)
    return tokens[0].kind == "name" and re.fullmatch(r"\w+( \. \w+| \[ 0 \])*", text) is not None


def _attribute(tokens: tuple[Token, ...], index: int) -> str:
    """The first attribute after a root: `customer.city` and `customer["city"]` give city; none gives ""."""
    follow = tokens[index + 1 : index + 3]
    if len(follow) < 2 or follow[0].text not in (".", "["):
        return ""
    return follow[1].text.strip("\"'") if follow[1].kind in ("name", "string") else ""


def _check_token(tokens: tuple[Token, ...], index: int) -> None:
    token = tokens[index]
    before, after = _word(tokens, index - 1), _word(tokens, index + 1)
    if token.kind == "bad":
        raise _Refused(
            _("%(sign)s is not part of the template language.") % {"sign": token.text},
            _("Templates do no arithmetic and call nothing. Compute the value as a trait and show the trait."),
        )
    if token.kind == "op" and token.text == "|" and after not in FILTERS:
        _refuse_word(_("There is no filter named %(name)s."), after, FILTERS)
    if token == Token("op", "(") and not _may_open(tokens, index):
        raise _Refused(_("Templates call nothing."), _("Show a variable, or use a filter."))
    if token.kind != "name" or before == ".":
        return
    if token.text == "in" and after != "[":
        raise _Refused(_("`in` needs a written list."), _('Write {% if customer.tier in ["gold", "silver"] %}.'))
    if token.text != "not" and _is_test(tokens, index) and token.text not in TESTS:
        _refuse_word(_("There is no test named %(name)s."), token.text, TESTS)


def _may_open(tokens: tuple[Token, ...], index: int) -> bool:
    """A bracket groups, or holds a filter's arguments; after anything else it would be a call."""
    before = tokens[index - 1] if index else Token("op", "(")
    if before.kind == "name":
        is_filter = _word(tokens, index - 2) == "|"
        is_keyword = before.text in _KEYWORDS and _word(tokens, index - 2) != "."
        return is_filter or is_keyword
    return before.kind == "op" and before.text not in (")", "]")


def _refuse_word(message: str, name: str, known: Collection[str]) -> None:
    raise _Refused(message % {"name": name or "?"}, _("Known: %(names)s.") % {"names": ", ".join(sorted(known))})
