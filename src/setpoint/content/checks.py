"""Check a template before it is saved: language, markup, variables, what the law wants in a marketing mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

from django.utils.translation import gettext as _
from minijinja import TemplateError

from setpoint.content.compiling import Compiled, compile_body
from setpoint.content.rendering import CompiledVariant, make_sandbox
from setpoint.content.syntax import Parsed, parse
from setpoint.content.types import BodyFormat, Problem
from setpoint.kernel.errors import Invalid

SUBJECT_SOURCE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """What an author writes. `known_traits` None means that any trait name will do."""

    subject: str
    body: str
    format: BodyFormat = "mjml"
    text: str = ""
    channel: str = "email"
    purpose: str = "marketing"
    known_traits: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked source: its problems and, where none is an error, its compiled form."""

    problems: list[Problem]
    subject: str
    compiled: Compiled

    @property
    def errors(self) -> list[Problem]:
        """The problems that refuse a save."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def or_raise(self) -> Checked:
        """Itself; Invalid with the first error's field and line if there is one."""
        for problem in self.errors:
            where = {"line": problem.line, "problems": [_shown(each) for each in self.errors]}
            raise Invalid(problem.message, remedy=problem.remedy, field=problem.field, details=where)
        return self


def check_source(subject: str, body: str, format: BodyFormat = "mjml") -> list[Problem]:
    """What is wrong with a marketing mail's source; errors first. Saves nothing, needs no customer."""
    return check(Source(subject, body, format)).problems


def check(source: Source) -> Checked:
    """Check and compile a source. Problems are returned, errors first."""
    problems = _outline_problems(source)
    if problems:
        return Checked(problems, "", Compiled())
    subject, body = parse(source.subject, "subject"), parse(source.body, "body")
    own_text = parse(source.text, "text") if source.text else None
    parts = [part for part in (subject, body, own_text) if part]
    problems = [problem for part in parts for problem in part.problems]
    compiled = Compiled()
    if not problems:
        compiled = compile_body(body, source.format, own_text)
        problems = compiled.problems or _engine_problems(subject.source, compiled)
    problems += _warnings(source, parts, compiled)
    return Checked(sorted(problems, key=lambda problem: problem.severity != "error"), subject.source, compiled)


def _outline_problems(source: Source) -> list[Problem]:
    problems = []
    if source.format not in get_args(BodyFormat):
        problems.append(Problem("format", None, _("This format is not known."), _("Choose mjml, html or text.")))
    if len(source.subject) > SUBJECT_SOURCE_LIMIT:
        message = _("The subject is over 1000 characters.")
        problems.append(Problem("subject", None, message, _("Shorten it; 300 characters are shown at most.")))
    if "\n" in source.subject or "\r" in source.subject:
        problems.append(Problem("subject", 1, _("The subject has more than one line."), _("Write it on one line.")))
    if source.channel == "email" and not source.subject.strip():
        problems.append(Problem("subject", None, _("A mail needs a subject."), _("Write a subject.")))
    if not source.body.strip():
        problems.append(Problem("body", None, _("The body is empty."), _("Write a body.")))
    return problems


def _engine_problems(subject: str, compiled: Compiled) -> list[Problem]:
    """What the engine itself refuses: grammar, and bodies that fail for a customer of whom nothing is known."""
    variant = CompiledVariant(0, 0, "", subject, compiled.text, compiled.html, False)
    try:
        sandbox = make_sandbox(variant, "en", "EUR")
        for part in ("subject.txt", "body.txt", "body.html"):
            sandbox.render_template(part)
    except TemplateError as error:
        at_fault = "subject" if (error.name or "").startswith("subject") else "body"
        message = _("The template cannot be read: %(cause)s.") % {"cause": str(error).split(" (in ")[0][:200]}
        return [Problem(at_fault, error.line, message, _("Close every if and for, and correct the tag."))]
    return []


def _warnings(source: Source, parts: Collection[Parsed], compiled: Compiled) -> list[Problem]:
    found = []
    for part in parts:
        for root, attribute, line, has_fallback in part.paths:
            if root == "customer" and attribute and not has_fallback and attribute != "id":
                found.append(_trait_warning(attribute, line, source.known_traits))
    marketing = source.channel == "email" and source.purpose == "marketing"
    if marketing and not any(part.reads("links", "unsubscribe") for part in parts):
        message = _("The body has no unsubscribe link; a footer with one is added.")
        found.append(Problem("body", None, message, _("Use {{ links.unsubscribe }} to place it yourself."), "warning"))
    elif marketing and not any(part.reads("company", "address") for part in parts):
        message = _("The body does not show the company's postal address.")
        found.append(Problem("body", None, message, _("Use {{ company.address }}."), "warning"))
    if len(compiled.html) > 100 * 1024:
        message = _("The HTML is over 100 kB; some mail programs cut it.")
        found.append(Problem("body", None, message, _("Shorten it."), "warning"))
    return list({(each.line, each.message): each for each in found}.values())


def _trait_warning(trait: str, line: int, known: Collection[str] | None) -> Problem:
    if known is not None and trait not in known:
        message = _("No customer has a trait named %(name)s yet.") % {"name": trait}
        return Problem("body", line, message, _("Check the spelling."), "warning")
    message = _("Customers without %(name)s will see nothing here.") % {"name": trait}
    remedy = _('Add a fallback: {{ customer.%(name)s | default("friend") }}.') % {"name": trait}
    return Problem("body", line, message, remedy, "warning")


def _shown(problem: Problem) -> dict[str, object]:
    return {"field": problem.field, "line": problem.line, "message": problem.message, "remedy": problem.remedy}
