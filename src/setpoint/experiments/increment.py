"""The reading: how much the sends have caused so far, and how much of it is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from setpoint.experiments.sums import IncrementSums, bounds, sums_of, total
from setpoint.experiments.types import Cohort, Method, Reading, Verdict
from setpoint.kernel.errors import Invalid
from setpoint.stats.sequential import (
    confidence_sequence_multiplier,
    distinct_looks,
    group_sequential_multipliers,
)

LEAST_CONVERSIONS = 50
LEAST_CONVERSIONS_WITHHELD = 10


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """How an increment is read: decided before the data.

    `planned_information` is the variance V that the campaign will have seen at its end (`PowerPlan.information`);
    `looks` the recorded `information` of earlier readings; `last` says that the plan ends with this look, whatever it
    shows, and spends all error that is left. Below the least conversions a reading refuses to judge.
    """

    planned_information: float
    alpha: float = 0.05
    looks: tuple[float, ...] = ()
    method: Method = "group sequential"
    last: bool = False
    least_conversions: int = LEAST_CONVERSIONS
    least_conversions_withheld: int = LEAST_CONVERSIONS_WITHHELD


def read_increment(
    cohorts: Sequence[Cohort],
    *,
    planned_information: float,
    alpha: float = 0.05,
    looks: Sequence[float] = (),
    method: Method = "group sequential",
    last: bool = False,
) -> Reading:
    """The increment summed over those sent, with bounds that hold at all looks together.

    S = sum of the rounds' estimates T_r; S less the true increment so far, D, is a martingale with variance V = sum of
    V_r (see `sums`): asymptotically a Brownian motion at time V / planned V. A group-sequential multiplier c therefore
    gives P(S - D > c sqrt(V) at any look) <= alpha: S - c sqrt(V) is a lower bound of D at every look, also when the
    rounds' policies depend on all that was seen before. Use the confidence sequence where the plan was changed.
    Refuses to judge below 50 conversions, 10 of them among the held back. Raises Invalid for an impossible plan.
    """
    plan = ReadingPlan(planned_information, alpha, tuple(looks), method, last)
    return read_sums(total(sums_of(cohorts)), plan)


def read_sums(sums: IncrementSums, plan: ReadingPlan) -> Reading:
    """As `read_increment`, of sums that were added up before."""
    _check(plan)
    missing = _missing(sums, plan)
    if missing:
        return _refusal(sums, plan, missing)
    information = float(sums.variance) / plan.planned_information
    looks = _looks(plan.looks, information)
    multiplier = _multiplier(looks, plan)
    found = bounds(sums, multiplier)
    low, high = float(found.lower), float(found.upper)
    return Reading(
        estimate=float(found.estimate),
        proven_at_least=low,
        interval=(low, high),
        standard_error=float(found.standard_error),
        verdict=_verdict(low, high),
        method=plan.method,
        information=looks[-1],
        looks=len(looks),
        exposed=int(sums.exposed),
        withheld=int(sums.withheld),
        conversions_exposed=float(sums.conversions_exposed),
        conversions_withheld=float(sums.conversions_withheld),
        multiplier=multiplier,
        variance=float(sums.variance),
    )


def _verdict(low: float, high: float) -> Verdict:
    return "proven" if low > 0 else "harm proven" if high < 0 else "not proven"


def _looks(earlier: Sequence[float], information: float) -> tuple[float, ...]:
    """All looks with this one. Information never falls; a look that adds next to nothing is the look before it."""
    kept = distinct_looks(sorted(look for look in earlier if look > 0))
    return distinct_looks((*kept, max(information, kept[-1] if kept else 0.0)))


def _multiplier(looks: tuple[float, ...], plan: ReadingPlan) -> float:
    if plan.method == "confidence sequence":
        return confidence_sequence_multiplier(looks[-1], plan.alpha)
    return group_sequential_multipliers(looks, plan.alpha, overrun=not plan.last, last=plan.last)[-1]


def _missing(sums: IncrementSums, plan: ReadingPlan) -> dict[str, float]:
    needs = {
        "conversions": plan.least_conversions - float(sums.conversions_exposed + sums.conversions_withheld),
        "conversions_withheld": plan.least_conversions_withheld - float(sums.conversions_withheld),
    }
    return {name: lack for name, lack in needs.items() if lack > 0}


def _refusal(sums: IncrementSums, plan: ReadingPlan, missing: dict[str, float]) -> Reading:
    words = {"conversions": "more conversions in all", "conversions_withheld": "more conversions among those held back"}
    lacks = " and ".join(f"{lack:,.0f} {words[name]}" for name, lack in missing.items())
    return Reading(
        estimate=float(sums.effect),
        proven_at_least=-inf,
        interval=(-inf, inf),
        standard_error=float(bounds(sums, 1.0).standard_error),
        verdict="not enough data",
        method="none",
        information=float(sums.variance) / plan.planned_information,
        looks=len(distinct_looks(plan.looks)),
        exposed=int(sums.exposed),
        withheld=int(sums.withheld),
        conversions_exposed=float(sums.conversions_exposed),
        conversions_withheld=float(sums.conversions_withheld),
        reason=f"Too little has happened to judge: {lacks} are needed.",
        missing=missing,
        variance=float(sums.variance),
    )


def _check(plan: ReadingPlan) -> None:
    if not 0 < plan.alpha < 0.5:
        raise Invalid("alpha lies between 0 and 0.5.", remedy="Use 0.05, or less to be more certain.", field="alpha")
    if not 0 < plan.planned_information < inf:
        raise Invalid(
            "The planned information has to be above zero.",
            remedy="Take it from the power plan made before launch.",
            field="planned_information",
        )
