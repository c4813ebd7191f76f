"""The loop, as one function."""

from __future__ import annotations

from setpoint.autopilot.analyse import analyse
from setpoint.autopilot.collect import collect
from setpoint.autopilot.conclude import conclude
from setpoint.autopilot.evaluate import evaluate
from setpoint.autopilot.execute import execute
from setpoint.autopilot.journal import Journal
from setpoint.autopilot.plan import plan
from setpoint.autopilot.review import review
from setpoint.autopilot.types import Conclusion, Running


def run_round(campaign: Running, number: int, journal: Journal) -> Conclusion:
    """Turn the loop once. Safe to call again after any stop: finished steps return what the journal holds."""
    step = journal.steps(campaign, number)
    findings = step(analyse, campaign)  # who is there, what is known, what changed
    proposal = step(plan, campaign, findings)  # actions, audience, allocation under limits, hold-out
    approved = step(review, campaign, proposal)  # guardrails; a person, where the campaign asks for one
    deliveries = step(execute, campaign, approved)  # reserve budget; claims and sends follow, each idempotent
    step.wait_until(approved.measure_at)  # raises Waiting; the scheduler calls again
    outcomes = step(collect, campaign, deliveries)  # link events to decisions, human clicks only
    evaluation = step(evaluate, campaign, outcomes)  # increment, interval, cost, guardrails
    return step(conclude, campaign, evaluation)  # goal | limit | deadline | futile | harm | frozen | next round
