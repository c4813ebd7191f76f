"""Channel accounts: which plug-in speaks for a channel, with which settings, how fast, and whether it is well."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.delivery.types import OPEN_STATES, Channel, OutgoingMessage, Receipt
from setpoint.governance.services import decrypt, encrypt
from setpoint.kernel.errors import Conflict, NotFound
from setpoint.kernel.registry import Registry

CHANNELS: Registry[type[Channel]] = Registry("setpoint.channels")
FAULTS_TO_PAUSE = 10
"""Faults of the provider in a row after which its channel rests."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_live: dict[tuple[int, int], Channel] = {}
_live_lock = Lock()


def set_channel(
    name: str,
    plugin: str,
    settings: Mapping[str, Any],
    *,
    cost_per_message: int = 0,
    seconds_per_message: int = 0,
    max_per_second: float = 0.0,
    enabled: bool = True,
) -> ChannelAccount:
    """Make or replace the account of a channel; the plug-in refuses settings it cannot use with Invalid."""
    CHANNELS.get(plugin)(dict(settings))  # type: ignore[call-arg]
    with transaction.atomic():
        account = ChannelAccount.objects.select_for_update().filter(name=name).first() or ChannelAccount(
            name=name, version=0
        )
        account.plugin, account.settings = plugin, encrypt(json.dumps(dict(settings)), context=f"channel:{name}")
        account.cost_per_message, account.seconds_per_message = cost_per_message, seconds_per_message
        account.max_per_second, account.enabled = max_per_second, enabled
        account.version += 1
        account.faults, account.trips, account.paused_until, account.pause_reason = 0, 0, None, ""
        account.save()
    return account


def remove_channel(name: str) -> None:
    """Forget a channel's account; refused while deliveries wait for it."""
    account = find_account(name)
    if Delivery.objects.filter(channel=name, state__in=OPEN_STATES).exists():
        raise Conflict(
            _("Deliveries still wait for the channel %(name)s.") % {"name": name},
            remedy=_("Recall them or let them be sent; or disable the channel instead."),
        )
    account.delete()


def find_account(name: str) -> ChannelAccount:
    """The account of a channel, or NotFound."""
    account = ChannelAccount.objects.filter(name=name).first()
    if account is None:
        raise NotFound(
            _("There is no channel named %(name)s.") % {"name": name}, remedy=_("Set it up under Channels first.")
        )
    return account


def settings_of(account: ChannelAccount) -> dict[str, Any]:
    """The plug-in's settings in the clear. Never shown to anybody."""
    settings: dict[str, Any] = json.loads(decrypt(account.settings, context=f"channel:{account.name}"))
    return settings


def live_channel(account: ChannelAccount) -> Channel:
    """The plug-in with its open connections, kept until the account changes."""
    place = (account.id, account.version)
    with _live_lock:
        if place not in _live:
            for old in [each for each in _live if each[0] == account.id]:
                del _live[old]
            channel = CHANNELS.get(account.plugin)(settings_of(account))  # type: ignore[call-arg]
            channel.name = account.name
            _live[place] = channel
        return _live[place]


def allowance(account: ChannelAccount, *, now: datetime, limit: int) -> int:
    """How many messages this channel may take now, at most `limit`. A resting channel tries one when its time is up."""
    if account.paused_until is not None:
        return 0 if now < account.paused_until else min(1, limit)
    if account.max_per_second <= 0:
        return limit
    return min(limit, int(_tokens(account, now)))


def take_tokens(taken: Mapping[str, int], *, now: datetime) -> None:
    """Count messages against the rates of their channels. Within the claiming transaction."""
    limited = ChannelAccount.objects.select_for_update().filter(name__in=list(taken), max_per_second__gt=0)
    for account in limited.order_by("id"):
        left = _tokens(account, now) - taken[account.name]
        ChannelAccount.objects.filter(id=account.id).update(tokens=left, tokens_at=now)


def _tokens(account: ChannelAccount, now: datetime) -> float:
    burst = max(1.0, account.max_per_second)
    if account.tokens_at is None:
        return burst
    waited = max(0.0, (now - account.tokens_at).total_seconds())
    return min(burst, account.tokens + waited * account.max_per_second)


def note_health(name: str, *, faults: int, last_fault: str, successes: int, now: datetime) -> None:
    """Count the provider's faults in a row; pause the channel after too many, and open it with the next success."""
    if successes:
        ChannelAccount.objects.filter(name=name).exclude(faults=0, paused_until=None).update(
            faults=0, trips=0, paused_until=None, pause_reason=""
        )
    if not faults:
        return
    ChannelAccount.objects.filter(name=name).update(faults=F("faults") + faults)
    account = ChannelAccount.objects.get(name=name)
    if account.faults >= FAULTS_TO_PAUSE or account.paused_until is not None:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(account.trips, 10))
        ChannelAccount.objects.filter(id=account.id).update(
            trips=F("trips") + 1, paused_until=now + pause, pause_reason=last_fault[:300]
        )


def list_channels() -> list[ChannelAccount]:
    """All channel accounts by name."""
    return list(ChannelAccount.objects.order_by("name"))


def channel_health(name: str, *, now: datetime) -> dict[str, Any]:
    """A channel's state ("ready", "resting", "disabled"), the faults of its provider in a row, and its rest."""
    account = find_account(name)
    rests = account.paused_until is not None and account.paused_until > now
    return {
        "name": name,
        "state": "disabled" if not account.enabled else "resting" if rests else "ready",
        "faults": account.faults,
        "paused_until": account.paused_until,
        "pause_reason": account.pause_reason,
    }


def send_test(name: str, address: str, *, now: datetime) -> Receipt:
    """Hand one test message over, outside the ledger, and return the provider's answer."""
    message = OutgoingMessage(
        key=secrets.token_hex(16),
        delivery_id=0,
        address=address,
        subject=_("A test message from Setpoint"),
        text=_("This channel works."),
        html="",
        metadata={"at": now},
    )
    (receipt,) = live_channel(find_account(name)).send([message])
    return receipt
