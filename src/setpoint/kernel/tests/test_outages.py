"""What another side's failure comes to."""

from __future__ import annotations

import pytest

from setpoint.kernel.outages import UNFORESEEN, outage_in, technical_of


@pytest.mark.parametrize(
    ("technical", "code"),
    [
        ("ConnectError: [Errno 111] Connection refused", "connection_refused"),
        (
            'OperationalError: connection to server at "127.0.0.1", port 1 failed: Connection refused',
            "connection_refused",
        ),
        (
            "OperationalError: (2003, \"Can't connect to MySQL server on 'x' ([Errno 111] Connection refused)\")",
            "connection_refused",
        ),
        ("ConnectTimeout: timed out", "timed_out"),
        ("OperationalError: connection timeout expired", "timed_out"),
        ("gaierror: [Errno -2] Name or service not known", "host_unknown"),
        ("ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "tls"),
        ("SMTPNotSupportedError: STARTTLS extension not supported by server.", "tls"),
        ('OperationalError: FATAL: password authentication failed for user "a"', "login_refused"),
        ("OperationalError: FATAL: no pg_hba.conf entry for host, SSL off", "login_refused"),
        ("OperationalError: (1045, \"Access denied for user 'a'\")", "login_refused"),
        ("InsufficientPrivilege 42501: permission denied for table a", "not_allowed"),
        ('UndefinedTable 42P01: relation "a" does not exist', "table_missing"),
        ("OperationalError: no such table: a", "table_missing"),
        ("ProgrammingError: (1146, \"Table 'a.b' doesn't exist\")", "table_missing"),
        ('UndefinedColumn 42703: column "a" does not exist', "column_missing"),
        ("OperationalError: database is locked", "database_busy"),
        ("DatabaseError: file is not a database", "file_damaged"),
        ("OSError: [Errno 28] No space left on device", "disk_full"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "file_not_allowed"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/x'", "file_missing"),
        ("HTTP 401: no", "login_refused"),
        ("HTTP 403: no", "not_allowed"),
        ("HTTP 404: no", "http_missing"),
        ("HTTP 429: slow down", "http_busy"),
        ("HTTP 422: no", "http_refused"),
        ("HTTP 500: oh", "http_failed"),
        ("RemoteProtocolError: Server disconnected without sending a response.", "connection_lost"),
        ("KeyError: 'x'", UNFORESEEN),
        ("", UNFORESEEN),
    ],
)
def test_every_way_of_failing_has_its_code(technical, code):
    assert outage_in(technical) == code


def test_deeper_causes_stand_behind_the_failure():
    failure = RuntimeError("the answer\nis missing")
    failure.__cause__ = TimeoutError("timed out")
    assert technical_of(failure) == "RuntimeError: the answer is missing < TimeoutError: timed out"


@pytest.mark.parametrize(
    "address", ["smtp://zoe:s3cret@mail.example", "postgres://zoe:s3cret@db/shop", "https://t0ken@x"]
)
def test_who_signs_in_and_how_is_left_out(address):
    told = technical_of(OSError(f"cannot reach {address} (twice: {address})"))
    assert "s3cret" not in told
    assert "zoe" not in told
    assert "t0ken" not in told
    assert told.count("://…@") == 2
