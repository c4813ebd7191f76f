"""From where a request came, as the audit trail keeps it: address and kind of program."""

from __future__ import annotations

import re

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def origin_of(request: HttpRequest) -> str:
    """The address and a short name of the program, such as `203.0.113.7 Firefox on Linux`."""
    return f"{address_of(request)} {device_of(request.headers.get('User-Agent', ''))}".strip()


def address_of(request: HttpRequest) -> str:
    """The caller's address; proxies are believed only as far as the settings trust them."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):
        return ""


def device_of(user_agent: str) -> str:
    """Browser and system in words; for programs the first word they say of themselves."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or re.sub(r"[^\w./-].*", "", user_agent)[:40]
