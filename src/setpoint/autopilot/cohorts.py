"""Matured rounds as cohorts for the reading, each with a prediction made from earlier data alone."""

from __future__ import annotations

import numpy as np

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
    cohorts = [_cohort(found, outcome, int(number), has_echo=has_echo) for number in numbers]
    return [cohort for cohort in cohorts if cohort is not None]


def _cohort(found: Outcomes, outcome: np.ndarray, number: int, *, has_echo: bool) -> Cohort | None:
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
        echo=found.echo[rows] if has_echo and not np.isnan(found.echo[rows]).any() else None,
    )


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
