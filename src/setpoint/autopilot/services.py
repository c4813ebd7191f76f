"""The public verbs of the autopilot: drafts and their launch here, what people tell a live campaign in interventions."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import transaction

from setpoint.autopilot.collect import settle_ended as settle_ended
from setpoint.autopilot.drafts import create_campaign as create_campaign
from setpoint.autopilot.drafts import delete_draft as delete_draft
from setpoint.autopilot.drafts import duplicate as duplicate
from setpoint.autopilot.drafts import edit_draft as edit_draft
from setpoint.autopilot.interventions import VERBS as VERBS
from setpoint.autopilot.interventions import approve as approve
from setpoint.autopilot.interventions import cancel as cancel
from setpoint.autopilot.interventions import change as change
from setpoint.autopilot.interventions import pause as pause
from setpoint.autopilot.interventions import resume as resume
from setpoint.autopilot.limits import ledger_limits
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.problems import problems_of
from setpoint.autopilot.records import changed_spec as changed_spec
from setpoint.autopilot.records import find_campaign as find_campaign
from setpoint.autopilot.records import keep, locked
from setpoint.autopilot.records import spec_of as spec_of
from setpoint.autopilot.types import CampaignSpec
from setpoint.autopilot.validation import check_launch
from setpoint.delivery import services as delivery
from setpoint.delivery.types import QuietHours
from setpoint.governance import services as governance
from setpoint.kernel.errors import Invalid

State = Campaign.State


@governance.needs("campaigns:write")
def launch(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> Campaign:
    """Start the loop. Of two launches at once one wins; the other is told so.

    `version` is the one that the person saw: nobody launches what somebody else has changed meanwhile.
    """
    checked = find_campaign(campaign_id)
    _refuse_unfinished(checked, now)
    spec = spec_of(checked)
    check_launch(spec, now=now)
    with transaction.atomic():
        campaign = locked(campaign_id, {State.DRAFT}, "launch", version=checked.version if version is None else version)
        campaign.spec = msgspec.to_builtins(spec)
        quiet = _quiet_hours(spec)
        delivery.open_stream(
            campaign.key,
            limits=ledger_limits(spec.limits),
            quiet=quiet,
            warn_share=spec.limits.warn_at,
            purpose=spec.purpose,
            now=now,
        )
        campaign.state, campaign.launched_at = State.RUNNING, now
        campaign.round_started_at = campaign.next_at = now
        campaign.version += 1
        campaign.save()
        keep(campaign, "launch", actor=actor, now=now)
    return campaign


def _refuse_unfinished(draft: Campaign, now: datetime) -> None:
    """Invalid for the first thing that is missing or wrong."""
    if draft.state != State.DRAFT:
        return
    for problem in problems_of(draft.name, draft.spec, now=now):
        if problem.kind != "warning":
            raise Invalid(problem.message, field=problem.field, remedy=problem.remedy)


def _quiet_hours(spec: CampaignSpec) -> QuietHours | None:
    """The campaign's quiet hours, else the company's."""
    company = governance.company()
    start, end = spec.quiet_start or company.quiet_start, spec.quiet_end or company.quiet_end
    return QuietHours(start, end) if start and end else None
