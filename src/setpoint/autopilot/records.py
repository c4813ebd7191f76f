"""Campaigns as rows: found, locked for a verb, and what a person told them kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.autopilot.models import Campaign, Intervention
from setpoint.autopilot.types import Advice, CampaignSpec
from setpoint.autopilot.validation import read_spec
from setpoint.governance import services as governance
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Conflict, NotFound


def find_campaign(campaign_id: int) -> Campaign:
    """The campaign, or NotFound."""
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(
            _("There is no campaign %(id)s.") % {"id": campaign_id}, remedy=_("List the campaigns to see their ids.")
        )
    return found


def locked(campaign_id: int, expected: Set[Campaign.State], verb: str, *, version: int | None = None) -> Campaign:
    """The campaign's row, kept from everybody else until the transaction ends; Conflict in any other state.

    `version` is the one that the person saw; Conflict when somebody has changed the campaign since.
    """
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        return find_campaign(campaign_id)
    refuse_stale(campaign.key, seen=version, current=campaign.version)
    if campaign.state not in expected:
        raise Conflict(
            _("The campaign is %(state)s; it cannot be told to %(verb)s now.")
            % {"state": campaign.state, "verb": verb},
            remedy=_("Possible while: %(states)s.") % {"states": ", ".join(sorted(expected))},
        )
    return campaign


def spec_of(campaign: Campaign) -> CampaignSpec:
    """The campaign's specification as a value; Invalid for a draft that is not whole yet."""
    return read_spec(campaign.spec)


def changed_spec(campaign: Campaign, changes: Mapping[str, Any]) -> CampaignSpec:
    """The specification as it would be after a change; nested parts are merged, lists replaced."""
    return read_spec(_merged(campaign.spec, changes))


def keep(
    campaign: Campaign,
    verb: str,
    *,
    actor: str,
    now: datetime,
    counsel: Sequence[Advice] = (),
    answer: Mapping[str, Any] | None = None,
    change: Mapping[str, Any] | None = None,
) -> Intervention:
    """What a person told the campaign, in the audit trail and beside the campaign."""
    told = dict(change or {})
    after = {**told.get("after", {}), "state": campaign.state, "version": campaign.version}
    governance.record_audit(actor, verb, campaign.key, before=told.get("before"), after=after, now=now)
    return Intervention.objects.create(
        campaign=campaign,
        verb=verb,
        change=told,
        advice=msgspec.to_builtins(list(counsel)),
        answer=dict(answer or {}),
        actor=actor,
        at=now,
        round=campaign.round,
    )


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    both = {**old, **new}
    for name in ("goal", "limits", "actions", "guardrails"):
        if isinstance(old.get(name), Mapping) and isinstance(new.get(name), Mapping):
            both[name] = {**old[name], **new[name]}
    return both
