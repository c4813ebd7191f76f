"""Pages for customers (unsubscribe, preferences) and hooks for providers. No script, no cookie, no log-in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from setpoint.customers.services import views as customer_views
from setpoint.delivery import services
from setpoint.delivery.links import Choice, check_hook_token, read_choice
from setpoint.delivery.tracking import moment_of
from setpoint.delivery.types import FeedbackRequest
from setpoint.governance.services import company
from setpoint.kernel.errors import SetpointError, TooLarge

_STYLE = (Path(__file__).parent / "templates" / "delivery" / "style.css").read_text()
_POLICY = "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_MOST_HOOK_BYTES = 2 * 1024 * 1024
View = Callable[..., HttpResponse]


def _for_customer(view: View) -> View:
    """A page that a signed link opens: in the customer's language; a plain word for links we did not make."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        try:
            choice = read_choice(token)
        except (SetpointError, ValueError):
            return _page("broken", status=404, language=translation.get_language_from_request(request))
        found = customer_views([choice.customer_id]).get(choice.customer_id)
        if found is None:
            return _page("broken", status=404, language=translation.get_language_from_request(request))
        with translation.override(found.language):
            return view(request, choice, token)

    return csrf_exempt(opened)


@_for_customer
def unsubscribe_page(request: HttpRequest, choice: Choice, token: str) -> HttpResponse:
    """GET asks; only POST (the page's button, or a mail program by RFC 8058) unsubscribes."""
    if request.method != "POST":
        return _page("unsubscribe", token=token)
    services.unsubscribe(choice, now=_now(request))
    return _page("unsubscribed", token=token)


@_for_customer
def preference_page(request: HttpRequest, choice: Choice, token: str) -> HttpResponse:
    """What the customer receives, to be changed by them."""
    if request.method == "POST":
        topics = services.choose(choice, set(request.POST.getlist("topic")), now=_now(request))
        return _page("preferences", token=token, topics=topics, saved=True)
    return _page("preferences", token=token, topics=services.topics_of(choice))


unsubscribe_page = require_http_methods(["GET", "HEAD", "POST"])(unsubscribe_page)
preference_page = require_http_methods(["GET", "HEAD", "POST"])(preference_page)


def _hook(view: View) -> View:
    """An address at which a channel's provider calls: its token checked, errors as JSON."""

    @wraps(view)
    def called(request: HttpRequest, channel: str) -> HttpResponse:
        try:
            check_hook_token(channel, request.GET.get("token", ""))
            if len(request.body) > _MOST_HOOK_BYTES:
                raise TooLarge(_("A call-back has at most 2 MB."), remedy=_("Send fewer reports at once."))
            return view(request, channel)
        except SetpointError as error:
            return JsonResponse(error.to_dict(), status=error.status)

    return csrf_exempt(require_POST(called))


@_hook
def provider_hook(request: HttpRequest, channel: str) -> HttpResponse:
    """A provider's call-back, translated by the channel's plug-in."""
    call = FeedbackRequest(dict(request.headers), request.body, request.GET.dict())
    return JsonResponse({"recorded": services.receive_feedback(channel, call, now=_now(request))})


@_hook
def raw_mail_hook(request: HttpRequest, channel: str) -> HttpResponse:
    """A bounce or complaint mail as it came, in the body."""
    now = _now(request)
    services.find_account(channel)
    return JsonResponse({"recorded": services.record_feedback(services.read_report(request.body, now=now), now=now)})


def _now(request: HttpRequest) -> Any:
    return moment_of({name.lower(): value for name, value in request.headers.items()})


def _page(name: str, *, status: int = 200, language: str | None = None, **shown: Any) -> HttpResponse:
    record = company()
    style = _STYLE.replace("#1668dc", record.brand_colour.lower())
    with translation.override(language or translation.get_language()):
        context = shown | {"company": record.name, "style": style, "language": translation.get_language()}
        answer = HttpResponse(render_to_string(f"delivery/{name}.html", context), status=status)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    answer["Content-Security-Policy"] = _POLICY.format(style=digest)
    answer["Cache-Control"] = "no-store, private"
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
