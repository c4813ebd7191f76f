"""Channel accounts: which plug-in speaks for a channel, with which settings, and how fast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.delivery.channels.settings import SettingField, described, secret_names
from setpoint.delivery.models import ChannelAccount, Delivery
from setpoint.delivery.types import OPEN_STATES, Channel
from setpoint.governance.acting import needs
from setpoint.governance.services import decrypt, encrypt, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, Invalid, NotFound
from setpoint.kernel.registry import Registry

CHANNELS: Registry[type[Channel]] = Registry("setpoint.channels")
_live: dict[tuple[int, int], Channel] = {}
_live_lock = Lock()


class Terms(TypedDict, total=False):
    """What a message costs (micros, seconds of people's time), how many go out a second, and whether any do."""

    cost_per_message: int
    seconds_per_message: int
    max_per_second: float
    enabled: bool


@dataclass(frozen=True, slots=True)
class Plugin:
    """A kind of channel that can be set up. Without declared settings, they are given as plain names and values."""

    name: str
    label: str
    fields: tuple[SettingField, ...]
    is_declared: bool


@needs("delivery:write")
def set_channel(
    name: str,
    plugin: str,
    settings: Mapping[str, Any],
    *,
    seen: int | None = None,
    actor: str = "system",
    now: datetime | None = None,
    **terms: Unpack[Terms],
) -> ChannelAccount:
    """Make or replace the account of a channel; the plug-in refuses settings it cannot use with Invalid.

    A secret that is left out or empty stays what it was. Terms left out cost nothing, know no rate, and send.
    """
    with transaction.atomic():
        found = ChannelAccount.objects.select_for_update().filter(name=name).first()
        account = found or ChannelAccount(name=name, version=0)
        refuse_stale(_subject(name), seen=seen, current=account.version)
        whole = _with_kept_secrets(account, plugin, settings)
        CHANNELS.get(plugin)(dict(whole))  # type: ignore[call-arg]
        before = _shown(account) if found else None
        account.plugin, account.settings = plugin, encrypt(json.dumps(whole), context=f"channel:{name}")
        account.cost_per_message = terms.get("cost_per_message", 0)
        account.seconds_per_message = terms.get("seconds_per_message", 0)
        account.max_per_second, account.enabled = terms.get("max_per_second", 0.0), terms.get("enabled", True)
        account.version += 1
        account.faults, account.trips, account.paused_until, account.pause_reason = 0, 0, None, ""
        account.save()
        verb = "changed" if found else "created"
        record_audit(actor, verb, _subject(name), before=before, after=_shown(account), now=now or clock.now())
    return account


@needs("delivery:write")
@transaction.atomic
def pause_channel(name: str, *, paused: bool, now: datetime, reason: str = "", actor: str = "system") -> ChannelAccount:
    """Send nothing by this channel until it is opened again; messages wait. Opening it forgets its provider's faults."""
    account = _locked(name)
    if account.enabled != paused:
        return account
    if len(reason) > 300 or "\0" in reason:
        raise Invalid(_("A reason has at most 300 characters."), remedy=_("Write a shorter one."), field="reason")
    account.enabled, account.pause_reason = not paused, reason if paused else ""
    account.faults, account.trips, account.paused_until = 0, 0, None
    account.version += 1
    account.save()
    after = {"enabled": account.enabled, "reason": reason, "version": account.version}
    record_audit(actor, "paused" if paused else "resumed", _subject(name), after=after, now=now)
    return account


@needs("delivery:write")
@transaction.atomic
def remove_channel(name: str, *, actor: str = "system", now: datetime | None = None) -> None:
    """Forget a channel's account; refused while deliveries wait for it."""
    account = _locked(name)
    if Delivery.objects.filter(channel=name, state__in=OPEN_STATES).exists():
        raise Conflict(
            _("Deliveries still wait for the channel %(name)s.") % {"name": name},
            remedy=_("Recall them or let them be sent; or disable the channel instead."),
        )
    record_audit(actor, "deleted", _subject(name), before=_shown(account), now=now or clock.now())
    account.delete()


def find_account(name: str) -> ChannelAccount:
    """The account of a channel, or NotFound."""
    account = ChannelAccount.objects.filter(name=name).first()
    if account is None:
        raise NotFound(
            _("There is no channel named %(name)s.") % {"name": name}, remedy=_("Set it up under Channels first.")
        )
    return account


def list_channels() -> list[ChannelAccount]:
    """All channel accounts by name."""
    return list(ChannelAccount.objects.order_by("name"))


def plugins() -> list[Plugin]:
    """Every kind of channel there is, with its settings in the reader's language."""
    return [
        Plugin(name, _(str(getattr(kind, "label", name))), tuple(described(declared)), declared is not None)
        for name, kind in CHANNELS.items()
        for declared in [getattr(kind, "settings_type", None)]
    ]


def settings_of(account: ChannelAccount) -> dict[str, Any]:
    """The plug-in's settings in the clear. Never shown to anybody."""
    settings: dict[str, Any] = json.loads(decrypt(account.settings, context=f"channel:{account.name}"))
    return settings


def shown_settings(account: ChannelAccount) -> tuple[dict[str, Any], list[str]]:
    """The settings that may be shown, and the names of those kept secret. A plug-in that declares none shows none."""
    whole = settings_of(account)
    declared = _declared(account.plugin)
    hidden = secret_names(declared) if declared else set(whole)
    shown = {name: value for name, value in whole.items() if name not in hidden}
    return shown, sorted(name for name in hidden if whole.get(name))


def unsaved_channel(name: str, plugin: str, settings: Mapping[str, Any]) -> Channel:
    """A plug-in with settings that are not saved; secrets left out are those of the saved channel of this name."""
    account = ChannelAccount.objects.filter(name=name).first() or ChannelAccount(name=name)
    return CHANNELS.get(plugin)(_with_kept_secrets(account, plugin, settings))  # type: ignore[call-arg]


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


def _with_kept_secrets(account: ChannelAccount, plugin: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with the old secret wherever a secret is left out or empty."""
    whole = dict(given)
    if account.pk is None or account.plugin != plugin:
        return whole
    old = settings_of(account)
    declared = _declared(plugin)
    names = secret_names(declared) if declared else {name for name, value in whole.items() if value == ""}
    return whole | {name: old[name] for name in names if not whole.get(name) and name in old}


def _declared(plugin: str) -> type | None:
    declared: type | None = getattr(CHANNELS.get(plugin), "settings_type", None)
    return declared


def _shown(account: ChannelAccount) -> dict[str, Any]:
    settings, secret = shown_settings(account)
    return {
        "plugin": account.plugin,
        "settings": settings,
        "secrets": secret,
        "cost_per_message": account.cost_per_message,
        "seconds_per_message": account.seconds_per_message,
        "max_per_second": account.max_per_second,
        "enabled": account.enabled,
        "version": account.version,
    }


def _locked(name: str) -> ChannelAccount:
    find_account(name)
    return ChannelAccount.objects.select_for_update().get(name=name)


def _subject(name: str) -> str:
    return f"channel:{name}"
