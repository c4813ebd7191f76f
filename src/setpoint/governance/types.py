"""The values that cross the border of governance: who calls, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

KeyKind = Literal["api", "write"]

SCOPES: Mapping[str, str] = {
    "customers:read": "See customers, their identities, traits, consents and suppressions.",
    "customers:write": "Create and change customers, consents and suppressions.",
    "content:read": "See templates, variants and offers.",
    "content:write": "Create and change templates, variants and offers.",
    "campaigns:read": "See campaigns, rounds, reports and forecasts.",
    "campaigns:write": "Create, launch, pause, change and cancel campaigns.",
    "delivery:read": "See channels, budgets and deliveries.",
    "delivery:write": "Create and change channels.",
    "segments:read": "See segments and their members.",
    "segments:write": "Create and change segments.",
    "imports:write": "Import files of customers and events.",
    "settings:read": "See the company's settings, API keys and the audit trail.",
    "settings:write": "Change the company's settings; create and revoke API keys.",
    "events:write": "Send events (Segment's HTTP tracking interface).",
    "simulation": "Act on simulated time, for demonstrations and tests.",
}
"""Every scope an API key may hold, and what it allows."""

WRITE_KEY_SCOPES = ("events:write",)


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A valid API key as the rest of the product sees it; never the secret."""

    id: int
    name: str
    scopes: frozenset[str]
    kind: KeyKind = "api"

    @property
    def actor(self) -> str:
        """How the audit trail names the holder of this key."""
        return f"api-key:{self.id} {self.name}"
