"""The public API: every package's router under one address, one form of error."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.responses import NinjaJSONEncoder

from setpoint import __version__
from setpoint.autopilot.api import router as campaigns
from setpoint.autopilot.cockpit_api import router as cockpit
from setpoint.autopilot.drafts_api import presets_router as campaign_presets
from setpoint.content.api import router as content
from setpoint.customers.api import router as customers
from setpoint.customers.identity.api import router as identity
from setpoint.customers.tags.api import router as customer_tags
from setpoint.delivery.api import router as delivery
from setpoint.destinations.api import router as destinations
from setpoint.events.api import router as events
from setpoint.governance.acting import on_behalf_of_caller
from setpoint.governance.api import router as governance
from setpoint.insights.tagging.api import router as tags
from setpoint.kernel.errors import NotFound, SetpointError
from setpoint.segments.api import router as segments
from setpoint.segments.customers_api import router as customer_list
from setpoint.segments.following.api import router as followed_segments
from setpoint.site.company.api import router as demo_company
from setpoint.site.shell_api import router as shell
from setpoint.site.simulation import router as simulation
from setpoint.sources.api import router as sources

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="Setpoint",
    version=__version__,
    description="Set a goal and cost limits; Setpoint closes the loop. Errors carry cause and remedy.",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_decorator(on_behalf_of_caller)
api.add_router("", governance)
api.add_router("", customer_list)  # before the one that takes any id
api.add_router("", customers)
api.add_router("", identity)
api.add_router("", customer_tags)
api.add_router("", tags)
api.add_router("", events)
api.add_router("", content)
api.add_router("", delivery)
api.add_router("", followed_segments)  # before the one that takes any id
api.add_router("", segments)
api.add_router("", sources)
api.add_router("", destinations)
api.add_router("/campaigns", campaigns)
api.add_router("/campaign-presets", campaign_presets)
api.add_router("", cockpit)
api.add_router("", shell)
api.add_router("", demo_company)
api.add_router("/simulation", simulation)


def description(request: HttpRequest) -> HttpResponse:
    """The API's OpenAPI description; made once, as it takes long and anybody may ask."""
    return HttpResponse(_description(), content_type="application/json")


@cache
def _description() -> bytes:
    return json.dumps(api.get_openapi_schema(), cls=NinjaJSONEncoder).encode()


@api.exception_handler(SetpointError)
def on_setpoint_error(request: HttpRequest, error: SetpointError) -> HttpResponse:
    """Our own errors, with the status of their kind."""
    return api.create_response(request, error.to_dict(), status=error.status)


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A request that could not be read at all, such as a body that is no JSON."""
    answer = {
        "code": "invalid",
        "message": _("This request cannot be read: its body is no JSON, or nests too deeply."),
        "remedy": _("See the schema of this request at /api/docs."),
    }
    return api.create_response(request, answer, status=error.status_code)


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing stands at this address: as JSON for programs, as a short page for people."""
    error = NotFound(_("There is nothing at this address."), remedy=_("The addresses of the API stand at /api/docs."))
    if request.path.startswith("/api/"):
        return api.create_response(request, error.to_dict(), status=404)
    return page_not_found(request, exception)


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input that does not fit the schema: the first problem, named by its field."""
    first: dict[str, Any] = dict(error.errors[0]) if error.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[1:]) or None
    answer = {
        "code": "invalid",
        "message": str(first.get("msg", error)),
        "field": field,
        "remedy": _("See the schema of this request at /api/docs."),
    }
    return api.create_response(request, answer, status=400)
