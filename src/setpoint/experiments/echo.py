"""Do sends cause purchases, or only move them forward? The window after the window knows.

A purchase that a send only pulled forward is missing later. Readings over window and echo count both. They are valid at
every look as the window's are: their looks are the rounds whose echo has closed, at the window's information.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from setpoint.experiments.increment import ReadingPlan, read_sums
from setpoint.experiments.sums import IncrementSums, bounds, sums_of, total
from setpoint.experiments.types import Cohort, EchoCheck, Method, Reading

FAR = 2.0  # as much again is taken to be missing beyond the echo
SIGNIFICANT = -1.645  # standard errors: one-sided 5 %
SUSPECT = -0.84  # one-sided 20 %


def echo_check(
    cohorts: Sequence[Cohort],
    *,
    planned_information: float,
    alpha: float = 0.05,
    method: Method = "group sequential",
) -> EchoCheck | None:
    """The increment in the window after the window, over cohorts where that has closed; None while none has.

    Arguments as for `read_increment`; earlier looks need not be given.
    """
    closed = sorted((cohort for cohort in cohorts if cohort.echo is not None), key=lambda cohort: cohort.round)
    if not closed:
        return None
    sent = sum(int(cohort.exposed.sum()) for cohort in cohorts)
    parts = sums_of(closed)
    window, echo = total(parts), total(sums_of([_shifted(cohort, 0.0, 1.0) for cohort in closed]))
    net, far = (total(sums_of([_shifted(cohort, 1.0, weight) for cohort in closed])) for weight in (1.0, FAR))
    seen = tuple(accumulate(part.variance / planned_information for part in parts))
    plan = ReadingPlan(planned_information, alpha, seen[:-1], method)
    return judge_echo(window, echo, (net, far), plan=plan, cohorts=len(closed), sent=sent)


def net_reading(
    cohorts: Sequence[Cohort],
    *,
    planned_information: float,
    alpha: float = 0.05,
    method: Method = "group sequential",
) -> Reading | None:
    """The increment over window and echo together, of cohorts whose echo has closed; None while none has."""
    check = echo_check(cohorts, planned_information=planned_information, alpha=alpha, method=method)
    return check.net if check else None


def judge_echo(
    window: IncrementSums,
    echo: IncrementSums,
    together: tuple[IncrementSums, IncrementSums],
    *,
    plan: ReadingPlan,
    cohorts: int,
    sent: int,
) -> EchoCheck:
    """As `echo_check`, of sums: of the window, the echo, and of window + echo and window + 2 echo.

    `plan` is the window's, with the information at the earlier rounds whose echo has closed as its looks.
    """
    found = bounds(echo, 1.0)
    error = float(found.standard_error)
    z = float(found.estimate) / error if error > 0 else 0.0
    net, far = (read_sums(sums, _lagging(plan, sums, window)) for sums in together)
    return EchoCheck(
        cohorts=cohorts,
        exposed=int(window.exposed),
        exposed_share=int(window.exposed) / sent if sent else 0.0,
        estimate=float(found.estimate),
        standard_error=error,
        z=z,
        negative=z < SIGNIFICANT,
        suspect=z < SUSPECT,
        net=net,
        far=far,
    )


def _lagging(plan: ReadingPlan, sums: IncrementSums, window: IncrementSums) -> ReadingPlan:
    """The plan on the scale of another outcome: as much information is planned as the window's, in proportion."""
    scale = float(sums.variance) / float(window.variance) if float(window.variance) > 0 else 1.0
    return replace(plan, planned_information=plan.planned_information * (scale or 1.0), last=False)


def _shifted(cohort: Cohort, window_weight: float, echo_weight: float) -> Cohort:
    """The cohort with another outcome: a weighted sum of window and echo, and the prediction to match."""
    echo = np.zeros_like(cohort.outcome) if cohort.echo is None else cohort.echo
    return replace(
        cohort,
        outcome=window_weight * cohort.outcome + echo_weight * echo,
        prediction=(window_weight + echo_weight) * cohort.prediction,
        echo=None,
    )
