"""The log of SQLite's last writes, brought into the database's file by a lane of its own.

Left alone, whoever commits the thousandth page does it: an answer then waits for the disk twice a second under load, and
with it all who want to write. Where no lane is at work, whoever commits the 20,000th page (80 MB; see `settings`) does it.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from setpoint.site.sqlite.base import DatabaseWrapper

_BRING_IN = "PRAGMA wal_checkpoint(PASSIVE)"


def bring_in(connection: BaseDatabaseWrapper) -> None:
    """Bring in what is committed beside those who write, then the little that came meanwhile while they wait: a log that
    is all brought in is begun anew, and a short log is quick to read."""
    if not isinstance(connection, DatabaseWrapper):
        return
    with connection.cursor() as cursor:
        cursor.execute(_BRING_IN)
        with connection.alone():
            cursor.execute(_BRING_IN)
