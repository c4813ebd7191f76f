"""The echo of a round: what its customers did in the window after the window, were they left alone then.

Most of them are decided on again in that window, and a message then works less on those who had one before (they are
tired of it) than on those whose was held back. That is no purchase moved forward, so it must not show in the echo. Hence
the echo is read among those who were sent nothing in it, each weighted by one over the probability of that, which the
decision log knows: unbiased for everybody left alone (Horvitz and Thompson, JASA 47 (1952)).
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from setpoint.autopilot.outcomes import Outcomes
from setpoint.decisions.types import Floats


def left_alone_weights(found: Outcomes, number: int, window: timedelta) -> Floats:
    """(n,) weight of each row of a round's decisions: 0 where it was written to in the echo window."""
    rows = found.rounds == number
    begins = found.decided_at[rows][0] + np.timedelta64(window)
    weights = np.ones(np.count_nonzero(rows))
    for later in np.unique(
        found.rounds[(found.decided_at >= begins) & (found.decided_at < begins + np.timedelta64(window))]
    ):
        weights *= _weights_of(found, int(later), found.customer_ids[rows])
    return weights


def _weights_of(found: Outcomes, later: int, customers: np.ndarray) -> Floats:
    rows = np.flatnonzero(found.rounds == later)
    alone = (found.chosen[rows] == 0) | found.held_back[rows]
    chance = found.none_probability[rows] + (1 - found.none_probability[rows]) * found.suppressed_share[rows]
    weight = np.where(alone, 1 / np.maximum(chance, 1e-6), 0.0)
    place = np.searchsorted(found.customer_ids[rows], customers)
    place = np.minimum(place, len(rows) - 1)
    known = found.customer_ids[rows][place] == customers
    weights: Floats = np.where(known, weight[place], 1.0)
    return weights
