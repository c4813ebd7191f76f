"""Fixtures of the sources' tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from setpoint.sources import services
from setpoint.sources.models import Connection, Run
from setpoint.sources.types import Context


@pytest.fixture
def context(tmp_path: Path, now: datetime) -> Context:
    """A source's surroundings, inner addresses allowed."""
    return Context(1, tmp_path / "sources" / "1", True, now)


@pytest.fixture
def connect(now: datetime) -> Callable[..., Connection]:
    """Sets up a connection as a test of it suggests."""

    def make(plugin: str, settings: dict[str, Any], **said: Any) -> Connection:
        draft = services.Draft(name="test", settings=settings, allow_private=True, target=said.pop("target", None))
        connection = services.create_connection(plugin, draft, actor="test", now=now)
        content = said.pop("upload", None)
        if content is not None:
            upload(connection, *content, now=now)
        found = services.probe_connection(
            plugin, services.Draft(target=draft.target), now=now, connection_id=connection.pk
        )
        chosen = {"target": found.target, "mapping": found.mapping, "identity": found.identity} | said
        return services.change_connection(connection.pk, services.Draft(**chosen), actor="test", now=now)

    return make


@pytest.fixture
def run(now: datetime) -> Callable[..., Run]:
    """Runs a connection to its end and returns the run."""

    def go(connection: Connection, **named: Any) -> Run:
        queued = services.start_run(connection.pk, actor="test", now=named.pop("at", now), **named)
        assert services.run_next(now=now)
        queued.refresh_from_db()
        return queued

    return go


def upload(connection: Connection, name: str, text: str, *, now: datetime) -> None:
    """Put a file into a connection's folder, as if it had rested there for a while."""
    import io
    import os

    from setpoint.sources.secrets import folder_of

    services.upload_file(connection.pk, name, io.BytesIO(text.encode()), actor="test", now=now)
    path = folder_of(connection) / name
    os.utime(path, (path.stat().st_atime - 60, path.stat().st_mtime - 60))
