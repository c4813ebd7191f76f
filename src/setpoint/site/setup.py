"""What a command needs before it can work: tables, first keys, a server."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from setpoint.events import services as events
from setpoint.governance import services as governance
from setpoint.governance.models import ApiKey
from setpoint.governance.types import SCOPES
from setpoint.kernel import clock
from setpoint.sources import services as sources


def initialise() -> dict[str, str]:
    """Bring the tables up to date; on an empty company make a first API key and a first write key, returned once."""
    upgrade_tables()
    governance.company()
    if ApiKey.objects.exists():
        return {}
    now = clock.now()
    api_key, _ = governance.create_api_key("first", sorted(SCOPES), now=now)
    write_key, _ = governance.create_api_key("first source", ["events:write"], kind="write", now=now)
    return {"api_key": api_key, "write_key": write_key}


def upgrade_tables() -> None:
    """Create the tables of a new home; bring those of an older one up to date."""
    Path(settings.SETPOINT_HOME).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)


def serve_forever(role: str, host: str, port: int, workers: int = 1) -> None:
    """Run the ASGI application until told to stop. One process a worker; simulated time needs just one."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ["SETPOINT_ROLE"] = role
    connections.close_all()  # a process that is forked from this one must not share what stands behind them
    server = Server(
        "setpoint.site.asgi:app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        log_level=LogLevels.warning,
        backlog=2048,
    )
    server.serve()


def import_now(
    path: Path, *, target: str, mapping: dict[str, Any] | None, report: Callable[[str], Any]
) -> dict[str, Any]:
    """Import one file in the foreground and fold it, so that the customers are there when this returns.

    Without a target, a file whose columns are those of order lines is taken as orders, any other as customers. A home
    that holds nothing yet gets its tables first.
    """
    upgrade_tables()
    if (target or sources.target_of(path)) == "orders":
        result = sources.import_orders(path, mapping=mapping, now=clock.now(), report=report)
        for line in sources.report_lines(result):
            report(line)
    else:
        result = events.import_file(path, target=target or "customers", mapping=mapping, now=clock.now(), report=report)
    while events.fold_inbox(now=clock.now()):
        logging.getLogger(__name__).debug("folding")
    return result
