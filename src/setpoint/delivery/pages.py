"""Pages for customers: unsubscribe, preferences, thanks. No script, no cookie, no log-in; the company's colours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from setpoint.content.types import written_language
from setpoint.customers.services import views as customer_views
from setpoint.delivery import services
from setpoint.delivery.links import Choice, read_choice
from setpoint.delivery.moments import now_of
from setpoint.delivery.pacing import may_use
from setpoint.delivery.preferences import can_undo, channel_label, grouped
from setpoint.delivery.tracking import network_of
from setpoint.governance.origin import address_of, device_of
from setpoint.governance.services import acting_as, company
from setpoint.governance.types import Acting
from setpoint.kernel.colour import readable_ink, readable_on
from setpoint.kernel.errors import SetpointError

_STYLE = (Path(__file__).parent / "templates" / "delivery" / "style.css").read_text()
_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PAPER, _DARK_PAPER = "#ffffff", "#171b21"
_LANGUAGES = {"en": "en", "zh": "zh-hans"}
_WRITES_A_MINUTE = 20
_STRANGERS_A_MINUTE = 60
View = Callable[..., HttpResponse]


def _for_customer(view: View) -> View:
    """A page that a signed link opens: in the customer's language; a plain word for links we did not make."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        choice = _choice_of(token)
        found = customer_views([choice.customer_id]).get(choice.customer_id) if choice else None
        if choice is None or found is None:
            return _refused(request)
        language = _asked_language(request) or _LANGUAGES[written_language(found.language)]
        with translation.override(language), acting_as(_customer_at(request)):
            if request.method == "POST" and not may_use(f"choice:{token}", most=_WRITES_A_MINUTE, seconds=60):
                return _page("slow", request, status=429)
            return view(request, choice, token)

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(opened))


@_for_customer
def unsubscribe_page(request: HttpRequest, choice: Choice, token: str) -> HttpResponse:
    """GET asks; only POST (the page's button, or a mail program by RFC 8058) unsubscribes."""
    shown: dict[str, Any] = {"token": token, "channel": channel_label(choice.channel)}
    if request.method != "POST":
        return _page("unsubscribe", request, **shown)
    now = now_of(request)
    if request.POST.get("action") == "undo":
        undone = services.undo_unsubscribe(choice, now=now)
        return _preferences(request, choice, token, note="undone" if undone else "")
    services.unsubscribe(choice, now=now)
    return _page("unsubscribed", request, can_undo=can_undo(choice, now=now), **shown)


@_for_customer
def preference_page(request: HttpRequest, choice: Choice, token: str) -> HttpResponse:
    """What the customer receives, to be changed by them."""
    if request.method != "POST":
        return _preferences(request, choice, token)
    now, action = now_of(request), request.POST.get("action", "save")
    if action == "pause":
        services.pause_customer(choice.customer_id, now=now)
    elif action == "resume":
        services.end_pause(choice.customer_id, now=now)
    else:
        wanted = set() if action == "nothing" else set(request.POST.getlist("topic"))
        services.choose(choice, wanted, now=now)
    return _preferences(request, choice, token, note=action)


def _preferences(request: HttpRequest, choice: Choice, token: str, note: str = "") -> HttpResponse:
    topics = services.topics_of(choice)
    until = services.paused_until(choice.customer_id, now=now_of(request))
    return _page(
        "preferences",
        request,
        token=token,
        groups=grouped(topics, choice.channel),
        nothing=not any(topic.granted for topic in topics),
        until=date_format(until, "DATE_FORMAT") if until else "",
        note=note,
    )


def _customer_at(request: HttpRequest) -> Acting:
    """The customer as the audit trail names them: from which network and kind of program, as with opens and clicks."""
    program = device_of(request.headers.get("User-Agent", ""))
    origin = f"{network_of(address_of(request))} {program}".strip()
    return Acting("customer", frozenset({"customers:write"}), origin)


def _choice_of(token: str) -> Choice | None:
    try:
        return read_choice(token)
    except (SetpointError, ValueError):
        return None


def _refused(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    with translation.override(_asked_language(request) or translation.get_language_from_request(request)):
        if not may_use(f"stranger:{address}", most=_STRANGERS_A_MINUTE, seconds=60):
            return _page("slow", request, status=429)
        return _page("broken", request, status=404)


def _asked_language(request: HttpRequest) -> str | None:
    return _LANGUAGES.get(request.GET.get("lang", ""))


def _page(name: str, request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    record = company()
    style = _style(record.brand_colour.lower())
    language = translation.get_language() or "en"
    context = shown | {
        "company": record.name,
        "address": record.physical_address,
        "logo": record.logo,
        "style": style,
        "language": "zh-Hans" if language.startswith("zh") else "en",
        "path": request.path,
        "asked": f"?lang={request.GET['lang']}" if _asked_language(request) else "",
    }
    answer = HttpResponse(render_to_string(f"delivery/{name}.html", context), status=status)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    answer["Content-Security-Policy"] = _POLICY.format(style=digest)
    answer["Cache-Control"] = "no-store, private"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


def _style(brand: str) -> str:
    """The style sheet in the company's colour, in shades that can be read on both grounds."""
    shades = {
        "BRAND": brand,
        "ON_FILL": readable_on(brand),
        "INK_LIGHT": readable_ink(brand, _PAPER),
        "INK_DARK": readable_ink(brand, _DARK_PAPER),
    }
    made = _STYLE
    for word, colour in shades.items():
        made = made.replace(f"[[{word}]]", colour)
    return made
