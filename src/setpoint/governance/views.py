"""Calls of signing up and in that differ from allauth's own."""

from __future__ import annotations

import json
import time
from typing import Any, cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.headless.account.views import RequestPasswordResetView
from allauth.headless.account.views import SignupView as HeadlessSignupView
from allauth.headless.base.response import AuthenticationResponse, ForbiddenResponse
from allauth.headless.base.views import APIView
from allauth.headless.mfa.views import ManageRecoveryCodesView, ManageTOTPView
from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from setpoint.governance.accounts import record_own
from setpoint.governance.invitations import open_invitation
from setpoint.governance.models import User
from setpoint.governance.people import anybody
from setpoint.governance.recovery import person_of_link
from setpoint.kernel.errors import SetpointError

LEAST_SECONDS = 0.3
"""How long an answer takes whose work depends on whether somebody has an account."""


class SignUpView(HeadlessSignupView):  # type: ignore[misc]
    """Sign-up that says no before it looks at the form, so that nobody learns who has an account."""

    def handle_input(self, data: Any) -> HttpResponse | None:
        """Refuse whoever is neither the first nor invited; then check the form."""
        if not _may_sign_up(data or {}):
            return cast(HttpResponse, ForbiddenResponse(self.request))
        return cast("HttpResponse | None", super().handle_input(data))


def _may_sign_up(data: dict[str, Any]) -> bool:
    if not anybody():
        return True
    try:
        invited = open_invitation(str(data.get("invitation", "")))
    except SetpointError:
        return False
    return invited.email == str(data.get("email", "")).strip().lower()


class ForgottenPasswordView(RequestPasswordResetView):  # type: ignore[misc]
    """A link to choose a new password; neither the answer nor its time tells whether the address has an account."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send the link where there is an account, and answer no sooner where there is none."""
        started = time.monotonic()
        answer = super().post(request, *args, **kwargs)
        time.sleep(max(0.0, started + LEAST_SECONDS - time.monotonic()))
        return cast(HttpResponse, answer)


class SignInByLinkView(APIView):  # type: ignore[misc]
    """Signs in whoever holds a sign-in link; a second factor is asked for as ever."""

    handle_json_input = False

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in, or tell that the link is used up."""
        if request.user.is_authenticated:
            logout(request)
        try:
            user = person_of_link(str((self._parse_json(request) or {}).get("token", "")))
        except SetpointError as error:
            return JsonResponse(error.to_dict(), status=error.status)
        record_authentication(request, user, method="link")
        answer = perform_login(request, Login(user=user, email=user.email))
        return cast(HttpResponse, AuthenticationResponse.from_response(request, answer))


class SecondFactorView(ManageTOTPView):  # type: ignore[misc]
    """Setting up and taking away the second factor, on record."""

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Turn the second factor on with the first code of the app."""
        answer = _on_record(request, super().post(request, *args, **kwargs), "added second factor")
        if answer.status_code == 200:
            _use_up(request)
        return answer

    @transaction.atomic
    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Turn the second factor off."""
        return _on_record(request, super().delete(request, *args, **kwargs), "removed second factor")


def _use_up(request: HttpRequest) -> None:
    """Take the code that turned the factor on as used, so that nobody who saw it signs in with it."""
    code = str((json.loads(request.body) or {}).get("code", ""))
    Authenticator.objects.get(user_id=request.user.pk, type=Authenticator.Type.TOTP).wrap().validate_code(code)


class RecoveryCodesView(ManageRecoveryCodesView):  # type: ignore[misc]
    """Recovery codes, whose replacement is on record."""

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make new codes; the old ones open nothing any more."""
        return _on_record(request, super().post(request, *args, **kwargs), "made recovery codes")


def _on_record(request: HttpRequest, answer: Any, verb: str) -> HttpResponse:
    if answer.status_code == 200 and isinstance(request.user, User):
        record_own(request, request.user, verb)
    return cast(HttpResponse, answer)
