"""The verbs of people: create, edit, launch, pause, resume, cancel, change, approve.

Each takes effect before the next claim: the campaign's row and the ledger's stream change in one transaction, and
every claim reads the stream in its own. Each is kept as an intervention with the advice given and the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.autopilot import advice
from setpoint.autopilot.collect import settle_ended as settle_ended
from setpoint.autopilot.limits import ledger_limits
from setpoint.autopilot.models import Campaign, Intervention
from setpoint.autopilot.types import CampaignSpec
from setpoint.autopilot.validation import check_launch, check_spec, read_spec
from setpoint.delivery import services as delivery
from setpoint.delivery.types import QuietHours
from setpoint.governance import services as governance
from setpoint.kernel.errors import Conflict, Invalid, NotFound

State = Campaign.State
CHANGEABLE = frozenset({"goal", "limits", "actions", "audience", "guardrails", "review", "futile_below", "policy"})


def find_campaign(campaign_id: int) -> Campaign:
    """The campaign, or NotFound."""
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(
            _("There is no campaign %(id)s.") % {"id": campaign_id}, remedy=_("List the campaigns to see their ids.")
        )
    return found


def create_campaign(name: str, spec: Mapping[str, Any], *, actor: str, now: datetime) -> Campaign:
    """A new draft. Refuses what can never be right."""
    checked = read_spec(spec)
    check_spec(checked, now=now)
    campaign = Campaign.objects.create(name=_checked_name(name), spec=msgspec.to_builtins(checked), created_at=now)
    governance.record_audit(actor, "create", campaign.key, before=None, after={"name": campaign.name}, now=now)
    return campaign


def edit_draft(
    campaign_id: int, *, name: str | None, spec: Mapping[str, Any] | None, actor: str, now: datetime
) -> Campaign:
    """Change a draft; a launched campaign is changed by `change`."""
    with transaction.atomic():
        campaign = _locked(campaign_id, {State.DRAFT}, "edit")
        campaign.name = _checked_name(name) if name is not None else campaign.name
        if spec is not None:
            checked = read_spec({**campaign.spec, **spec})
            check_spec(checked, now=now)
            campaign.spec = msgspec.to_builtins(checked)
        campaign.save()
    governance.record_audit(actor, "edit", campaign.key, before=None, after={"name": campaign.name}, now=now)
    return campaign


def launch(campaign_id: int, *, actor: str, now: datetime) -> Campaign:
    """Start the loop. Of two launches at once one wins; the other is told so."""
    check_launch(spec_of(find_campaign(campaign_id)), now=now)
    with transaction.atomic():
        campaign = _locked(campaign_id, {State.DRAFT}, "launch")
        spec = spec_of(campaign)
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
        campaign.save()
        _keep(campaign, "launch", actor=actor, now=now)
    return campaign


def _quiet_hours(spec: CampaignSpec) -> QuietHours | None:
    """The campaign's quiet hours, else the company's."""
    company = governance.company()
    start, end = spec.quiet_start or company.quiet_start, spec.quiet_end or company.quiet_end
    return QuietHours(start, end) if start and end else None


def pause(campaign_id: int, *, actor: str, now: datetime) -> Intervention:
    """Stop before the next claim. Nothing is lost; what was handed over already is counted in the answer."""
    return _turn_tap(campaign_id, {State.RUNNING}, "pause", (State.PAUSED, "paused"), actor=actor, now=now)


def resume(campaign_id: int, *, actor: str, now: datetime) -> Intervention:
    """Go on where the campaign was paused."""
    return _turn_tap(campaign_id, {State.PAUSED}, "resume", (State.RUNNING, "open"), actor=actor, now=now)


def cancel(campaign_id: int, *, actor: str, now: datetime) -> Intervention:
    """End the campaign: recall what was not handed over, release its budget, tell what cannot be recalled."""
    with transaction.atomic():
        campaign = _locked(campaign_id, {State.RUNNING, State.PAUSED}, "cancel")
        counsel = advice.advise(campaign, "cancel", {}, now=now)
        delivery.set_stream_state(campaign.key, "closed", now=now)
        recalled = delivery.recall(campaign.key, now=now, reason="cancelled")
        campaign.state, campaign.outcome, campaign.ended_at = State.ENDED, "cancelled", now
        campaign.next_at, campaign.waiting_for = None, ""
        campaign.save()
        answer = {"recalled": recalled.recalled, "beyond_recall": recalled.beyond_recall}
        return _keep(campaign, "cancel", actor=actor, now=now, counsel=counsel, answer=answer)


def change(campaign_id: int, changes: Mapping[str, Any], *, actor: str, now: datetime) -> Intervention:
    """Change goal, limits, actions, audience or guardrails of a live campaign.

    Limits bind the very next claim; the rest the next plan. From then on readings use bounds that hold at any time,
    because the plan they were made for has changed.
    """
    unknown = ", ".join(sorted(set(changes) - CHANGEABLE))
    if unknown or not changes:
        cause = _("Cannot change %(names)s of a live campaign.") % {"names": unknown}
        raise Invalid(
            cause if unknown else _("The change names nothing to change."),
            remedy=_("Change one of: %(names)s.") % {"names": ", ".join(sorted(CHANGEABLE))},
        )
    with transaction.atomic():
        campaign = _locked(campaign_id, {State.RUNNING, State.PAUSED}, "change")
        counsel = advice.advise(campaign, "change", changes, now=now)
        spec = changed_spec(campaign, changes)
        check_spec(spec, now=now)
        delivery.change_limits(campaign.key, ledger_limits(spec.limits), now=now)
        before = {name: campaign.spec.get(name) for name in changes}
        campaign.spec = msgspec.to_builtins(spec)
        campaign.version += 1
        campaign.plan_changed = True
        campaign.save()
        return _keep(
            campaign,
            "change",
            actor=actor,
            now=now,
            counsel=counsel,
            answer={"version": campaign.version},
            change={"before": before, "after": {name: campaign.spec[name] for name in changes}},
        )


def approve(campaign_id: int, *, actor: str, now: datetime) -> Intervention:
    """Let the plan of the current round go ahead, where the campaign asks a person each round."""
    with transaction.atomic():
        campaign = _locked(campaign_id, {State.RUNNING}, "approve")
        if campaign.waiting_for != "approval":
            raise Conflict(_("The campaign is not waiting for an approval."), remedy=_("Look at the campaign's state."))
        campaign.waiting_for, campaign.next_at = "", now
        campaign.save()
        return _keep(campaign, "approve", actor=actor, now=now)


def spec_of(campaign: Campaign) -> CampaignSpec:
    """The campaign's specification as a value."""
    return read_spec(campaign.spec)


def changed_spec(campaign: Campaign, changes: Mapping[str, Any]) -> CampaignSpec:
    """The specification as it would be after a change; nested parts are merged, lists replaced."""
    return read_spec(_merged(campaign.spec, changes))


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    both = {**old, **new}
    for name in ("goal", "limits", "actions", "guardrails"):
        if isinstance(old.get(name), Mapping) and isinstance(new.get(name), Mapping):
            both[name] = {**old[name], **new[name]}
    return both


def _turn_tap(
    campaign_id: int, expected: set[State], verb: str, target: tuple[State, Any], *, actor: str, now: datetime
) -> Intervention:
    with transaction.atomic():
        campaign = _locked(campaign_id, expected, verb)
        counsel = advice.advise(campaign, verb, {}, now=now)
        campaign.state, stream_state = target
        campaign.next_at = now if campaign.state == State.RUNNING else campaign.next_at
        campaign.save()
        beyond = delivery.set_stream_state(campaign.key, stream_state, now=now)
        return _keep(campaign, verb, actor=actor, now=now, counsel=counsel, answer={"beyond_recall": beyond})


def _locked(campaign_id: int, expected: set[State], verb: str) -> Campaign:
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        return find_campaign(campaign_id)
    if campaign.state not in expected:
        raise Conflict(
            _("The campaign is %(state)s; it cannot be told to %(verb)s now.")
            % {"state": campaign.state, "verb": verb},
            remedy=_("Possible while: %(states)s.") % {"states": ", ".join(sorted(expected))},
        )
    return campaign


def _keep(
    campaign: Campaign,
    verb: str,
    *,
    actor: str,
    now: datetime,
    counsel: list[dict[str, Any]] | None = None,
    answer: Mapping[str, Any] | None = None,
    change: Mapping[str, Any] | None = None,
) -> Intervention:
    governance.record_audit(actor, verb, campaign.key, before=None, after=dict(change or {}), now=now)
    return Intervention.objects.create(
        campaign=campaign,
        verb=verb,
        change=dict(change or {}),
        advice=counsel or [],
        answer=dict(answer or {}),
        actor=actor,
        at=now,
        round=campaign.round,
    )


def _checked_name(name: str) -> str:
    if not name.strip() or len(name) > 200 or "\x00" in name:
        raise Invalid(
            _("A campaign needs a name of at most 200 characters."), field="name", remedy=_("Name what it is for.")
        )
    return name.strip()


Verb = Callable[..., Intervention]
VERBS: Mapping[str, Verb] = {"pause": pause, "resume": resume, "cancel": cancel, "approve": approve}
