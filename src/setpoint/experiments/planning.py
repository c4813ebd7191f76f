"""Before launch: what can be proven, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

from scipy.special import ndtri

from setpoint.experiments.assignment import suppressed_share
from setpoint.experiments.forecast import NOTHING_READ, chance_of_goal
from setpoint.experiments.increment import LEAST_CONVERSIONS_WITHHELD, ReadingPlan
from setpoint.experiments.types import Figures, PowerPlan, PowerQuestion
from setpoint.kernel.errors import Invalid
from setpoint.stats.power import smallest_provable
from setpoint.stats.sequential import group_sequential_multipliers

ENOUGH = 0.8
_GHOST_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


def planned_information(chosen: float, share: float, second_moment: float) -> float:
    """Variance of the estimated increment of `chosen` sends of which `share` are held back: n E[Y(0)^2] (1 - s) / s.

    `second_moment` is the mean square of the outcome without a send; for conversions that is the base rate.
    """
    if not 0 < share < 1 or chosen <= 0 or second_moment <= 0:
        raise Invalid(
            "Nothing can be proven without customers, a response rate and a share that is held back.",
            remedy="Hold back at least a few percent of the sends.",
        )
    return chosen * second_moment * (1 - share) / share


def power_plan(question: PowerQuestion) -> PowerPlan:
    """What the campaign will be able to prove, with codes of advice where the target is out of reach."""
    share = suppressed_share(question.holdout_share, question.ghost_share)
    chosen = _chosen(question)
    sends = (1 - share) * chosen * question.rounds
    assumed = sends * question.assumed_effect
    if share == 0 or sends == 0 or _square(question) <= 0:
        return PowerPlan(round(sends), 0, 0.0, 0.0, 0.0, assumed, ("no_hold_out",), {"no_hold_out": {"share": share}})
    variance = planned_information(chosen * question.rounds, share, _square(question))
    own = _own_variance(question, assumed)
    error, multiplier = sqrt(variance + own), _last_multiplier(question)
    chance = _chance(question, question.target)
    largest = max(0.0, assumed - smallest_provable(error, multiplier, ENOUGH))
    advice = dict(_advice(question, chance, largest))
    return PowerPlan(
        sends=round(sends),
        withheld=round(share * chosen * question.rounds),
        standard_error=error,
        smallest_provable=smallest_provable(error, multiplier, ENOUGH),
        chance_of_proof=chance,
        assumed_increment=assumed,
        advice=tuple(advice),
        details=advice,
        information=variance + own * (1 - share) / share,
        largest_target=largest,
    )


def _chosen(question: PowerQuestion) -> int:
    return max(0, min(question.chosen_per_round, question.audience))


def _square(question: PowerQuestion) -> float:
    return question.base_rate if question.second_moment is None else question.second_moment


def _own_variance(question: PowerQuestion, assumed: float) -> float:
    """What an increment adds to the variance by itself: D E[Y^2] / E[Y]."""
    return max(0.0, assumed) * _square(question) / question.base_rate if question.base_rate > 0 else 0.0


def _last_multiplier(question: PowerQuestion) -> float:
    looks = [number / question.rounds for number in range(1, question.rounds + 1)]
    return group_sequential_multipliers(looks, question.alpha, overrun=True)[-1]


def _chance(question: PowerQuestion, target: float) -> float:
    """Chance that the target is proven, were the effect as assumed."""
    share = suppressed_share(question.holdout_share, question.ghost_share)
    chosen = _chosen(question)
    effect = (1 - share) * chosen * question.assumed_effect
    variance = planned_information(chosen, share, _square(question)) + _own_variance(question, effect)
    return chance_of_goal(
        NOTHING_READ,
        remaining_rounds=question.rounds,
        forecast_effect_per_round=effect,
        forecast_sd=0.0,
        forecast_variance_per_round=variance,
        target=target,
        plan=ReadingPlan(variance * question.rounds, question.alpha),
    ).proof


def _advice(question: PowerQuestion, chance: float, largest: float) -> Iterator[tuple[str, Figures]]:
    share = suppressed_share(question.holdout_share, question.ghost_share)
    expected = share * _chosen(question) * question.rounds * question.base_rate
    assumed = (1 - share) * _chosen(question) * question.rounds * question.assumed_effect
    if question.chosen_per_round > question.audience:
        yield "audience_used_up", {"audience": question.audience, "chosen": question.chosen_per_round}
    if question.second_moment is None and expected < LEAST_CONVERSIONS_WITHHELD:
        yield "too_few_conversions", {"expected": expected, "needed": LEAST_CONVERSIONS_WITHHELD}
    if assumed < question.target:
        yield "target_above_assumed", {"target": question.target, "assumed": assumed}
    if chance >= ENOUGH:
        yield "fine", {"chance": chance}
        return
    yield from _ways_out(question, chance, largest, assumed)


def _ways_out(question: PowerQuestion, chance: float, largest: float, assumed: float) -> Iterator[tuple[str, Figures]]:
    better = max(_GHOST_SHARES, key=lambda ghost: _chance(replace(question, ghost_share=ghost), question.target))
    then = _chance(replace(question, ghost_share=better), question.target)
    if then > chance + 0.02 and better != question.ghost_share:
        name = "raise_ghost_share" if better > question.ghost_share else "lower_ghost_share"
        yield name, {"share": better, "chance": then}
    if largest > 0:
        yield "lower_target", {"target": largest}
    rounds = _rounds_needed(question, assumed)
    if rounds > question.rounds:
        yield "more_rounds", {"rounds": rounds}


def _rounds_needed(question: PowerQuestion, assumed: float) -> int:
    """Rounds after which the assumed effect would prove the target with 80 % chance; 0 if that takes over a hundred."""
    per_round = assumed / question.rounds
    share = suppressed_share(question.holdout_share, question.ghost_share)
    variance = planned_information(_chosen(question), share, _square(question)) + _own_variance(question, per_round)
    reach = _last_multiplier(question) + float(ndtri(ENOUGH))
    proven = (n for n in range(1, 101) if n * per_round - reach * sqrt(n * variance) >= question.target)
    return next(proven, 0)
