"""The way in, and what every answer carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from setpoint.governance.tests.conftest import person, signed_in
from setpoint.site import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]


@pytest.fixture(autouse=True)
def built_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages as small as can be."""
    index = tmp_path / "index.html"
    index.write_text('<html lang="en"><script nonce="__NONCE__"></script></html>')
    monkeypatch.setattr(pages, "INDEX", index)


def test_the_first_visitor_is_led_to_sign_up() -> None:
    assert Client().get("/campaigns")["Location"] == "/sign-up"


def test_others_are_led_to_sign_in_and_back() -> None:
    person()
    client = Client()
    assert client.get("/")["Location"] == "/sign-in"
    assert client.get("/campaigns/5?tab=rounds")["Location"] == "/sign-in?next=%2Fcampaigns%2F5%3Ftab%3Drounds"
    assert signed_in().get("/campaigns/5").status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-up", "/join/x", "/forgot-password", "/reset-password/x", "/enter/x"]
)
def test_pages_before_sign_in_are_open(path: str) -> None:
    person()
    assert Client().get(path).status_code == 200


def test_each_answer_has_a_nonce_of_its_own_and_nothing_inline_passes() -> None:
    first, second = Client().get("/sign-in"), Client().get("/sign-in")
    policy = first["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'nonce="{nonce}"'.encode() in first.content
    assert policy != second["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert policy.startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/sign-in", "/health", "/r/x", "/api/front", "/api/openapi.json", "/api/company"])
def test_every_answer_carries_the_headers(path: str) -> None:
    answer: Any = Client().get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_browsers_are_told_to_come_by_tls_where_the_address_says_so() -> None:
    import subprocess
    import sys

    code = (
        "import os; os.environ['SETPOINT_BASE_URL'] = 'https://set.example';"
        "from setpoint.site import settings_test as s;"
        "print(s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME, *s.ALLOWED_HOSTS)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [
        *("31536000", "True", "True", "__Host-setpoint"),
        *("localhost", "127.0.0.1", "[::1]", "set.example"),
    ]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example@localhost"])
def test_other_hosts_are_not_answered(host: str) -> None:
    assert Client().get("/api/front", headers={"Host": host}).status_code == 400
