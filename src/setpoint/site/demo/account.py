"""The demo's owner: an account made as anybody makes one, and a link that signs them in on the live campaign page."""

from __future__ import annotations

import os
import secrets
import sys
import webbrowser
from dataclasses import dataclass

import httpx

from setpoint.kernel.errors import SetpointError
from setpoint.site.demo.instance import Instance

EMAIL = "owner@demo.example"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """How to sign in by hand."""

    email: str
    password: str


def sign_up(instance: Instance) -> DemoAccount:
    """Sign up over HTTP; the first to do so owns the company."""
    account = DemoAccount(EMAIL, secrets.token_urlsafe(12))
    with httpx.Client(base_url=instance.base_url, timeout=60) as browser:
        browser.get("/api/front").raise_for_status()
        answer = browser.post(
            "/api/auth/signup",
            json={"email": account.email, "password": account.password, "name": "Demo Owner"},
            headers={"X-CSRFToken": browser.cookies["csrftoken"]},
        )
    if answer.status_code != 200:
        raise SetpointError(f"The demo's owner could not sign up: {answer.text[:300]}")
    return account


def live_link(instance: Instance, campaign: int) -> str:
    """An address that signs the owner in, once, and opens the campaign's live page."""
    return f"{instance.command('user', 'sign-in-link', EMAIL).strip()}?next=/campaigns/{campaign}"


def open_in_browser(address: str) -> bool:
    """Open an address where somebody sits at a desktop; whether a browser took it."""
    has_desktop = sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return has_desktop and sys.stdout.isatty() and webbrowser.open(address)
