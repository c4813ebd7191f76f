"""The values that cross the border of governance: who calls, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_noop as _noop

KeyKind = Literal["api", "write"]
Role = Literal["owner", "marketer", "analyst", "support", "dpo"]

SCOPES: Mapping[str, str] = {
    "customers:read": _noop("See customers, their identities, traits, consents and suppressions."),
    "customers:write": _noop("Create and change customers, consents and suppressions."),
    "content:read": _noop("See templates, variants and offers."),
    "content:write": _noop("Create and change templates, variants and offers."),
    "campaigns:read": _noop("See campaigns, rounds, reports and forecasts."),
    "campaigns:write": _noop("Create, launch, pause, change and cancel campaigns."),
    "delivery:read": _noop("See channels, budgets and deliveries."),
    "delivery:write": _noop("Create and change channels."),
    "segments:read": _noop("See segments and their members."),
    "segments:write": _noop("Create and change segments."),
    "imports:write": _noop("Import files of customers and events."),
    "settings:read": _noop("See the company's settings and the list of API keys."),
    "settings:write": _noop("Change the company's settings."),
    "users:read": _noop("See people, their roles and invitations."),
    "users:write": _noop("Invite people, change roles, disable and enable people."),
    "keys:write": _noop("Create and revoke API keys."),
    "audit:read": _noop("See and export the audit trail."),
    "events:write": _noop("Send events (Segment's HTTP tracking interface)."),
    "simulation": _noop("Act on simulated time, for demonstrations and tests."),
}
"""Every scope that a person's role or an API key may hold, and what it allows."""

WRITE_KEY_SCOPES = ("events:write",)

_READS = frozenset(scope for scope in SCOPES if scope.endswith(":read"))

ROLES: Mapping[Role, frozenset[str]] = {
    "owner": frozenset(SCOPES),
    "marketer": _READS
    | {"customers:write", "content:write", "campaigns:write", "segments:write", "imports:write", "events:write"},
    "analyst": _READS | {"segments:write"},
    "support": frozenset({"customers:read", "customers:write", "delivery:read"}),
    "dpo": frozenset({"customers:read", "customers:write", "audit:read", "settings:read"}),
}
"""The one matrix: what each role may do. Pages, API and services ask here and nowhere else."""


NoticeKind = Literal[
    "campaign_concluded",
    "campaign_held",
    "approval_needed",
    "limit_near",
    "import_finished",
    "import_failed",
    "demo_company_ready",
]

NOTICE_SCOPES: Mapping[NoticeKind, str] = {
    "campaign_concluded": "campaigns:read",
    "campaign_held": "campaigns:read",
    "approval_needed": "campaigns:read",
    "limit_near": "campaigns:read",
    "import_finished": "customers:read",
    "import_failed": "customers:read",
    "demo_company_ready": "settings:read",
}
"""Every kind of notice, and the scope without which nobody sees it."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Whoever makes the current request: a signed-in person or the holder of an API key."""

    actor: str
    scopes: frozenset[str]
    origin: str = ""
    user_id: int | None = None


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
