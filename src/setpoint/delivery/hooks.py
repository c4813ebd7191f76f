"""Addresses at which providers call back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from setpoint.delivery import services
from setpoint.delivery.links import check_hook_token
from setpoint.delivery.moments import now_of
from setpoint.delivery.types import FeedbackRequest
from setpoint.kernel.errors import SetpointError, TooLarge

_MOST_BYTES = 2 * 1024 * 1024
View = Callable[..., HttpResponse]


def _hook(view: View) -> View:
    """An address at which a channel's provider calls: its token checked, errors as JSON."""

    @wraps(view)
    def called(request: HttpRequest, channel: str) -> HttpResponse:
        try:
            check_hook_token(channel, request.GET.get("token", ""))
            if len(request.body) > _MOST_BYTES:
                raise TooLarge(_("A call-back has at most 2 MB."), remedy=_("Send fewer reports at once."))
            return view(request, channel)
        except SetpointError as error:
            return JsonResponse(error.to_dict(), status=error.status)

    return csrf_exempt(require_POST(called))


@_hook
def provider_hook(request: HttpRequest, channel: str) -> HttpResponse:
    """A provider's call-back, translated by the channel's plug-in."""
    call = FeedbackRequest(dict(request.headers), request.body, request.GET.dict())
    return JsonResponse({"recorded": services.receive_feedback(channel, call, now=now_of(request))})


@_hook
def raw_mail_hook(request: HttpRequest, channel: str) -> HttpResponse:
    """A bounce or complaint mail as it came, in the body."""
    now = now_of(request)
    services.find_account(channel)
    return JsonResponse({"recorded": services.record_feedback(services.read_report(request.body, now=now), now=now)})
