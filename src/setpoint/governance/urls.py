"""Addresses of signing up, in and out, under `/api/auth/`. Only what the pages use; all else of allauth stays shut."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.headless.account import views as account
from allauth.headless.constants import Client
from allauth.headless.mfa import views as second_factor
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, URLResolver, path

from setpoint.governance.views import (
    ForgottenPasswordView,
    RecoveryCodesView,
    SecondFactorView,
    SignInByLinkView,
    SignUpView,
)

_VIEWS = {
    "session": account.SessionView,
    "login": account.LoginView,
    "signup": SignUpView,
    "link": SignInByLinkView,
    "reauthenticate": account.ReauthenticateView,
    "password/request": ForgottenPasswordView,
    "password/reset": account.ResetPasswordView,
    "password/change": account.ChangePasswordView,
    "2fa/authenticate": second_factor.AuthenticateView,
    "2fa/reauthenticate": second_factor.ReauthenticateView,
    "authenticators": second_factor.AuthenticatorsView,
    "authenticators/totp": SecondFactorView,
    "authenticators/recovery-codes": RecoveryCodesView,
}
_MISSING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})


def _calmly(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 202 where allauth says 401 or 404 to mean "go on, something is missing yet".

    Browsers report such answers as errors, and none happened: the body says what comes next.
    """

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        try:
            answer = view(request)
        except RecursionError:
            return JsonResponse({"status": 400}, status=400)
        if answer.status_code in _MISSING:
            answer.status_code = HTTPStatus.ACCEPTED
        return answer

    return answered


urlpatterns: list[URLPattern | URLResolver] = [
    path(route, _calmly(view.as_api_view(client=Client.BROWSER)), name=f"auth-{route.replace('/', '-')}")
    for route, view in _VIEWS.items()
]
