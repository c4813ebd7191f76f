"""What pages and the API read of campaigns: nothing here changes anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from setpoint.autopilot.audience import audience_of
from setpoint.autopilot.journal import results_of
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.services import find_campaign, spec_of
from setpoint.autopilot.types import CampaignSpec, Collected, Evaluation, Executed, Plan
from setpoint.autopilot.validation import check_launch
from setpoint.decisions import services as log
from setpoint.delivery import services as delivery
from setpoint.delivery.types import BudgetLine
from setpoint.experiments import services as experiments
from setpoint.experiments.types import PowerQuestion
from setpoint.insights import services as insights
from setpoint.insights.types import Findings
from setpoint.kernel import money
from setpoint.kernel.errors import NotFound

ASSUMED_LIFT = 0.3
"""Before anything is known: sends are assumed to lift the base rate by this share (randomised e-mail tests: 0.2 to 1)."""
ASSUMED_REACH = 0.25
"""Before anything is known: the share of the audience that a round's budget reaches."""


def list_campaigns(*, after: int, limit: int) -> list[Campaign]:
    """A page of campaigns by id."""
    return list(Campaign.objects.filter(pk__gt=after).order_by("pk")[:limit])


def progress(campaign_id: int) -> dict[str, Any]:
    """The control room in figures: goal, limits, ledger, rounds, warnings."""
    campaign = find_campaign(campaign_id)
    has_ledger = campaign.launched_at is not None
    return {
        "campaign": campaign,
        "goal": goal_figures(campaign),
        "limits": [limit_figures(line) for line in delivery.budgets(campaign.key)] if has_ledger else [],
        "ledger": {str(k): v for k, v in delivery.ledger(campaign.key).items()} if has_ledger else {},
        "rounds": round_figures(campaign),
        "warnings": [msgspec.to_builtins(w) for w in delivery.warnings(campaign.key)] if has_ledger else [],
    }


def goal_figures(campaign: Campaign) -> dict[str, Any]:
    """Target, best estimate and proven at least, as of the last reading."""
    goal = spec_of(campaign).goal
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    figures: dict[str, Any] = {
        "metric": goal.metric,
        "target": goal.target,
        "incremental": goal.incremental,
        "deadline": goal.deadline,
        "estimate": None,
        "proven_at_least": None,
        "interval": None,
        "verdict": "not enough data",
        "chance_of_goal": None,
    }
    if evaluations:
        last = evaluations[max(evaluations)]
        figures |= {
            "estimate": last.goal_value,
            "proven_at_least": last.goal_proven,
            "interval": None if last.goal_interval is None else list(last.goal_interval),
            "verdict": last.reading["verdict"],
            "chance_of_goal": last.chance_of_goal,
        }
    return figures


def limit_figures(line: BudgetLine) -> dict[str, Any]:
    """One limit in the units of people: money in the main unit, time in hours."""
    scale = {"money": money.MICROS, "time": 3600}.get(line.resource, 1)
    amounts = {name: getattr(line, name) / scale for name in ("limit", "reserved", "committed", "left")}
    return {"scope": line.scope, "resource": line.resource, **amounts}


def round_figures(campaign: Campaign) -> list[dict[str, Any]]:
    """Each round's line: what was planned, what was sent, what was measured, how it was concluded."""
    plans = results_of(campaign.pk, "plan", Plan)
    executed = results_of(campaign.pk, "execute", Executed)
    collected = results_of(campaign.pk, "collect", Collected)
    evaluations = results_of(campaign.pk, "evaluate", Evaluation)
    conclusions = dict(
        Step.objects.filter(campaign=campaign, name="conclude").values_list("round", "result").order_by("round")
    )
    rows = []
    for number, plan in plans.items():
        row: dict[str, Any] = {"number": number, "plan": msgspec.to_builtins(plan)}
        for name, found in (("execute", executed), ("collect", collected), ("evaluate", evaluations)):
            if number in found:
                row[name] = msgspec.to_builtins(found[number])
        if number in conclusions:
            row["conclude"] = conclusions[number]
        rows.append(row)
    return rows


def round_steps(campaign_id: int, number: int) -> dict[str, Any]:
    """All finished steps of one round with their results and times."""
    campaign = find_campaign(campaign_id)
    steps = Step.objects.filter(campaign=campaign, round=number)
    if not steps:
        raise NotFound(_("Round %(number)s has not begun.") % {"number": number}, remedy=_("Ask for an earlier round."))
    return {step.name: {"result": step.result, "finished_at": step.finished_at} for step in steps}


def decisions(campaign_id: int, number: int, *, customer_id: int, limit: int) -> list[dict[str, Any]]:
    """Rows of the decision log of one round, all customers or one."""
    campaign = find_campaign(campaign_id)
    if not log.exists(campaign.key, number):
        raise NotFound(
            _("Round %(number)s has no decisions.") % {"number": number}, remedy=_("Ask for an earlier round.")
        )
    table = log.read_log(campaign.key, number)
    if customer_id:
        table = table.filter(pc.field("customer_id") == customer_id)
    rows: list[dict[str, Any]] = table.slice(0, limit).to_pylist()
    return rows


def power(campaign_id: int, *, now: datetime) -> dict[str, Any]:
    """What can be proven with this campaign's audience, budget and hold-out, before anything is spent."""
    campaign = find_campaign(campaign_id)
    spec = spec_of(campaign)
    check_launch(spec, now=now)
    ids = audience_of(spec, now)
    findings = insights.analyse(ids, goal_event=spec.goal.event, window_days=spec.window_days, as_of=now)
    rounds = rounds_left(spec, now)
    plan = experiments.power_plan(_question(spec, len(ids), findings, rounds))
    assumed = {"lift_of_base_rate": ASSUMED_LIFT, "reach": ASSUMED_REACH, "base_rate": findings.base_rate}
    return {"rounds": rounds, "assumptions": assumed, **msgspec.to_builtins(plan)}


def _question(spec: CampaignSpec, audience: int, findings: Findings, rounds: int) -> PowerQuestion:
    rate = max(findings.base_rate, 1e-4)
    value = float(findings.order_value.mean()) if spec.goal.metric == "revenue" and audience else 1.0
    return PowerQuestion(
        audience=audience,
        chosen_per_round=_chosen_per_round(spec.limits.messages, audience, rounds),
        rounds=rounds,
        base_rate=rate * value,
        second_moment=rate * value**2 if value != 1.0 else None,
        ghost_share=spec.ghost_share,
        holdout_share=spec.hold_out,
        target=spec.goal.target,
        assumed_effect=ASSUMED_LIFT * rate * value,
        alpha=spec.alpha,
    )


def _chosen_per_round(messages: int | None, audience: int, rounds: int) -> int:
    by_reach = audience * ASSUMED_REACH
    return max(1, int(min(by_reach, by_reach if messages is None else messages / max(1, rounds))))
