"""Step eight: go on, or stop. The first rule that fires decides; each leaves its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.pacing import rounds_left
from setpoint.autopilot.types import Conclusion, Evaluation, Outcome, Running
from setpoint.delivery import services as delivery

USEFUL_SENDS = 50
"""A round with fewer sends teaches and brings too little to be worth its window."""
MIN_READINGS = 2
"""A single reading is too little to give up on."""

Rule = Callable[[Running, Evaluation], str]


def conclude(campaign: Running, evaluation: Evaluation) -> Conclusion:
    """harm | frozen | goal | limit | futile | deadline, else the next round."""
    for outcome, rule in RULES.items():
        reason = rule(campaign, evaluation)
        if reason:
            return Conclusion(outcome=outcome, reason=reason, evidence=_evidence(campaign, evaluation))
    return Conclusion(outcome="next", reason="goal_not_yet_proven", evidence=_evidence(campaign, evaluation))


def _is_harm(campaign: Running, evaluation: Evaluation) -> str:
    return evaluation.harm[0] if evaluation.harm else ""


def _is_frozen(campaign: Running, evaluation: Evaluation) -> str:
    return "sample_ratio" if evaluation.ratio.get("alarm") else ""


def _is_goal(campaign: Running, evaluation: Evaluation) -> str:
    return evaluation.proof_reason if evaluation.is_proven else ""


def _is_limit(campaign: Running, evaluation: Evaluation) -> str:
    """A limit is reached when what is left, with what open offers will free, cannot pay for a useful round."""
    cheapest = min((action.send_cost for action in actions_of(campaign.spec)[1:]), default=0)
    needed = {"money": max(1, cheapest * USEFUL_SENDS), "messages": USEFUL_SENDS, "time": 1}
    for line in delivery.budgets(campaign.key):
        if line.scope == "campaign" and line.limit - line.committed - line.reserved < needed[line.resource]:
            return f"limit:{line.resource}"
    return ""


def _is_futile(campaign: Running, evaluation: Evaluation) -> str:
    has_readings = len(evaluation.looks) >= MIN_READINGS
    return "chance_of_goal" if has_readings and evaluation.chance_of_goal < campaign.spec.futile_below else ""


def _is_deadline(campaign: Running, evaluation: Evaluation) -> str:
    begins = campaign.round_started_at + timedelta(days=campaign.spec.cadence_days)
    return "no_round_before_deadline" if rounds_left(campaign.spec, max(begins, campaign.now)) < 1 else ""


RULES: Mapping[Outcome, Rule] = {
    "harm": _is_harm,
    "frozen": _is_frozen,
    "goal": _is_goal,
    "limit": _is_limit,
    "futile": _is_futile,
    "deadline": _is_deadline,
}


def _evidence(campaign: Running, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "estimate": evaluation.goal_value,
        "proven_at_least": evaluation.goal_proven,
        "target": campaign.spec.goal.target,
        "alpha": campaign.spec.alpha,
        "method": evaluation.reading.get("method"),
        "information": evaluation.reading.get("information"),
        "looks": list(evaluation.looks),
        "chance_of_goal": evaluation.chance_of_goal,
        "spend": dict(evaluation.spend),
        "reserved": dict(evaluation.reserved),
        "ratio": dict(evaluation.ratio),
        "echo": dict(evaluation.echo),
        "at": campaign.now.isoformat(),
    }
