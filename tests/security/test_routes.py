"""Every route of the API against every role, and against those who may nothing: exactly as the matrix says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from ninja.operation import Operation

from setpoint.governance import services as governance
from setpoint.governance.auth import Caller, SignedIn
from setpoint.governance.tests.conftest import person, signed_in
from setpoint.governance.types import ROLES, SCOPES
from setpoint.kernel.errors import SetpointError
from setpoint.site.api import api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries_yet")]

OPEN = {
    "GET /api/front": "whose Setpoint this is, for the pages before sign-in",
    "GET /api/join/{token}": "the signed token of an invitation is the key",
    "GET /api/company/logo": "stands on the sign-in page and in mails",
}
"""Routes that ask for nobody, and why."""


class Reached(SetpointError):
    """Stands for the operation itself: whoever sees it passed the door."""

    status = 418


@dataclass(frozen=True)
class Route:
    """One operation of the API as it is called."""

    method: str
    path: str
    guard: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        return re.sub(r"{(\w+:)?\w+}", "9", self.path)

    def status(self, client: Client, **headers: str) -> int:
        call = getattr(client, self.method.lower())
        body = {} if self.method == "GET" else {"data": "{}", "content_type": "application/json"}
        return int(call(self.address, headers=headers, **body).status_code)


def routes() -> Iterator[Route]:
    _made = api.urls
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                guards = operation.auth_callbacks
                assert len(guards) <= 1, path
                for method in operation.methods:
                    address = "/api/" + "/".join(part for part in (router.prefix.strip("/"), path.strip("/")) if part)
                    yield Route(method, address, guards[0] if guards else None)


ROUTES = list(routes())


def misjudged(client: Client, expected: Any, **headers: str) -> dict[str, tuple[int, int]]:
    """The routes that answered otherwise than expected: what they said, what they should have said."""
    guarded = [route for route in ROUTES if route.guard is not None]
    found = {route.name: (route.status(client, **headers), expected(route)) for route in guarded}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


@pytest.fixture(autouse=True)
def nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations end where their work would begin: the door alone is tested."""

    def reached(self: Operation, *args: Any, **named: Any) -> Any:
        raise Reached("reached")

    monkeypatch.setattr(Operation, "_get_values", reached)


def test_there_are_routes_and_all_have_a_door_but_those_named_here() -> None:
    assert len(ROUTES) > 100
    assert {route.name for route in ROUTES if route.guard is None} == set(OPEN)
    assert {type(route.guard) for route in ROUTES if route.guard} == {Caller, SignedIn}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_matrix_says_and_nothing_else(role: Any) -> None:
    person(role)

    def expected(route: Route) -> int:
        return 418 if isinstance(route.guard, SignedIn) or route.guard.scope in ROLES[role] else 403

    assert misjudged(signed_in(), expected) == {}


@pytest.mark.parametrize("scope", ["customers:read", "settings:write", "events:write"])
def test_a_key_opens_what_its_scopes_say_and_nobodys_account(scope: str, now: Any) -> None:
    key, _record = governance.create_api_key("one scope", [scope], now=now)

    def expected(route: Route) -> int:
        return 401 if isinstance(route.guard, SignedIn) else 418 if route.guard.scope == scope else 403

    assert misjudged(Client(), expected, **{"X-Api-Key": key}) == {}


def test_nobody_opens_anything() -> None:
    person()
    assert misjudged(Client(), lambda route: 401) == {}


def test_a_wrong_key_opens_nothing_even_beside_a_good_session() -> None:
    person()
    client = signed_in()
    by_key = [route for route in ROUTES if isinstance(route.guard, Caller)]
    assert {route.status(client, Authorization="Bearer sp_api_wrong") for route in by_key} == {401}


def test_the_disabled_open_nothing(now: Any) -> None:
    person("owner", "boss@example.com")
    user = person()
    client = signed_in()
    governance.change_person(user.pk, {"disabled_at": True}, now=now)
    assert misjudged(client, lambda route: 401) == {}


def test_an_ended_session_opens_nothing() -> None:
    person()
    client = signed_in()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert misjudged(client, lambda route: 401) == {}


def test_a_write_from_another_site_opens_nothing() -> None:
    person()
    client = signed_in()
    client.handler.enforce_csrf_checks = True
    assert misjudged(client, lambda route: 418 if route.method == "GET" else 403) == {}


def test_without_the_second_factor_that_the_company_asks_for_only_ones_own_account_opens(now: Any) -> None:
    person()
    governance.update_company(second_factor_required=True, now=now)
    assert misjudged(signed_in(), lambda route: 418 if isinstance(route.guard, SignedIn) else 403) == {}


def test_every_scope_is_asked_for_somewhere() -> None:
    asked = {route.guard.scope for route in ROUTES if isinstance(route.guard, Caller)}
    assert set(SCOPES) - asked - {"events:write"} == set()
