"""PostgreSQL, MySQL / MariaDB and SQLite: what a source or a destination must be told of them, and how they are reached."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from django.utils.translation import gettext_noop as _noop

from setpoint.governance.failures import outage
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, Unavailable
from setpoint.kernel.outages import UNFORESEEN
from setpoint.sources.plugins.guard import safe_addresses
from setpoint.sources.types import Context, Setting

FAILURES = (psycopg.Error, pymysql.MySQLError, sqlite3.Error, OSError)
ENGINES = ("postgresql", "mysql", "sqlite")
TIMEOUT = 15
_PORTS = {"postgresql": 5432, "mysql": 3306}
_SERVERS = ("engine", ("postgresql", "mysql"))


def settings_of_databases(user: str) -> tuple[Setting, ...]:
    """Where the database is and how to get in; `user` says which rights are enough, and is marked for translation."""
    return (
        Setting("engine", _noop("Database"), "choice", default="postgresql", choices=ENGINES),
        Setting("host", _noop("Host"), is_address=True, when=_SERVERS),
        Setting("port", _noop("Port"), "number", _noop("Empty: the usual one."), is_address=True, when=_SERVERS),
        Setting(
            "database",
            _noop("Database name"),
            help=_noop("Of SQLite: the file's path on Setpoint's machine."),
            required=True,
            is_address=True,
        ),
        Setting("user", _noop("User"), help=user, when=_SERVERS),
        Setting("password", _noop("Password"), "secret", when=_SERVERS),
        Setting(
            "tls", _noop("Encryption"), "choice", default="prefer", choices=("require", "prefer", "off"), when=_SERVERS
        ),
    )


def engine_of(settings: Mapping[str, Any]) -> str:
    """Which of the three; Invalid for any other."""
    engine = str(settings.get("engine") or "postgresql")
    if engine not in ENGINES:
        raise Invalid(_("This database is not known."), remedy=_("Choose one of the list."), field="engine")
    return engine


def connect_postgresql(settings: Mapping[str, Any], context: Context, **more: Any) -> psycopg.Connection[Any]:
    """A connection to the address that was judged."""
    host, address, port = _address_of(settings, context)
    tls = {"require": "require", "prefer": "prefer", "off": "disable"}[str(settings.get("tls") or "prefer")]
    return psycopg.connect(
        host=host,
        hostaddr=address,
        port=port,
        dbname=str(settings["database"]),
        user=str(settings.get("user") or ""),
        password=str(settings.get("password") or ""),
        sslmode=tls,
        connect_timeout=TIMEOUT,
        **more,
    )


def connect_mysql(settings: Mapping[str, Any], context: Context, **more: Any) -> Any:
    """A connection to the address that was judged."""
    _host, address, port = _address_of(settings, context)
    return pymysql.connect(
        host=address,
        port=port,
        database=str(settings["database"]),
        user=str(settings.get("user") or ""),
        password=str(settings.get("password") or ""),
        charset="utf8mb4",
        connect_timeout=TIMEOUT,
        local_infile=False,
        ssl=_encrypted() if settings.get("tls") == "require" else None,
        ssl_disabled=settings.get("tls") == "off",
        **more,
    )


def connect_sqlite(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to one file that can reach no other; `mode` as SQLite has it: "ro" or "rwc"."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=TIMEOUT, check_same_thread=False)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return connection


def cause_of(error: Exception) -> str:
    """The database's own words, the first line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def failed(error: Exception, remedy: str) -> Unavailable:
    """A failure of the database as one of ours; what fits no known way of failing is told in its own words."""
    known = outage(error)
    if known.details["code"] != UNFORESEEN:
        return known
    return Unavailable(_("The database says: %(cause)s") % {"cause": cause_of(error)}, remedy=remedy)


def _address_of(settings: Mapping[str, Any], context: Context) -> tuple[str, str, int]:
    """Host, the address that was judged, and port."""
    host = str(settings.get("host") or "").strip()
    if not host or "/" in host:
        raise Invalid(_("The host is missing."), remedy=_("Write its name or address."), field="host")
    port = int(settings.get("port") or _PORTS[engine_of(settings)])
    return host, safe_addresses(host, port, allow_private=context.allow_private)[0], port


def _encrypted() -> ssl.SSLContext:
    """Encryption without a certificate's check, as libpq's `require` has it: inner databases sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
