"""Who may call an endpoint: `Router.get(..., auth=require("customers:read"))`."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.security import HttpBearer

from setpoint.governance.services import authenticate_key
from setpoint.governance.types import SCOPES, ApiKeyView
from setpoint.kernel.errors import Refused, Unauthorised


class ErrorOut(Schema):
    """Every error: what happened and why, and what to do."""

    code: str
    message: str
    remedy: str | None = None
    field: str | None = None
    row: int | None = None


class ApiKeyAuth(HttpBearer):
    """Takes `Authorization: Bearer KEY` or `X-Api-Key: KEY` and demands one scope."""

    openapi_description = "An API key (`sp_api_...`), as bearer token or in the header `X-Api-Key`."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKeyView:
        bearer, _space, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, token if bearer.lower() == "bearer" else request.headers.get("X-Api-Key", ""))

    def authenticate(self, request: HttpRequest, token: str) -> ApiKeyView:
        """The key's holder; Unauthorised without a valid key, Refused without the scope."""
        view = authenticate_key(token.strip())
        if view is None:
            raise _unauthorised(token)
        if self.scope not in view.scopes:
            raise Refused(
                _("This API key does not hold the scope %(scope)s.") % {"scope": self.scope},
                remedy=_("Use a key with this scope, or create one."),
            )
        return view


def require(scope: str) -> ApiKeyAuth:
    """Authentication for an endpoint that needs `scope`. Sets `request.auth` to an ApiKeyView."""
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is not a scope; known: {', '.join(SCOPES)}")
    return ApiKeyAuth(scope)


def actor_of(request: HttpRequest) -> str:
    """How the audit trail names the caller of an authenticated request."""
    view = getattr(request, "auth", None)
    return view.actor if isinstance(view, ApiKeyView) else "system"


def _unauthorised(token: str) -> Unauthorised:
    remedy = _("Send `Authorization: Bearer sp_api_...` with a key that has not been revoked.")
    if not token:
        return Unauthorised(_("This request carries no API key."), remedy=remedy)
    return Unauthorised(_("This API key is wrong or was revoked."), remedy=remedy)
