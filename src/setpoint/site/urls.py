"""Where each address goes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, URLResolver, include, path

from setpoint import __version__
from setpoint.site.api import api


def home(request: HttpRequest) -> HttpResponse:
    """The front door: the API's documentation, until there are pages."""
    return HttpResponseRedirect("/api/docs")


def health(request: HttpRequest) -> HttpResponse:
    """Alive, for load balancers and start-up scripts."""
    return JsonResponse({"status": "ok", "version": __version__})


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home),
    path("health", health),
    path("api/", api.urls),
    path("", include("setpoint.delivery.urls")),
    path("", include("setpoint.autopilot.urls")),
]
