"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from setpoint.kernel import clock

hypothesis_settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("tests")  # how long something takes is for `setpoint bench`, not for a test

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> Iterator[datetime]:
    """A fixed moment, a Monday morning in UTC, that `kernel.clock.now` also tells."""
    with clock.at(NOW):
        yield NOW


@pytest.fixture(scope="session", autouse=True)
def the_api_is_whole() -> None:
    """A feature may add to another one's router: a test that makes an API of its own of such a one closes it."""
    import_module("setpoint.site.urls")


@pytest.fixture(scope="session", autouse=True)
def the_trail_may_be_emptied_between_tests() -> None:
    """Tests that commit are cleared up after; for that moment the database lets go of the audit trail."""
    from django.db import connection

    guard = import_module("setpoint.governance.migrations.0003_append_only_everywhere")
    flush = connection.ops.sql_flush

    def lifted(*args: Any, **named: Any) -> list[str]:
        return [*guard.DOWN[connection.vendor], *flush(*args, **named), *guard.UP[connection.vendor]]

    connection.ops.sql_flush = lifted  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def own_lake(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    """Each test writes to a lake of its own."""
    settings.SETPOINT_HOME = tmp_path
    settings.SETPOINT_LAKE = str(tmp_path / "lake")


@pytest.fixture(autouse=True)
def every_write_is_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write over the API that succeeds without an entry in the audit trail fails the test."""
    from ninja.operation import Operation

    from setpoint.site.tests.audit_guard import guarded

    monkeypatch.setattr(Operation, "run", guarded(Operation.run))
