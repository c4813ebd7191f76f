"""The way in: who opens a page without a session is led to sign in, or to sign up while nobody has an account."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest

from setpoint.governance.people import anybody

OPEN_PAGES = ("/sign-in", "/sign-up", "/join/", "/forgot-password", "/reset-password/", "/enter/")


def way_in(request: HttpRequest) -> str | None:
    """The address to go to first; None for whoever may pass. Pages before sign-in are open to all."""
    if request.path.startswith(OPEN_PAGES) or request.user.is_authenticated:
        return None
    if not anybody():
        return "/sign-up"
    asked = request.get_full_path()
    return "/sign-in" if asked == "/" else f"/sign-in?{urlencode({'next': asked})}"
