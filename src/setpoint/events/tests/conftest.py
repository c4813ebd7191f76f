"""Fixtures of the events tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.engine.session import connect
from setpoint.events import refusals


@pytest.fixture(autouse=True)
def no_refusal_waits() -> None:
    """What another test's requests were refused for is not counted in this one."""
    refusals.forget()


@pytest.fixture
def lake_rows() -> Callable[[], list[dict[str, Any]]]:
    """All events in the lake, by message id."""

    def read() -> list[dict[str, Any]]:
        with connect(settings.SETPOINT_LAKE) as session:
            table: pa.Table = session.execute(session.events())
        return sorted(table.to_pylist(), key=lambda row: row["message_id"])

    return read


@pytest.fixture
def own_process(tmp_path: Path) -> Callable[[str], list[str]]:
    """Runs a program in a process with a home and records of its own; what it printed, by line."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "setpoint.site.settings",
        "SETPOINT_HOME": str(home),
        "SETPOINT_SECRET_KEY": "a-secret-key-of-the-test-that-is-long",
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("SETPOINT_DATABASE_URL", None)

    def run(program: str) -> list[str]:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run
