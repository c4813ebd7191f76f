"""Addresses that others call: inbound webhooks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from setpoint.kernel import clock
from setpoint.kernel.errors import SetpointError
from setpoint.sources import services


@csrf_exempt
@require_POST
def receive(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Take a signed call (Standard Webhooks): 204 once it is on disk, 200 when it was there already."""
    try:
        fresh = services.receive_call(connection_id, dict(request.headers), request.body, now=clock.now())
    except SetpointError as error:
        return JsonResponse(error.to_dict(), status=error.status)
    return HttpResponse(status=204 if fresh else 200)


urlpatterns = [path("inbound/<int:connection_id>", receive)]
