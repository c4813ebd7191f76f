"""The reports that mail systems send back: delivery failures (RFC 3464) and complaints (RFC 5965)."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

POSTMASTER = "postmaster@mail.example"


def delivery_failure(*, recipient: str, headers: bytes, at: datetime) -> bytes:
    """A delivery status notification that says the address does not exist."""
    status = (
        f"Reporting-MTA: dns; mail.example\r\nArrival-Date: {format_datetime(at)}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n"
    )
    subject, words = "Undelivered Mail Returned to Sender", f"The address {recipient} does not exist.\r\n"
    return _report("delivery-status", "message/delivery-status", (subject, words, status), headers, at)


def complaint(*, recipient: str, headers: bytes, at: datetime) -> bytes:
    """A feedback report: the recipient marked the message as spam."""
    feedback = (
        "Feedback-Type: abuse\r\nUser-Agent: SimulatedMailbox/1.0\r\nVersion: 1\r\n"
        f"Original-Rcpt-To: {recipient}\r\nArrival-Date: {format_datetime(at)}\r\n"
    )
    subject, words = "Complaint about a message", "This is an e-mail abuse report.\r\n"
    return _report("feedback-report", "message/feedback-report", (subject, words, feedback), headers, at)


def _report(kind: str, part: str, content: tuple[str, str, str], headers: bytes, at: datetime) -> bytes:
    subject, words, machine = content
    edge = "=_report_boundary"
    original = headers.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head = (
        f"From: {POSTMASTER}\r\nSubject: {subject}\r\nDate: {format_datetime(at)}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="{edge}"\r\n\r\n'
        f"--{edge}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        f"--{edge}\r\nContent-Type: {part}\r\n\r\n{machine}\r\n"
        f"--{edge}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    )
    return head.encode() + original + f"\r\n\r\n--{edge}--\r\n".encode()
