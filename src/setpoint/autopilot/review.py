"""Step three: may the plan go ahead?"""

from __future__ import annotations

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.models import Intervention
from setpoint.autopilot.types import Approved, Plan, Running
from setpoint.delivery import services as delivery
from setpoint.kernel import money


def review(campaign: Running, proposal: Plan) -> Approved:
    """Check the plan against the limits once more; where the campaign asks for a person, wait for their word."""
    by = _approver(campaign)
    return Approved(measure_at=proposal.measure_at, by=by, checks=_checks(campaign, proposal))


def _approver(campaign: Running) -> str:
    if campaign.spec.review == "automatic":
        return "automatic"
    agreed = Intervention.objects.filter(campaign_id=campaign.id, round=campaign.number, verb="approve").last()
    if agreed is None:
        raise Waiting(None, "approval")
    return agreed.actor


def _checks(campaign: Running, proposal: Plan) -> dict[str, bool]:
    lines = {(line.scope, line.resource): line for line in delivery.budgets(campaign.key)}
    spendable = lines[("campaign", "money")].left
    return {
        "within_money": money.to_micros(round(proposal.forecast_cost, 6)) <= spendable,
        "has_hold_out": proposal.held_out + proposal.ghost > 0 or proposal.to_send == 0,
    }
