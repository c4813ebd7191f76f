"""Pages of the autopilot: the shared report."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from setpoint.autopilot import reporting, sharing
from setpoint.governance.documents import document_policy
from setpoint.kernel import clock
from setpoint.kernel.errors import SetpointError


def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """The report behind a signed address, in the visitor's language first."""
    now = clock.now()
    try:
        campaign = sharing.shared_campaign(token, now=now)
        language = "zh" if (get_language() or "en").startswith("zh") else "en"
        body, content_type = reporting.render(campaign, "html", language, now=now)
    except SetpointError as error:
        return HttpResponse(error.message, status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(body, content_type=content_type)
    response["Content-Security-Policy"] = document_policy(body)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
