"""From a decision problem to a proposal: learn, forecast, ask the policy, draw, toss the ghost coins, keep limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from setpoint.decisions import economics, guard
from setpoint.decisions.actions import view
from setpoint.decisions.types import Action, Bools, DecisionProblem, Floats, History, Ints, Proposal
from setpoint.kernel import randomness
from setpoint.kernel.errors import Invalid
from setpoint.learning.drawing import draw, within_limits
from setpoint.learning.gate import FOLDS
from setpoint.learning.registry import make_policy
from setpoint.learning.response import ResponseForecast, forecast, learn, trusted_costs
from setpoint.learning.types import Distribution, Situation, Trials

_SPARE_DEVIATIONS = 0.3


def propose(problem: DecisionProblem) -> Proposal:
    """One round's decisions; the same problem gives the same bytes.

    `problem.settings`: "policy" (keywords of the policy), "base_rate" (share who act unasked, for the first rounds),
    "hold_out_share" (default: the share of `held_out`), "ghost_rounds" (rounds for which a customer's ghost coin is
    the same, default 1). The round's limits hold for what is put aside, after the draw. Raises Invalid.
    """
    _check(problem)
    trials = to_trials(problem.history, len(problem.actions))
    beliefs = _believe(problem, trials)
    answer, policy_version = _ask(problem, trials, beliefs)
    return _drawn(problem, beliefs, answer, policy_version)


def to_trials(history: History | None, actions: int) -> Trials | None:
    """The history as learning sees it; None when there is none."""
    if history is None or not len(history.rounds):
        return None
    return Trials(
        rounds=history.rounds,
        features=history.features,
        chosen=history.chosen,
        exposed=history.exposed,
        suppressed_share=history.suppressed_share,
        probabilities=_vectors(history, actions),
        converted=history.converted.astype(float),
        redeemed=history.redeemed.astype(float),
        maturity=history.maturity,
    )


def _vectors(history: History, actions: int) -> Floats:
    """(m, A) logged vectors; without them, the rest of the probability is taken as "no action"."""
    full = np.zeros((len(history.rounds), actions))
    if history.probabilities is not None:
        full[:, : history.probabilities.shape[1]] = history.probabilities
        return full
    full[np.arange(len(full)), history.chosen] = history.propensity
    full[:, 0] += 1 - full.sum(axis=1)
    return full


def _check(problem: DecisionProblem) -> None:
    n, width = problem.contexts.eligible.shape
    if width != len(problem.actions) or problem.actions[0].key != "none":
        raise Invalid("The actions do not fit the eligibility table.", remedy="Put 'no action' first, one column each.")
    if not problem.contexts.eligible[:, 0].all():
        raise Invalid("'No action' must be open to everyone.", remedy="Set the first eligibility column to True.")
    if len(problem.held_out) != n or len(problem.contexts.features) != n:
        raise Invalid("The arrays of the audience differ in length.", remedy="Give one row for each customer.")
    if not np.isfinite(problem.contexts.features).all():
        raise Invalid("A feature is not a finite number.", remedy="Fill what is missing before deciding.")
    history = problem.history
    if history is not None and len(history.rounds) and history.features.shape[1] != problem.contexts.features.shape[1]:
        raise Invalid("The history has other features than the audience.", remedy="Keep a campaign's features fixed.")


def _believe(problem: DecisionProblem, trials: Trials | None) -> ResponseForecast:
    views = [view(action) for action in problem.actions]
    folds = None
    if problem.history is not None and trials is not None:
        folds = (randomness.uniforms(problem.history.customer_ids, problem.campaign_key, "fold") * FOLDS).astype(int)
    rate = problem.settings.get("base_rate")
    model = learn(trials, views, problem.contexts.features.shape[1], base_rate=rate, folds=folds)
    money = economics.economics(problem)
    return forecast(model, problem.contexts.features, problem.contexts.eligible, money, seed=_seed(problem))


def _seed(problem: DecisionProblem) -> int:
    return randomness.seed_of(problem.campaign_key, problem.round, "policy")


def _sent_share(problem: DecisionProblem) -> Floats:
    return np.where(problem.held_out, 0.0, 1 - problem.ghost_share)


def _ask(problem: DecisionProblem, trials: Trials | None, beliefs: ResponseForecast) -> tuple[Distribution, str]:
    policy = make_policy(problem.policy, problem.settings.get("policy")).fit(trials)
    seen = trusted_costs(beliefs)
    situation = Situation(
        actions=tuple(view(action) for action in problem.actions),
        features=problem.contexts.features,
        eligible=problem.contexts.eligible,
        weight=_sent_share(problem),
        resources=economics.resources(problem.limits, problem.actions, seen.reserve),
        forecast=seen,
        round=problem.round,
        planned_rounds=problem.planned_rounds,
        seed=_seed(problem),
        need=problem.limits.need,
    )
    return policy.distribution(situation), policy.version


@dataclass(frozen=True, slots=True)
class _Draw:
    probabilities: Floats
    chosen: Ints
    ghost: Bools
    out: Bools
    liability: Ints


def _drawn(problem: DecisionProblem, beliefs: ResponseForecast, answer: Distribution, version: str) -> Proposal:
    limited = economics.resources(problem.limits, problem.actions, beliefs.reserve)
    spare = _SPARE_DEVIATIONS
    shares, kept = within_limits(answer.probabilities, limited, _sent_share(problem), deviations=spare)
    drawn = _guarded(problem, beliefs, shares)
    every = np.arange(len(drawn.chosen))
    sent = (drawn.chosen > 0) & ~drawn.ghost & ~problem.held_out
    effect, cost = beliefs.effect[every, drawn.chosen], beliefs.cost[every, drawn.chosen]
    return Proposal(
        campaign_key=problem.campaign_key,
        round=problem.round,
        policy_version=version,
        customer_ids=problem.contexts.customer_ids,
        probabilities=drawn.probabilities,
        chosen=drawn.chosen,
        ghost=drawn.ghost,
        held_out=problem.held_out,
        suppressed_share=np.full(len(every), _suppressed(problem)),
        expected_effect=effect,
        effect_sd=beliefs.effect_sd[every, drawn.chosen],
        expected_cost=cost,
        liability=drawn.liability,
        shadow_prices=answer.shadow_prices,
        gap=answer.gap,
        forecast_effect=float(effect[sent].sum()),
        forecast_cost=float(cost[sent].sum()),
        personalisation=beliefs.personalisation,
        notes=(*answer.notes, *_notes(kept, drawn.out, beliefs)),
        action_posteriors=_posteriors(problem.actions, beliefs, drawn.probabilities),
        guard_dropped=drawn.out,
        action_keys=tuple(action.key for action in problem.actions),
    )


def _guarded(problem: DecisionProblem, beliefs: ResponseForecast, shares: Floats) -> _Draw:
    ids = problem.contexts.customer_ids
    chosen = draw(shares, randomness.uniforms(ids, problem.campaign_key, problem.round, "choice"))
    liability = economics.liabilities(beliefs.reserve, problem.actions, chosen)
    coin = randomness.uniforms(ids, problem.campaign_key, _ghost_epoch(problem), "ghost") < problem.ghost_share
    ghost = coin & (chosen > 0) & ~problem.held_out
    sent = (chosen > 0) & ~ghost & ~problem.held_out
    uses = economics.exact_uses(problem.limits, problem.actions, chosen, liability)
    lots = randomness.uniforms(ids, problem.campaign_key, problem.round, "guard")
    out = guard.dropped(uses, sent, beliefs.effect[np.arange(len(chosen)), chosen], lots)
    return _Draw(
        guard.folded(shares, chosen, out), np.where(out, 0, chosen), ghost & ~out, out, np.where(out, 0, liability)
    )


def _ghost_epoch(problem: DecisionProblem) -> int:
    return problem.round // max(1, int(problem.settings.get("ghost_rounds", 1)))


def _suppressed(problem: DecisionProblem) -> float:
    """Probability that a chosen send is held back, by the hold-out or by the ghost coin."""
    out = float(problem.settings.get("hold_out_share", problem.held_out.mean() if len(problem.held_out) else 0.0))
    return out + (1 - out) * problem.ghost_share


def _notes(kept: float, out: Bools, beliefs: ResponseForecast) -> tuple[str, ...]:
    notes = []
    if kept < 1:
        notes.append(f"kept {kept:.1%} of the sends, so that the limits hold whatever is drawn")
    if out.any():
        notes.append(f"{int(out.sum())} drawn sends were dropped: no room left under a limit")
    if beliefs.personalisation == "not proven":
        notes.append(f"differences between customers count by {beliefs.model.gate.trust:.0%}")
    if beliefs.model.drift_round is not None:
        notes.append(f"responses have changed since round {beliefs.model.drift_round}; earlier rounds count less")
    return tuple(notes)


def _posteriors(actions: Sequence[Action], beliefs: ResponseForecast, shares: Floats) -> tuple[dict[str, Any], ...]:
    """Per action: mean increment per send over the audience with its 90 % interval, and its share of the round."""
    low, high = np.quantile(beliefs.audience_means, (0.05, 0.95), axis=0)
    mean, share = beliefs.audience_means.mean(axis=0), shares.mean(axis=0) if len(shares) else np.zeros(len(actions))
    return tuple(
        {
            "key": action.key,
            "mean": float(mean[a]),
            "low": float(low[a]),
            "high": float(high[a]),
            "share": float(share[a]),
        }
        for a, action in enumerate(actions)
    )
