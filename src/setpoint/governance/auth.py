"""Who may call an endpoint: `Router.get(..., auth=require("customers:read"))`.

A caller is a program with an API key or a person with a session. A request that carries a key is judged by the key
alone and never looks a session up; a person's writes also need the token against cross-site requests.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from setpoint.governance.acting import missing
from setpoint.governance.company import company
from setpoint.governance.keys import authenticate_key
from setpoint.governance.models import User
from setpoint.governance.origin import origin_of
from setpoint.governance.second_factor import has_second_factor
from setpoint.governance.types import SCOPES, Acting
from setpoint.kernel.errors import Refused, SetpointError, Unauthorised

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ErrorOut(Schema):
    """Every error: what happened and why, and what to do. `technical`: what another side's machine said."""

    code: str
    message: str
    remedy: str | None = None
    field: str | None = None
    row: int | None = None
    technical: str | None = None


class Caller(HttpBearer):
    """Takes an API key (`Authorization: Bearer KEY` or `X-Api-Key: KEY`) or a session, and demands one scope."""

    openapi_description = (
        "An API key (`sp_api_...`), as bearer token or in the header `X-Api-Key`; or the cookie of a signed-in session."
    )

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Acting:
        token = _token_of(request)
        if token or not _carries_session(request):
            return self.authenticate(request, token)
        return self._person(request)

    def authenticate(self, request: HttpRequest, token: str) -> Acting:
        """The key's holder; Unauthorised without a valid key, Refused without the scope."""
        view = authenticate_key(token.strip())
        if view is None:
            raise _unauthorised(token)
        if self.scope not in view.scopes:
            raise missing(self.scope, person=False)
        return Acting(view.actor, view.scopes, origin_of(request))

    def _person(self, request: HttpRequest) -> Acting:
        who = person_of(request)
        if self.scope not in who.scopes:
            raise missing(self.scope, person=True)
        _demand_second_factor(who.user_id)
        return who


class SignedIn(HttpBearer):
    """Takes a session alone: for what a person does to their own account, whatever their role."""

    openapi_name = "Session"
    openapi_description = "The cookie of a signed-in session; API keys are not taken."

    def __call__(self, request: HttpRequest) -> Acting:
        return person_of(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Never called: a session is no bearer token."""
        return None


def require(scope: str) -> Caller:
    """Authentication for an endpoint that needs `scope`. Sets `request.auth` to an Acting."""
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is not a scope; known: {', '.join(SCOPES)}")
    return Caller(scope)


def require_person() -> SignedIn:
    """Authentication for an endpoint about the signed-in person themselves. Sets `request.auth` to an Acting."""
    return SignedIn()


def actor_of(request: HttpRequest) -> str:
    """How the audit trail names the caller of an authenticated request."""
    who = getattr(request, "auth", None)
    return who.actor if isinstance(who, Acting) else "system"


def person_of(request: HttpRequest) -> Acting:
    """The signed-in person, with the scopes of their role; Unauthorised without a living session."""
    user = request.user
    if not isinstance(user, User):
        raise _signed_out()
    if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(user.language)
    if request.method not in _SAFE and check_csrf(request) is not None:
        raise _cross_site()
    return acting_for(user, request)


def acting_for(user: User, request: HttpRequest) -> Acting:
    """How a person acts in this request."""
    return Acting(user.actor, user.scopes, origin_of(request), user.pk)


def _token_of(request: HttpRequest) -> str:
    bearer, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token if bearer.lower() == "bearer" else request.headers.get("X-Api-Key", "")


def _carries_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _demand_second_factor(user_id: int | None) -> None:
    if company().second_factor_required and not has_second_factor(user_id):
        raise Refused(
            _("Your company asks everybody for a second factor, and you have none yet."),
            remedy=_("Set one up under Security; it takes a minute."),
            details={"code": "second_factor_missing"},
        )


def _unauthorised(token: str) -> SetpointError:
    remedy = _("Send `Authorization: Bearer sp_api_...` with a key that has not been revoked.")
    if not token:
        return Unauthorised(_("This request carries no API key."), remedy=remedy)
    return Unauthorised(_("This API key is wrong or was revoked."), remedy=remedy)


def _signed_out() -> SetpointError:
    return Unauthorised(_("You are not signed in, or your session has ended."), remedy=_("Sign in again."))


def _cross_site() -> SetpointError:
    return Refused(
        _("This request does not show that it comes from our own pages."),
        remedy=_("Reload the page and try again."),
        details={"code": "cross_site"},
    )
