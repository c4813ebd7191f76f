"""Who is held back for the whole campaign.

The draw depends on nothing but the campaign's key and the customer, so it replays on any machine. Single sends are
held back (ghosts) where they are decided, in `decisions`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from setpoint.kernel.errors import Invalid
from setpoint.kernel.randomness import uniforms

Ids = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def held_out(campaign_key: str, customer_ids: Ids, share: float) -> Bools:
    """Which customers the campaign never sends to, shape of `customer_ids`; the same at every round.

    A customer held out at some share stays held out at any larger share.
    """
    _check(share)
    return uniforms(customer_ids, "hold-out", campaign_key) < share


def suppressed_share(holdout_share: float, ghost_share: float) -> float:
    """Probability that a chosen send is held back, the same for everybody: h + (1 - h) g.

    Decisions are drawn for the held-out too, so their rows belong to the comparison.
    """
    _check(holdout_share)
    _check(ghost_share)
    return holdout_share + (1 - holdout_share) * ghost_share


def _check(share: float) -> None:
    if not 0 <= share < 1:
        raise Invalid(f"A share of {share} cannot be held back.", remedy="Use a share from 0 up to 1.", field="share")
