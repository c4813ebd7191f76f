"""Where each address goes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from setpoint import __version__
from setpoint.site.api import api, description
from setpoint.site.pages import shell


def health(request: HttpRequest) -> HttpResponse:
    """Alive, for load balancers and start-up scripts."""
    return JsonResponse({"status": "ok", "version": __version__})


handler404 = "setpoint.site.api.no_such_address"

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health),
    path("api/auth/", include("setpoint.governance.urls")),
    path("api/openapi.json", description),
    path("api/", api.urls),
    path("", include("setpoint.content.urls")),
    path("", include("setpoint.delivery.urls")),
    path("", include("setpoint.sources.urls")),
    path("", include("setpoint.autopilot.urls")),
    path("", include("setpoint.site.company.pages")),
    re_path(r"^(?!(?:api|static|v1|_allauth)/)", shell),
]
