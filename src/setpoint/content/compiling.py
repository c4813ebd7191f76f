"""Compile a variant once, when it is saved: MJML to HTML, style sheets into the tags, a text part from the HTML.

Template tags must come through tools that know nothing of them. They travel as stand-ins: a comment where text or
tags may stand (browsers keep comments in place even inside tables), a word inside a tag's attributes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import css_inline
import mrml
from django.utils.translation import gettext as _

from setpoint.content.plaintext import to_text
from setpoint.content.syntax import Parsed
from setpoint.content.types import BodyFormat, Problem

MARKUP_DEPTH_LIMIT = 100
_MJML_TAGS = frozenset(
    {
        "mjml", "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all",
        "mj-attributes", "mj-body", "mj-breakpoint", "mj-button", "mj-carousel", "mj-carousel-image", "mj-class",
        "mj-column", "mj-divider", "mj-font", "mj-group", "mj-head", "mj-hero", "mj-image", "mj-navbar",
        "mj-navbar-link", "mj-preview", "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer",
        "mj-style", "mj-table", "mj-text", "mj-title", "mj-wrapper",
    }
)  # fmt: skip
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]{0,60})((?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}'){0,500}?)(/?)>")
_STYLE = re.compile(r"<(?:mj-)?style\b", re.IGNORECASE)
_STAND_IN = re.compile(r"(?:<|&lt;)!--spx(\d+)x--(?:>|&gt;)|spx(\d+)x")
_FORBIDDEN = re.compile(r"<\s*(script|iframe|object|embed|form)\b", re.IGNORECASE)
_POSITION = re.compile(r"position (\d+):")


@dataclass(slots=True)
class Compiled:
    """A body ready for rendering: HTML and text with the template's tags still in them."""

    html: str = ""
    text: str = ""
    problems: list[Problem] = field(default_factory=list)


def compile_body(parsed: Parsed, body_format: BodyFormat, own_text: Parsed | None = None) -> Compiled:
    """Compile a parsed body. Problems are reported, never raised; `own_text` replaces the text made from the HTML."""
    if body_format == "text":
        return Compiled(text=parsed.source)
    marked, tags = _mark(parsed)
    problems = _reserved_words(parsed) + _markup_problems(marked, body_format)
    if problems:
        return Compiled(problems=problems)
    html = _to_html(marked, body_format, problems)
    if problems:
        return Compiled(problems=problems)
    text = own_text.source if own_text else _restore(to_text(html), tags)
    compiled = Compiled(_restore(html, tags), text, problems)
    problems += _lost_tags(html, tags, parsed)
    return compiled


def _mark(parsed: Parsed) -> tuple[str, list[str]]:
    """The source with a stand-in for each tag, and the tags in order."""
    marked = ""
    tags: list[str] = []
    for piece in parsed.pieces:
        if piece.kind == "text":
            marked += piece.source
            continue
        number = len(tags)
        tags.append(piece.source)
        inside_tag = marked.rfind("<") > marked.rfind(">")
        word = piece.kind == "expression" or inside_tag
        marked += f"spx{number}x" if word else f"<!--spx{number}x-->"
    return marked, tags


def _reserved_words(parsed: Parsed) -> list[Problem]:
    return [
        Problem("body", piece.line, _("This word is reserved: %(word)s.") % {"word": found.group()}, _("Change it."))
        for piece in parsed.pieces
        if piece.kind == "text" and (found := _STAND_IN.search(piece.source))
    ]


def _restore(marked: str, tags: list[str]) -> str:
    return _STAND_IN.sub(lambda found: tags[int(found.group(1) or found.group(2))], marked)


def _lost_tags(html: str, tags: list[str], parsed: Parsed) -> list[Problem]:
    kept = {int(found.group(1) or found.group(2)) for found in _STAND_IN.finditer(html)}
    lines = [piece.line for piece in parsed.pieces if piece.kind != "text"]
    return [
        Problem(
            "body",
            lines[number],
            _("%(tag)s stands where the mail cannot hold it.") % {"tag": tags[number][:60]},
            _("Move it into a text, a button or an <mj-raw>."),
        )
        for number in range(len(tags))
        if number not in kept
    ]


def _markup_problems(marked: str, body_format: BodyFormat) -> list[Problem]:
    problems: list[Problem] = []
    depth = 0
    for found in _TAG.finditer(marked):
        closes, name, empty = bool(found.group(1)), found.group(2).lower(), bool(found.group(4))
        line = marked.count("\n", 0, found.start()) + 1
        if body_format == "mjml" and name.startswith("mj") and name not in _MJML_TAGS:
            problems.append(_unknown_tag(name, line))
        depth += 0 if empty or name in _VOID else (-1 if closes else 1)
        if depth > MARKUP_DEPTH_LIMIT:
            return [Problem("body", line, _("Tags are nested more than 100 deep."), _("Close the tags, or simplify."))]
    if forbidden := _FORBIDDEN.search(marked):
        line = marked.count("\n", 0, forbidden.start()) + 1
        message = _("<%(tag)s> is not possible in a mail.") % {"tag": forbidden.group(1).lower()}
        problems.append(Problem("body", line, message, _("Remove it; mail programs refuse it.")))
    return problems + _style_problems(marked)


def _style_problems(marked: str) -> list[Problem]:
    """A variable in a style sheet would be escaped for text, which is no protection there."""
    problems, at = [], 0
    while opening := _STYLE.search(marked, at):
        at = marked.find("</", opening.end())
        at = len(marked) if at < 0 else at
        if _STAND_IN.search(marked, opening.end(), at):
            line = marked.count("\n", 0, opening.start()) + 1
            message = _("A style sheet cannot hold variables.")
            problems.append(Problem("body", line, message, _("Use the variable in the text.")))
    return problems


def _unknown_tag(name: str, line: int) -> Problem:
    if name == "mj-include":
        return Problem("body", line, _("Other files cannot be included."), _("Copy their content into this body."))
    return Problem("body", line, _("MJML has no tag <%(tag)s>.") % {"tag": name}, _("Use a tag of MJML 4."))


def _to_html(marked: str, body_format: BodyFormat, problems: list[Problem]) -> str:
    html = marked
    if body_format == "mjml":
        try:
            options = mrml.RenderOptions(fonts={})
            html = mrml.to_html(marked, parser_options=mrml.ParserOptions(), render_options=options).content
        except OSError as error:
            problems.append(_mjml_problem(str(error), marked))
            return ""
    try:
        return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True).inline(html)
    except css_inline.InlineError as error:
        message = _("The style sheet cannot be read: %(cause)s.") % {"cause": str(error)[:200]}
        problems.append(Problem("body", None, message, _("Correct the style sheet.")))
        return ""


def _mjml_problem(cause: str, marked: str) -> Problem:
    found = _POSITION.search(cause)
    line = marked.encode()[: int(found.group(1))].count(b"\n") + 1 if found else None
    shown = re.sub(r" in root template| at position.*", "", cause)[:200]
    return Problem(
        "body",
        line,
        _("This is not MJML: %(cause)s.") % {"cause": shown},
        _("Start with <mjml><mj-body> and close every tag, or choose the format html."),
    )
