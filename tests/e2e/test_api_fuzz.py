"""Schemathesis over the whole API: whatever is sent, the server never fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error

from setpoint.governance import services as governance
from setpoint.governance.types import SCOPES
from setpoint.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
EXAMPLES = int(os.environ.get("SETPOINT_FUZZ", "3"))
"""Requests a route. A night may try more: SETPOINT_FUZZ=50."""
OPEN = {"GET /api/front": {200}, "GET /api/company/logo": {200, 404}}
"""What the way in shows to everybody: name and logo of the company."""
QUIET = [
    HealthCheck.too_slow,
    HealthCheck.function_scoped_fixture,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request's end would close the connection that the test's own transaction lives in."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def headers() -> dict[str, str]:
    """An API key that may do everything, so that the fuzzer reaches behind the door."""
    governance.company()
    key, _ = governance.create_api_key("fuzz", sorted(SCOPES), now=clock.now())
    return {"Authorization": f"Bearer {key}"}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=QUIET,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
)
def test_no_input_makes_the_server_fail(case: Any, headers: dict[str, str]) -> None:
    response = case.call(headers=headers)
    case.validate_response(response, checks=(not_a_server_error,))


@schema.parametrize()
@settings(max_examples=1, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate], derandomize=True)
def test_every_route_refuses_a_stranger(case: Any) -> None:
    allowed = OPEN.get(case.operation.label, {400, 401, 405})
    assert case.call(headers={"Authorization": "Bearer sp_api_nobody"}).status_code in allowed
