"""Bounces and complaints that come back as mail: status notifications (RFC 3464), ARF reports (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import Message

from django.utils.translation import gettext as _

from setpoint.delivery.types import Feedback, FeedbackKind
from setpoint.kernel.errors import Invalid

MOST_BYTES = 2 * 1024 * 1024
_KEY_IN_ID = re.compile(r"<\s*([0-9a-f]{32})@")
_KEY_IN_VERP = re.compile(r"\+([0-9a-f]{32})@")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_NOT_DEAD = {"2.2", "2.3"}
"""Mailbox full and message too large say nothing of the address."""


def read_report(raw: bytes, *, now: datetime) -> list[Feedback]:
    """What a bounce or complaint mail says of a message of ours; Invalid when it is neither or names none."""
    report = message_from_bytes(raw)
    kind = str(report.get_param("report-type", "")).lower()
    if kind == "feedback-report":
        said = list(_complaints(report, now))
    elif kind == "delivery-status":
        said = list(_statuses(report, now))
    else:
        raise Invalid(
            _("This mail is neither a delivery status notification nor a complaint report."),
            remedy=_("Forward reports of RFC 3464 and RFC 5965 as they came."),
        )
    return said


def _complaints(report: Message, now: datetime) -> Iterator[Feedback]:
    key = _key(report)
    for fields in _fields(report, "message/feedback-report"):
        if str(fields.get("Feedback-Type", "")).strip().lower() in ("abuse", "fraud", "other"):
            yield Feedback("complained", key, now, "complaint report", address=_mailbox(fields, "Original-Rcpt-To"))


def _statuses(report: Message, now: datetime) -> Iterator[Feedback]:
    key = _key(report)
    for fields in _fields(report, "message/delivery-status"):
        action = str(fields.get("Action", "")).strip().lower()
        kind = _kind(action, str(fields.get("Status", "")), str(fields.get("Diagnostic-Code", "")))
        if kind:
            detail = str(fields.get("Diagnostic-Code") or fields.get("Status") or action)
            yield Feedback(kind, key, now, " ".join(detail.split())[:200], address=_mailbox(fields, "Final-Recipient"))


def _kind(action: str, status: str, diagnostic: str) -> FeedbackKind | None:
    """Failures of the address (5.1, 5.2 but full or too large) are hard; others end this message alone."""
    if action == "delivered":
        return "delivered"
    if action == "delayed":
        return "bounced_soft"
    if action != "failed":
        return None
    found = _STATUS.search(status) or _STATUS.search(diagnostic)
    if found is None:
        return "failed"
    kind, subject, detail = found.groups()
    is_address = subject in ("1", "2") and f"{subject}.{detail}" not in _NOT_DEAD
    return "bounced_hard" if kind == "5" and is_address else "failed"


def _fields(report: Message, content_type: str) -> Iterator[Message]:
    for part in report.walk():
        if part.get_content_type() == content_type:
            payload = part.get_payload()
            yield from (
                (block for block in payload if isinstance(block, Message))
                if isinstance(payload, list)
                else [
                    message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
                ]
            )


def _key(report: Message) -> str:
    """The key of the message reported on: from its own Message-ID inside the report, else from the bounce address."""
    for part in report.walk():
        if part is report:
            continue
        text = str(part.get("Message-ID", ""))
        if part.get_content_type() == "text/rfc822-headers":
            text = str(message_from_bytes(_bytes(part)).get("Message-ID", ""))
        if found := _KEY_IN_ID.search(text):
            return found[1]
    for name in ("To", "Delivered-To", "X-Original-To"):
        if found := _KEY_IN_VERP.search(str(report.get(name, ""))):
            return found[1]
    raise Invalid(
        _("The report names no message of ours."),
        remedy=_("Reports must carry the original headers or our bounce address."),
    )


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _mailbox(fields: Message, name: str) -> str:
    text = str(fields.get(name, "")).rpartition(";")[2].strip().strip("<>")
    return text if "@" in text and len(text) <= 254 and text.isprintable() else ""
