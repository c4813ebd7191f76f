"""Matured rounds as cohorts for the reading, each with a prediction made from earlier data alone."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from setpoint.autopilot.echoes import left_alone_weights
from setpoint.autopilot.outcomes import Outcomes
from setpoint.autopilot.types import Running
from setpoint.experiments.types import Cohort

RIDGE = 10.0
"""Prior weight of "no trait matters", in customers; keeps the prediction calm where there is little data."""


def cohorts_of(campaign: Running, found: Outcomes, metric: str) -> list[Cohort]:
    """One cohort per round whose response window has closed: rows with a chosen send, sent or held back."""
    outcome = found.value if metric == "revenue" else found.converted.astype(np.float64)
    has_echo = (metric == "revenue") == (campaign.spec.goal.metric == "revenue")
    numbers = np.unique(found.rounds[found.closed])
    window = timedelta(days=campaign.spec.window_days)
    cohorts = [_cohort(found, outcome, int(number), window if has_echo else None) for number in numbers]
    return [cohort for cohort in cohorts if cohort is not None]


def _cohort(found: Outcomes, outcome: np.ndarray, number: int, echo_window: timedelta | None) -> Cohort | None:
    rows = (found.rounds == number) & (found.chosen > 0) & found.closed
    if not rows.any():
        return None
    earlier = (found.rounds < number) & found.closed & ((found.chosen == 0) | found.held_back)
    return Cohort(
        round=number,
        exposed=~found.held_back[rows],
        suppressed_share=found.suppressed_share[rows],
        outcome=outcome[rows],
        customer_ids=found.customer_ids[rows],
        prediction=_prediction(found.features[earlier], outcome[earlier], found.features[rows]),
        echo=None if echo_window is None else _echo(found, rows, number, echo_window),
    )


def _echo(found: Outcomes, rows: np.ndarray, number: int, window: timedelta) -> np.ndarray | None:
    """The echo of a cohort's rows, weighted as if they had been left alone in it; None until it has closed."""
    if np.isnan(found.echo[rows]).any():
        return None
    weights = left_alone_weights(found, number, window)[rows[found.rounds == number]]
    echo: np.ndarray = found.echo[rows] * weights
    return echo


def _prediction(known: np.ndarray, outcome: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Ridge regression of earlier outcomes without a send on traits; the mean alone when nothing earlier is known.

    Any prediction from earlier data leaves the estimate unbiased; a good one narrows it (Deng et al., WSDM 2013).
    """
    if not len(outcome):
        return np.zeros(len(asked))
    centre = outcome.mean()
    gram = known.T @ known + RIDGE * np.eye(known.shape[1])
    weights = np.linalg.solve(gram, known.T @ (outcome - centre))
    predicted: np.ndarray = centre + asked @ weights
    return predicted
