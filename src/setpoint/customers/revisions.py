"""Which customers changed since one last looked: every change carries a number, and a mark says what was seen.

On SQLite, where one transaction writes at a time, the number counts transactions. On PostgreSQL it is the number of
the transaction itself, and the mark the oldest one that still ran: what commits later has a number that is no less.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from setpoint.customers.bulk import among, write_rows
from setpoint.customers.models import Customer, Removal, Revision


def next_revision() -> int:
    """The number of the changes that the running transaction makes; never one that a reader has gone past."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        else:
            table = Revision._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} (id, number) VALUES (1, 1) "  # noqa: S608 - no input in it
                "ON CONFLICT (id) DO UPDATE SET number = number + 1 RETURNING number"
            )
        return int(cursor.fetchone()[0])


def mark() -> int:
    """All that was committed before now has a lower number; what has this number or a higher one may be news."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return int(cursor.fetchone()[0])
    return (Revision.objects.values_list("number", flat=True).first() or 0) + 1


def touch(customer_ids: Iterable[int]) -> None:
    """Note that these customers changed in the running transaction."""
    ids = list(customer_ids)
    if ids:
        Customer.objects.filter(pk__in=among(ids)).update(revision=next_revision())


def note_removed(customer_ids: Iterable[int]) -> None:
    """Note that these customers are gone."""
    ids = sorted(set(customer_ids))
    number = next_revision()
    columns = {"customer_id": ids, "revision": [number] * len(ids)}
    write_rows(Removal, columns, unique=["customer_id"], update=["revision"])
