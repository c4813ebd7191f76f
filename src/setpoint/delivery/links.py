"""Signed addresses inside messages. All that a request needs is in its token, so following one reads no table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.governance.services import sign, verify
from setpoint.kernel.errors import Unauthorised

HitKind = Literal["o", "c", "h"]
"""open picture, click, honeypot"""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a tracking token says. `sent_at` in epoch seconds; `url` only of a click."""

    delivery_id: int
    customer_id: int
    sent_at: int
    source: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What an unsubscribe or preference token says: whose choice it is, and of which message, channel and purpose."""

    delivery_id: int
    customer_id: int
    channel: str
    purpose: str
    source: str


def base_url() -> str:
    """Where this installation is reached, without a slash at the end."""
    return str(settings.SETPOINT_BASE_URL).rstrip("/")


def hit_url(kind: HitKind, hit: Hit) -> str:
    """The address of a tracking request."""
    payload = f"{hit.delivery_id}\n{hit.customer_id}\n{hit.sent_at}\n{hit.source}\n{hit.url}"
    ending = ".gif" if kind == "o" else ""
    return f"{base_url()}/t/{kind}/{sign(payload.encode(), f'track:{kind}')}{ending}"


def read_hit(kind: HitKind, token: str) -> Hit:
    """What a tracking token says; Unauthorised when we did not make it."""
    delivery, customer, sent_at, source, url = verify(token, f"track:{kind}").decode().split("\n", 4)
    return Hit(int(delivery), int(customer), int(sent_at), source, url)


def choice_url(page: Literal["u", "p"], choice: Choice) -> str:
    """The address of the unsubscribe ("u") or preference ("p") page."""
    parts = (choice.delivery_id, choice.customer_id, choice.channel, choice.purpose, choice.source)
    return f"{base_url()}/{page}/{sign('|'.join(map(str, parts)).encode(), 'choice')}"


def read_choice(token: str) -> Choice:
    """What such a token says; Unauthorised when we did not make it."""
    delivery, customer, channel, purpose, source = verify(token, "choice").decode().split("|", 4)
    return Choice(int(delivery), int(customer), channel, purpose, source)


def hook_token(channel: str) -> str:
    """The secret part of the address at which a channel's provider calls back."""
    return sign(channel.encode(), "hook")


def check_hook_token(channel: str, token: str) -> None:
    """Unauthorised unless the token belongs to this channel."""
    if verify(token, "hook") != channel.encode():
        raise Unauthorised(_("This address belongs to another channel."))
