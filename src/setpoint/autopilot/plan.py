"""Step two: who gets which offer, content, channel and time, or nothing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.analyse import channels_of, reachable
from setpoint.autopilot.arrays import load_findings
from setpoint.autopilot.journal import result_of
from setpoint.autopilot.outcomes import history_of, in_open_window
from setpoint.autopilot.pacing import round_limits, round_need, rounds_left
from setpoint.autopilot.types import Evaluation, Found, Plan, Running
from setpoint.content import services as content
from setpoint.decisions import services as decisions
from setpoint.decisions.types import Action, Bools, Contexts, DecisionProblem, Proposal
from setpoint.delivery import services as delivery
from setpoint.experiments import services as experiments


def plan(campaign: Running, findings: Found) -> Plan:
    """Decide for every customer of the audience and write the decisions to the log, once."""
    problem = decision_problem(campaign)
    proposal = decisions.propose(problem)
    decisions.write_log(proposal, problem)
    return _summary(campaign, problem, decisions.read_proposal(campaign.key, campaign.number))


def decision_problem(campaign: Running) -> DecisionProblem:
    """Everything that this round's decisions depend on, gathered."""
    actions = actions_of(campaign.spec)
    contexts = _contexts(campaign, actions)
    rounds = rounds_left(campaign.spec, campaign.round_started_at)
    earlier = result_of(campaign.id, campaign.number - 1, "evaluate", Evaluation)
    need = round_need(campaign.spec, earlier, result_of(campaign.id, campaign.number - 1, "plan", Plan), rounds)
    return DecisionProblem(
        campaign_key=campaign.key,
        round=campaign.number,
        decided_at=campaign.round_started_at,
        contexts=contexts,
        actions=actions,
        limits=round_limits(delivery.budgets(campaign.key), rounds, need=need, flows_back=_flows_back(campaign)),
        history=history_of(campaign, actions),
        policy=campaign.spec.policy,
        goal="revenue" if campaign.spec.goal.metric == "revenue" else "conversions",
        ghost_share=campaign.spec.ghost_share,
        held_out=experiments.held_out(campaign.key, contexts.customer_ids, campaign.spec.hold_out),
        planned_rounds=campaign.number + rounds - 1,
        settings={"hold_out_share": campaign.spec.hold_out, "base_rate": _base_rate(campaign)},
    )


def _flows_back(campaign: Running) -> bool:
    """Whether every offer expires before the next round begins."""
    offers = [content.offer_view(offer) for offer in campaign.spec.actions.offers if offer]
    return all(offer.valid_days <= campaign.spec.cadence_days for offer in offers)


def _base_rate(campaign: Running) -> float:
    return load_findings(campaign.key, campaign.number).base_rate


def _contexts(campaign: Running, actions: tuple[Action, ...]) -> Contexts:
    findings = load_findings(campaign.key, campaign.number)
    return Contexts(
        customer_ids=findings.customer_ids,
        features=findings.features,
        feature_names=findings.feature_names,
        eligible=_eligible(campaign, findings.customer_ids, actions),
        order_value=findings.order_value,
    )


def _eligible(campaign: Running, ids: np.ndarray, actions: tuple[Action, ...]) -> Bools:
    may_reach = reachable(campaign, ids)
    may_act = ~in_open_window(campaign, ids)
    position = {channel: column for column, channel in enumerate(channels_of(campaign))}
    eligible = np.ones((len(ids), len(actions)), dtype=bool)
    for column, action in enumerate(actions):
        if action.channel:
            eligible[:, column] = may_reach[:, position[action.channel]] & may_act
    return eligible


def _summary(campaign: Running, problem: DecisionProblem, proposal: Proposal) -> Plan:
    chosen = proposal.chosen > 0
    held_back = proposal.ghost | proposal.held_out
    money = problem.limits.money
    return Plan(
        decided=len(chosen),
        none=int(np.count_nonzero(~chosen)),
        held_out=int(np.count_nonzero(chosen & proposal.held_out)),
        ghost=int(np.count_nonzero(chosen & proposal.ghost & ~proposal.held_out)),
        to_send=int(np.count_nonzero(chosen & ~held_back)),
        measure_at=campaign.round_started_at + timedelta(days=campaign.spec.window_days),
        forecast_effect=proposal.forecast_effect,
        forecast_cost=proposal.forecast_cost,
        money_for_round=None if money is None else money / 1e6,
        need=problem.limits.need,
        shadow_prices=proposal.shadow_prices,
        gap=proposal.gap,
        personalisation=proposal.personalisation,
        policy_version=proposal.policy_version,
        posteriors=proposal.action_posteriors,
        notes=proposal.notes,
    )
