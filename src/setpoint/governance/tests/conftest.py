"""What every test of accounts starts from."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from setpoint.governance import services
from setpoint.governance.models import User

PASSWORD = "a long walk by the river"


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    """Hashing that costs nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def no_tries_yet(db: None) -> None:
    """No tries to sign in are counted from an earlier test."""
    cache.clear()


def send(client: Client, path: str, body: Any = None, method: str = "post", **headers: str) -> Any:
    """One call to the sign-in interface."""
    call = getattr(client, method)
    return call(f"/api/auth/{path}", {} if body is None else body, content_type="application/json", headers=headers)


def person(role: Any = "owner", email: str = "ann@example.com") -> User:
    """Somebody with an account and the usual password."""
    return services.create_person(email, PASSWORD, role=role, now=timezone.now())


def signed_in(email: str = "ann@example.com", password: str = PASSWORD) -> Client:
    """A browser with a session."""
    client = Client()
    answer = send(client, "login", {"email": email, "password": password})
    assert answer.status_code == 200, answer.content
    return client
