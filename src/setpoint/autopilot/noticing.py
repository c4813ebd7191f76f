"""What people are told of though nobody looks: a campaign ended, waits for them, is held up, or nears a limit."""

from __future__ import annotations

from datetime import datetime

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.models import Campaign
from setpoint.delivery import services as delivery
from setpoint.governance import services as governance
from setpoint.governance.types import NoticeKind


def tell_end(campaign: Campaign, outcome: str, *, now: datetime) -> None:
    """The campaign has ended, and why."""
    told = {"name": campaign.name, "outcome": outcome, "round": campaign.round}
    governance.notify("campaign_concluded", campaign.key, told, now=now)


def tell_wait(campaign: Campaign, waiting: Waiting, *, now: datetime) -> None:
    """The campaign waits for a person; waiting for a moment is no news."""
    if waiting.until is None:
        kind: NoticeKind = "approval_needed" if waiting.reason == "approval" else "campaign_held"
        told = {"name": campaign.name, "round": campaign.round, "reason": waiting.reason}
        governance.notify(kind, campaign.key, told, now=now)


def tell_fault(campaign: Campaign, *, now: datetime) -> None:
    """The campaign cannot go on for now; it is tried again by itself."""
    told = {"name": campaign.name, "round": campaign.round, "reason": "fault"}
    governance.notify("campaign_held", campaign.key, told, now=now)


def tell_limits(campaign: Campaign, *, now: datetime) -> None:
    """Limits of the campaign that are near or reached, each once."""
    for warning in delivery.warnings(campaign.key):
        told = {"name": campaign.name, "scope": warning.scope, "resource": warning.resource, "level": warning.level}
        governance.notify("limit_near", campaign.key, told, now=now)
