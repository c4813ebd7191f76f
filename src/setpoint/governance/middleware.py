"""What every answer carries and every session passes: security headers, the idle limit, refusals in our own form."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _

from setpoint.governance.known_devices import keep_device
from setpoint.governance.sessions import SessionStore

ACTIVE_HEADER = "X-Setpoint-Active"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class NoMessages(BaseStorage):
    """Django's flash messages, which allauth writes and nobody here reads: kept nowhere."""

    def _get(self, *args: Any, **named: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **named: Any) -> list[Any]:
        return []


def policy(nonce: str) -> str:
    """The content security policy of the pages: all from ourselves; styles added while running carry the nonce."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@sync_and_async_middleware
def guard(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Give the request its nonce, the answer its headers, and the session of somebody at work a later end."""
    if iscoroutinefunction(get_response):

        async def awaited(request: HttpRequest) -> HttpResponseBase:
            _prepare(request)
            response = await _awaiting(get_response(request))
            if _at_work(request):
                await sync_to_async(_keep_alive)(request)
            return _with_headers(request, response)

        return awaited

    def called(request: HttpRequest) -> HttpResponseBase:
        _prepare(request)
        response = get_response(request)
        if _at_work(request):
            _keep_alive(request)
        return _with_headers(request, response)

    return called


async def _awaiting(response: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    return await response


def _prepare(request: HttpRequest) -> None:
    request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]


def _at_work(request: HttpRequest) -> bool:
    """Whether the request used a session, and a person did something: a write, or a read that the page marks."""
    doing = request.method not in _SAFE or request.headers.get(ACTIVE_HEADER) == "1"
    session = getattr(request, "session", None)
    return doing and isinstance(session, SessionStore) and session.accessed and session.ends_at is not None


def _keep_alive(request: HttpRequest) -> None:
    session = request.session
    if isinstance(session, SessionStore):
        session.keep_alive()


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.setdefault("Content-Security-Policy", policy(request.csp_nonce))  # type: ignore[attr-defined]
    response.setdefault("Permissions-Policy", _PERMISSIONS)
    keep_device(request, response)
    response.setdefault("Cache-Control", "no-store")
    return response


def cross_site(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The refusal of a write that does not show that it comes from our own pages."""
    shown = {
        "code": "cross_site",
        "message": _("This request does not show that it comes from our own pages."),
        "remedy": _("Reload the page and try again."),
    }
    return JsonResponse(shown, status=403)
