"""Render a compiled variant for one customer: a sandbox without loaders, with fuel, and with a limit on its output.

HTML parts live under names ending in .html, because the engine escapes those alone; subject and text end in .txt.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from minijinja import Environment, TemplateError

from setpoint.content.filters import METHOD_NAMES, filters_for, format_date, guarded, plain
from setpoint.content.plaintext import tidy
from setpoint.content.types import Language, RenderContext, Rendered, written_language
from setpoint.kernel.errors import Invalid, TooLarge

FUEL = 500_000
OUTPUT_LIMIT = 512 * 1024
SUBJECT_LIMIT = 300
_LINE_ENDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
_METHOD_NAME = re.compile(r"(?:\.\s*|\[\s*[\"'])(?:" + "|".join(sorted(METHOD_NAMES)) + r")\b")

_FOOTER_TEXT: Mapping[Language, str] = {
    "en": (
        "\n\n--\nYou receive this mail because you agreed to news from {{ company.name }}.\n"
        "Unsubscribe: {{ links.unsubscribe }}\nPreferences: {{ links.preferences }}\n"
        "{{ company.name }}{% if company.address %}, {{ company.address }}{% endif %}\n"
    ),
    "zh": (
        "\n\n--\n您收到这封邮件，是因为您同意接收{{ company.name }}的消息。\n"
        "退订：{{ links.unsubscribe }}\n偏好设置：{{ links.preferences }}\n"
        "{{ company.name }}{% if company.address %}，{{ company.address }}{% endif %}\n"
    ),
}
_FOOTER_STYLE = (
    "margin:24px auto 0;padding:16px;max-width:600px;font:12px/1.6 sans-serif;color:#666666;text-align:center"
)
_FOOTER_HTML: Mapping[Language, str] = {
    "en": (
        f'<div style="{_FOOTER_STYLE}">'
        "You receive this mail because you agreed to news from {{ company.name }}.<br>"
        '<a href="{{ links.unsubscribe }}" style="color:#666666">Unsubscribe</a> · '
        '<a href="{{ links.preferences }}" style="color:#666666">Preferences</a><br>'
        "{{ company.name }}{% if company.address %}, {{ company.address }}{% endif %}</div>"
    ),
    "zh": (
        f'<div style="{_FOOTER_STYLE}">您收到这封邮件，是因为您同意接收{{{{ company.name }}}}的消息。<br>'
        '<a href="{{ links.unsubscribe }}" style="color:#666666">退订</a> · '
        '<a href="{{ links.preferences }}" style="color:#666666">偏好设置</a><br>'
        "{{ company.name }}{% if company.address %}，{{ company.address }}{% endif %}</div>"
    ),
}


@dataclass(frozen=True, slots=True)
class CompiledVariant:
    """What a renderer needs of a variant. `language` is empty where any will do."""

    variant_id: int
    version: int
    language: str
    subject: str
    text: str
    html: str
    with_footer: bool


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders one variant. Frozen; may be shared between threads, because each thread has its own sandbox."""

    variant: CompiledVariant
    _is_guarded: bool = field(init=False, repr=False, compare=False)
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    def __post_init__(self) -> None:
        sources = (self.variant.subject, self.variant.text, self.variant.html)
        object.__setattr__(self, "_is_guarded", any(_METHOD_NAME.search(source) for source in sources))

    def render(self, context: RenderContext) -> Rendered:
        """The message for one customer; see `RenderContext`. Invalid or TooLarge where a limit is passed."""
        seen = {root: plain(value) for root, value in context.items()}
        language = self._language(seen)
        currency = _currency(seen)
        _settle_offer(seen, language)
        if self._is_guarded:
            seen = {root: guarded(value) for root, value in seen.items()}
        sandbox = self._sandbox(language, currency)
        subject = _LINE_ENDS.sub(" ", self._part(sandbox, "subject.txt", seen)).strip()
        html = self._part(sandbox, "body.html", seen).replace("&#x2f;", "/") if self.variant.html else ""
        return Rendered(subject[:SUBJECT_LIMIT], tidy(self._part(sandbox, "body.txt", seen)), html)

    def _language(self, seen: Mapping[str, Any]) -> Language:
        customer = seen.get("customer")
        spoken = customer.get("language") if isinstance(customer, dict) else None
        return written_language(self.variant.language or (spoken if isinstance(spoken, str) else "") or "en")

    def _sandbox(self, language: Language, currency: str) -> Environment:
        sandboxes: dict[str, Environment] = self._local.__dict__
        key = f"{language} {currency}"
        if key not in sandboxes:
            sandboxes[key] = make_sandbox(self.variant, language, currency)
        return sandboxes[key]

    def _part(self, sandbox: Environment, name: str, seen: Mapping[str, Any]) -> str:
        try:
            made: str = sandbox.render_template(name, **seen)
        except TemplateError as error:
            raise _render_problem(error, name) from error
        if len(made) > OUTPUT_LIMIT // 4 and len(made.encode()) > OUTPUT_LIMIT:
            raise TooLarge(
                _("The rendered message is over 512 kB."), remedy=_("Shorten the template or its lists."), field="body"
            )
        return made


def make_sandbox(variant: CompiledVariant, language: Language, currency: str) -> Environment:
    """An engine that knows this variant's three parts, the filters, and nothing else."""
    sandbox = Environment(
        fuel=FUEL,
        undefined_behavior="chainable",
        pycompat=False,
        debug=False,
        filters=dict(filters_for(language, currency)),
    )
    for name in ("range", "dict", "namespace", "debug"):
        sandbox.remove_global(name)
    text, html = variant.text, variant.html
    if variant.with_footer:
        text, html = text + _FOOTER_TEXT[language], _with_html_footer(html, language)
    sandbox.add_template("subject.txt", variant.subject)
    sandbox.add_template("body.txt", text)
    sandbox.add_template("body.html", html)
    return sandbox


def _with_html_footer(html: str, language: Language) -> str:
    at = html.lower().rfind("</body>")
    if not html:
        return ""
    return html + _FOOTER_HTML[language] if at < 0 else html[:at] + _FOOTER_HTML[language] + html[at:]


def _settle_offer(seen: dict[str, Any], language: Language) -> None:
    """An offer's text comes in both languages and its end as a moment; a message shows one text and a day."""
    offer = seen.get("offer")
    if not isinstance(offer, dict):
        return
    text = offer.get("text")
    if isinstance(text, dict):
        offer["text"] = text.get(language) or text.get("en") or ""
    if offer.get("expires_at"):
        offer["expires_at"] = format_date(offer["expires_at"], language)


def _currency(seen: Mapping[str, Any]) -> str:
    company = seen.get("company")
    currency = company.get("currency") if isinstance(company, dict) else None
    return currency if isinstance(currency, str) and len(currency) == 3 else "EUR"


def _render_problem(error: TemplateError, name: str) -> Invalid:
    field_name = "subject" if name.startswith("subject") else "body"
    if "fuel" in str(error):
        message, remedy = _("The template loops for too long."), _("Use shorter lists or fewer loops.")
    else:
        message = _("The template cannot be rendered: %(cause)s.") % {"cause": str(error).split("\n")[0][:200]}
        remedy = _("Correct the tag.")
    return Invalid(message, remedy=remedy, field=field_name, details={"line": error.line})
