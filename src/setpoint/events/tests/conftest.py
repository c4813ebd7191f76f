"""Fixtures of the events tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings

from setpoint.engine.session import connect


@pytest.fixture
def lake_rows() -> Callable[[], list[dict[str, Any]]]:
    """All events in the lake, by message id."""

    def read() -> list[dict[str, Any]]:
        with connect(settings.SETPOINT_LAKE) as session:
            table: pa.Table = session.execute(session.events())
        return sorted(table.to_pylist(), key=lambda row: row["message_id"])

    return read
