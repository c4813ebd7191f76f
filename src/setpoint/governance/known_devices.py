"""Browsers in which somebody has signed in before.

Wrong passwords lock an account for a while. So that nobody can lock others out by knowing their e-mail, tries from a
browser that has already signed in to the account are counted apart from everybody else's (OWASP: device cookies).
The cookie holds a random number and a signature for that one account; it opens nothing.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from setpoint.governance.secrecy import sign, verify
from setpoint.kernel.errors import Unauthorised

_DAYS = 180


def tries_of(request: HttpRequest, email: str) -> str:
    """Whose tries these are: of one known browser, or of all others together, whatever host the request names."""
    return f"{email} {_known(request, email)}"


def welcome(request: HttpRequest, email: str) -> None:
    """Remember that this browser has signed in, so that the answer carries the cookie."""
    request.signed_in_email = email  # type: ignore[attr-defined]


def keep_device(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the cookie to a browser that has just signed in and has none for this account."""
    email: str = getattr(request, "signed_in_email", "")
    if email and not _known(request, email):
        response.set_cookie(
            settings.SETPOINT_DEVICE_COOKIE,
            sign(secrets.token_bytes(16), _purpose(email)),
            max_age=_DAYS * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _known(request: HttpRequest, email: str) -> str:
    token = request.COOKIES.get(settings.SETPOINT_DEVICE_COOKIE, "")
    try:
        return verify(token, _purpose(email)).hex()
    except Unauthorised:
        return ""


def _purpose(email: str) -> str:
    return f"device:{email}"
