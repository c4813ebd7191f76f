"""A message of the demo inbox as its own document: it may draw, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.clickjacking import xframe_options_sameorigin

from setpoint.governance.auth import person_of
from setpoint.kernel.errors import SetpointError
from setpoint.site.company import services

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""Mails carry their styles in themselves; no script runs in here, and the document has no origin."""


@xframe_options_sameorigin
def mail_html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The designed form of one message, for a frame of the demo inbox."""
    try:
        if "delivery:read" not in person_of(request).scopes:
            return HttpResponse(status=403)
        answer = HttpResponse(services.mail(mail_id).html)
    except SetpointError as error:
        answer = HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = "private, no-store"
    return answer


urlpatterns: list[URLPattern] = [path("demo-inbox/<int:mail_id>/html", mail_html)]
