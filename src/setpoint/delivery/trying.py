"""Trying a channel: see that its provider answers, and send somebody a test message."""

from __future__ import annotations

import secrets
import smtplib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.content.services import preview
from setpoint.content.types import Rendered
from setpoint.delivery.accounts import find_account, live_channel, unsaved_channel
from setpoint.delivery.faults import Fault, explain_fault
from setpoint.delivery.health import note_health
from setpoint.delivery.models import TestMessage
from setpoint.delivery.types import OutgoingMessage, Receipt
from setpoint.governance.acting import needs
from setpoint.governance.services import record_audit
from setpoint.kernel.errors import LimitReached, SetpointError
from setpoint.kernel.outages import technical_of

MOST_A_MINUTE = 10
_TAKEN = ("accepted", "delivered")


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether a provider answered, its words, the time it took; the fault where it did not. `ok` None: cannot be told."""

    ok: bool | None
    words: str
    milliseconds: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a test message says: a variant as a customer (None: nobody known) would get it, or a plain line."""

    variant_id: int | None = None
    customer_id: int | None = None
    offer_id: int | None = None


def check_connection(name: str, plugin: str, settings: Mapping[str, Any]) -> Connection:
    """Connect with settings that need not be saved, sending nothing. Settings that cannot be are refused as ever."""
    channel = unsaved_channel(name, plugin, settings)
    check = getattr(channel, "check", None)
    if check is None:
        return Connection(None, _("This kind of channel cannot be asked. Send a test message."), 0)
    begun = time.perf_counter()
    try:
        words, fault = str(check()), None
    except (OSError, smtplib.SMTPException, httpx.HTTPError, SetpointError) as error:
        words = _words(error)
        fault = explain_fault(words)
    return Connection(fault is None, words[:300], round(1000 * (time.perf_counter() - begun)), fault)


@needs("delivery:write")
def send_test(
    name: str, address: str, *, now: datetime, message: Message | None = None, actor: str = "system"
) -> tuple[Receipt, Fault | None]:
    """Hand one message over, marked as a test and outside the ledger; the provider's answer, and what it means."""
    account = find_account(name)
    _demand_patience(name, now)
    rendered = _rendered(message or Message(), now)
    outgoing = OutgoingMessage(
        key=secrets.token_hex(16),
        delivery_id=0,
        address=address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers={"X-Setpoint-Test": "1"},
        metadata={"at": now, "test": True},
    )
    (receipt,) = live_channel(account).send([outgoing])
    _keep(name, address, receipt, message, actor, now)
    return receipt, None if receipt.status in _TAKEN else explain_fault(receipt.detail)


def recent_tests(name: str, *, limit: int = 10) -> list[TestMessage]:
    """The last test messages of a channel, newest first."""
    find_account(name)
    return list(TestMessage.objects.filter(channel=name).order_by("-at", "-id")[:limit])


def masked(address: str) -> str:
    """An address by which its owner recognises it and nobody else learns it: a***@example.com."""
    local, at, domain = address.rpartition("@")
    return f"{(local or domain)[:1]}***{at}{domain if at else domain[-2:]}"[:200]


@transaction.atomic
def _keep(name: str, address: str, receipt: Receipt, message: Message | None, actor: str, now: datetime) -> None:
    kept = {"address": masked(address), "status": receipt.status, "detail": receipt.detail[:300]}
    variant_id = message.variant_id if message else None
    TestMessage.objects.create(channel=name, variant_id=variant_id, actor=actor[:250], at=now, **kept)
    taken = receipt.status in _TAKEN
    note_health(
        name, faults=0, last_fault="", successes=0, now=now, sent=taken, failure="" if taken else receipt.detail
    )
    record_audit(actor, "tested", f"channel:{name}", after={**kept, "variant_id": variant_id}, now=now)


def _demand_patience(name: str, now: datetime) -> None:
    since = now - timedelta(minutes=1)
    if TestMessage.objects.filter(channel=name, at__gt=since, at__lte=now).count() >= MOST_A_MINUTE:
        raise LimitReached(
            _("This channel has sent %(most)s test messages within a minute.") % {"most": MOST_A_MINUTE},
            remedy=_("Wait a minute."),
        )


def _rendered(message: Message, now: datetime) -> Rendered:
    if message.variant_id is None:
        return Rendered(_("A test message from Setpoint"), _("This channel works."), "")
    made = preview(message.variant_id, customer_id=message.customer_id, offer_id=message.offer_id, now=now)
    return Rendered(_("[Test] %(subject)s") % {"subject": made.subject}, made.text, made.html)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    if isinstance(error, SetpointError):
        return error.message
    return technical_of(error)
