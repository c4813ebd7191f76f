"""What another side's failure comes to: a short code for every way in which files, databases, mail servers and calls
fail, read from the failure's own words. So a failure that was kept as text is read as one that was just raised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LONGEST = 300
UNFORESEEN = "unforeseen"
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_PATTERNS: Sequence[tuple[str, str]] = (
    ("disk_full", r"Errno 28\]|No space left|Errno 122\]|disk is full|disk full|\b53100\b"),
    ("timed_out", r"[Tt]ime(d )?[- ]?out|\b57014\b|Errno 110\]|\(3024,"),
    (
        "host_unknown",
        r"gaierror|Name or service not known|nodename nor servname|could not translate host|cannot be found",
    ),
    ("connection_refused", r"Connection ?[Rr]efused|refused the connection|Errno (111|61)\]"),
    ("unreachable", r"Errno (101|113|51|65)\]|unreachable|No route to host"),
    (
        "login_refused",
        r"\b28(P01|000)\b|password authentication failed|no pg_hba|\(1045,|SMTPAuthentication|HTTP 401\b",
    ),
    ("not_allowed", r"\b42501\b|permission denied for|\((1044|1142|1143|1227|1290),|readonly database|HTTP 403\b"),
    ("tls", r"SSL|CERTIFICATE|certificate|TLS|SMTPNotSupported"),
    ("database_missing", r"\b3D000\b|database \".*\" does not exist|\(1049,"),
    ("table_missing", r"\b42P01\b|\(1146,|no such table"),
    ("column_missing", r"\b42703\b|\(1054,|no such column"),
    ("query_wrong", r"\b42601\b|\(1064,|syntax error"),
    ("database_busy", r"database (table )?is locked|deadlock|\b(40P01|40001|55P03|53300)\b|\((1205|1213|1040),"),
    ("file_damaged", r"not a database|malformed|disk image"),
    ("file_missing", r"Errno 2\]|unable to open database file|FileNotFoundError"),
    ("file_not_allowed", r"Errno (13|1|30)\]|PermissionError"),
    ("disk_failed", r"Errno 5\]|disk I/O error"),
    ("http_missing", r"HTTP (404|410)\b"),
    ("http_busy", r"HTTP (429|503)\b"),
    ("http_failed", r"HTTP 5\d\d\b"),
    ("http_refused", r"HTTP 4\d\d\b"),
    ("connection_lost", r"Errno (104|32|54)\]|ConnectionReset|BrokenPipe|RemoteProtocolError|ReadError|WriteError"),
    ("connection_lost", r"Disconnected|server closed the connection|\((2006|2013),|\b08\w{3}\b"),
    ("out_of_memory", r"MemoryError|Out of Memory|Errno 12\]|\b53200\b"),
    ("unreachable", r"ConnectError|ConnectionError|connection failed|Can't connect"),
)


def technical_of(error: BaseException) -> str:
    """The failure's own words on one line, with its kind and, of PostgreSQL, its state; deeper causes behind it. Who signs
    in at an address, and with which password, is left out."""
    return " < ".join(dict.fromkeys(_line(one) for one in _chain(error)))[:LONGEST]


def outage_in(technical: str) -> str:
    """The code of a failure's words; UNFORESEEN where they fit none."""
    return next((code for code, pattern in _PATTERNS if re.search(pattern, technical)), UNFORESEEN)


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _line(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    words = _CREDENTIALS.sub("…", " ".join(str(error).split()))
    return f"{type(error).__name__}{f' {state}' if state else ''}: {words}"
