"""What pages and the API read of campaigns: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.autopilot.audience import audience_of
from setpoint.autopilot.models import Step
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.records import find_campaign, spec_of
from setpoint.autopilot.types import CampaignSpec
from setpoint.autopilot.validation import check_launch
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


@dataclass(frozen=True, slots=True)
class Power:
    """What can be proven, as `experiments.PowerPlan` says it, and what was assumed: figures by name."""

    rounds: int
    assumptions: Mapping[str, float]
    sends: int
    withheld: int
    standard_error: float
    smallest_provable: float
    chance_of_proof: float
    assumed_increment: float
    advice: tuple[str, ...]
    details: Mapping[str, Mapping[str, float]]
    information: float
    largest_target: float


def limit_figures(line: BudgetLine) -> dict[str, Any]:
    """One limit in the units of people: money in the main unit, time in hours."""
    scale = {"money": money.MICROS, "time": 3600}.get(line.resource, 1)
    amounts = {name: getattr(line, name) / scale for name in ("limit", "reserved", "committed", "left")}
    return {"scope": line.scope, "resource": line.resource, **amounts}


def round_steps(campaign_id: int, number: int) -> list[Step]:
    """All finished steps of one round with their results and times."""
    steps = list(Step.objects.filter(campaign=find_campaign(campaign_id), round=number))
    if not steps:
        raise NotFound(_("Round %(number)s has not begun.") % {"number": number}, remedy=_("Ask for an earlier round."))
    return steps


def power(campaign_id: int, *, now: datetime) -> Power:
    """What can be proven with this campaign's audience, budget and hold-out, before anything is spent."""
    campaign = find_campaign(campaign_id)
    spec = spec_of(campaign)
    check_launch(spec, now=now)
    ids = audience_of(spec, now)
    findings = insights.analyse(ids, goal_event=spec.goal.event, window_days=spec.window_days, as_of=now)
    rounds = rounds_left(spec, now)
    plan = experiments.power_plan(_question(spec, len(ids), findings, rounds))
    assumed = {"lift_of_base_rate": ASSUMED_LIFT, "reach": ASSUMED_REACH, "base_rate": findings.base_rate}
    return Power(rounds=rounds, assumptions=assumed, **msgspec.to_builtins(plan))


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
