"""What others know of a customer: frozen values, no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ConsentState = Literal["granted", "denied"]
IDENTITY_KINDS = ("user_id", "anonymous_id", "email", "phone", "device", "openid", "unionid", "webhook")
STRENGTH = ("user_id", "email", "phone", "unionid", "openid", "webhook", "device", "anonymous_id")
"""Kinds of identity, strongest first."""
CHANNEL_IDENTITY = {"email": "email", "sms": "phone", "webhook": "webhook", "demo": "email"}


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One consent statement: a channel ("email"), a purpose ("marketing"), and what the customer said."""

    channel: str
    purpose: str
    state: ConsentState


@dataclass(frozen=True, slots=True)
class Profile:
    """What one message or one imported row says of one person. Absent means "says nothing of it"."""

    identities: Mapping[str, str]
    traits: Mapping[str, Any] = field(default_factory=dict)
    consents: tuple[ConsentRecord, ...] = ()
    language: str | None = None
    timezone: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one profile: whose it is, and whether it said anything new."""

    customer_id: int
    outcome: Literal["created", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether and where one customer may be reached on one channel for one purpose, right now.

    `refusal` is None when they may be; else a short code: "no_consent", "suppressed", "no_address", "unknown_customer".
    """

    customer_id: int
    address: str
    language: str
    timezone: str
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer as content and pages see them. `traits` are plain JSON values."""

    id: int
    identities: Mapping[str, str]
    traits: Mapping[str, Any]
    language: str
    timezone: str
    created_at: datetime
