"""The verbs of people towards a launched campaign: pause, resume, cancel, change, approve.

Each takes effect before the next claim: the campaign's row and the ledger's stream change in one transaction, and
every claim reads the stream in its own. Each is kept as an intervention with the advice given and the answer, and
makes a new version of the campaign, so that whoever saw the old one is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.autopilot import advice
from setpoint.autopilot.limits import ledger_limits
from setpoint.autopilot.models import Campaign, Intervention
from setpoint.autopilot.records import changed_spec, keep, locked
from setpoint.autopilot.validation import check_spec
from setpoint.delivery import services as delivery
from setpoint.governance.services import needs
from setpoint.kernel.errors import Conflict, Invalid

State = Campaign.State
CHANGEABLE = frozenset({"goal", "limits", "actions", "audience", "guardrails", "review", "futile_below", "policy"})


@needs("campaigns:write")
def pause(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> Intervention:
    """Stop before the next claim. Nothing is lost; what was handed over already is counted in the answer."""
    return _turn_tap(campaign_id, "pause", version, actor=actor, now=now)


@needs("campaigns:write")
def resume(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> Intervention:
    """Go on where the campaign was paused."""
    return _turn_tap(campaign_id, "resume", version, actor=actor, now=now)


@needs("campaigns:write")
def cancel(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> Intervention:
    """End the campaign: recall what was not handed over, release its budget, tell what cannot be recalled."""
    with transaction.atomic():
        campaign = locked(campaign_id, {State.RUNNING, State.PAUSED}, "cancel", version=version)
        counsel = advice.advise(campaign, "cancel", {}, now=now)
        delivery.set_stream_state(campaign.key, "closed", now=now)
        recalled = delivery.recall(campaign.key, now=now, reason="cancelled")
        campaign.state, campaign.outcome, campaign.ended_at = State.ENDED, "cancelled", now
        campaign.next_at, campaign.waiting_for = None, ""
        campaign.version += 1
        campaign.save()
        answer = {"recalled": recalled.recalled, "beyond_recall": recalled.beyond_recall}
        return keep(campaign, "cancel", actor=actor, now=now, counsel=counsel, answer=answer)


@needs("campaigns:write")
def change(
    campaign_id: int, changes: Mapping[str, Any], *, actor: str, now: datetime, version: int | None = None
) -> Intervention:
    """Change goal, limits, actions, audience or guardrails of a live campaign.

    Limits bind the very next claim; the rest the next plan. From then on readings use bounds that hold at any time,
    because the plan they were made for has changed.
    """
    _check_changeable(changes)
    with transaction.atomic():
        campaign = locked(campaign_id, {State.RUNNING, State.PAUSED}, "change", version=version)
        counsel = advice.advise(campaign, "change", changes, now=now)
        spec = changed_spec(campaign, changes)
        check_spec(spec, now=now)
        delivery.change_limits(campaign.key, ledger_limits(spec.limits), now=now)
        before = {name: campaign.spec.get(name) for name in changes}
        campaign.spec = msgspec.to_builtins(spec)
        campaign.version += 1
        campaign.plan_changed = True
        campaign.save()
        return keep(
            campaign,
            "change",
            actor=actor,
            now=now,
            counsel=counsel,
            answer={"version": campaign.version},
            change={"before": before, "after": {name: campaign.spec[name] for name in changes}},
        )


@needs("campaigns:write")
def approve(campaign_id: int, *, actor: str, now: datetime, version: int | None = None) -> Intervention:
    """Let the plan of the current round go ahead, where the campaign asks a person each round."""
    with transaction.atomic():
        campaign = locked(campaign_id, {State.RUNNING}, "approve", version=version)
        if campaign.waiting_for != "approval":
            raise Conflict(_("The campaign is not waiting for an approval."), remedy=_("Look at the campaign's state."))
        counsel = advice.advise(campaign, "approve", {}, now=now)
        campaign.waiting_for, campaign.next_at = "", now
        campaign.version += 1
        campaign.save()
        return keep(campaign, "approve", actor=actor, now=now, counsel=counsel)


def _check_changeable(changes: Mapping[str, Any]) -> None:
    unknown = ", ".join(sorted(set(changes) - CHANGEABLE))
    if unknown or not changes:
        cause = _("Cannot change %(names)s of a live campaign.") % {"names": unknown}
        raise Invalid(
            cause if unknown else _("The change names nothing to change."),
            remedy=_("Change one of: %(names)s.") % {"names": ", ".join(sorted(CHANGEABLE))},
        )


def _turn_tap(campaign_id: int, verb: str, version: int | None, *, actor: str, now: datetime) -> Intervention:
    expected, becomes = (State.RUNNING, State.PAUSED) if verb == "pause" else (State.PAUSED, State.RUNNING)
    with transaction.atomic():
        campaign = locked(campaign_id, {expected}, verb, version=version)
        counsel = advice.advise(campaign, verb, {}, now=now)
        campaign.state = becomes
        campaign.next_at = now if campaign.state == State.RUNNING else campaign.next_at
        campaign.version += 1
        campaign.save()
        beyond = delivery.set_stream_state(campaign.key, "paused" if verb == "pause" else "open", now=now)
        return keep(campaign, verb, actor=actor, now=now, counsel=counsel, answer={"beyond_recall": beyond})


Verb = Callable[..., Intervention]
VERBS: Mapping[str, Verb] = {"pause": pause, "resume": resume, "cancel": cancel, "approve": approve}
