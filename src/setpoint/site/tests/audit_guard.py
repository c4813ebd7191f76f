"""A guard of the tests: an operation of the API that writes and leaves no entry in the audit trail fails its test."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from ninja.operation import Operation

Run = Callable[..., HttpResponseBase]
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|WITH .*?INSERT INTO)\s+"?(\w+)', re.I | re.S)
TRAIL = "governance_auditentry"
OWN = frozenset({"django_session", "governance_cache", "usersessions_usersession"})
"""Tables of the machinery: that a session lives on is no change."""

EXEMPT: dict[str, str] = {
    "governance.me_api.put_preference": "what a person's own pages remember changes nothing for anybody else",
    "governance.me_api.read_notices": "that a person has read a notice changes nothing for anybody else",
    "customers.api.change_customer": "stating again what is known renews its date alone; its own tests hold changes to it",
    "site.simulation.move": "simulated time is no record",
}
"""Operations that write and leave no entry, and why. Pure questions need no word here: they write nothing."""


def guarded(run: Run) -> Run:
    """An operation's run, with an eye on what it writes."""

    def on_record(operation: Operation, request: HttpRequest, **named: Any) -> HttpResponseBase:
        if set(operation.methods) <= {"GET", "HEAD"} or name_of(operation) in EXEMPT:
            return run(operation, request, **named)
        with written_tables() as tables:
            response = run(operation, request, **named)
        if response.status_code < 400 and tables - OWN and TRAIL not in tables:
            raise AssertionError(f"{name_of(operation)} wrote to {sorted(tables)} and left no entry in the audit trail")
        return response

    return on_record


@contextmanager
def written_tables() -> Any:
    """The tables written to inside."""
    tables: set[str] = set()

    def look(execute: Any, sql: str, *rest: Any) -> Any:
        found = WRITES.match(sql)
        if found:
            tables.add(found.group(1))
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield tables


def name_of(operation: Operation) -> str:
    """The operation by module and function."""
    view = operation.view_func
    return f"{view.__module__.removeprefix('setpoint.')}.{view.__name__}"
