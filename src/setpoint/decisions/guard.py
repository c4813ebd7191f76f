"""The last word on limits: after the draw, in whole micros, whatever policy it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setpoint.decisions.types import Bools, Floats, Ints

_WORTHLESS = 1e-12


def dropped(uses: Sequence[tuple[int, Ints]], sent: Bools, worth: Floats, lots: Floats) -> Bools:
    """(n,) chosen actions to give up so that no limit is passed: least `worth` per unit of the passed limit first.

    `uses`: each limit with what each row would use of it; only rows of `sent` really use it. A row that is held back is
    given up exactly where a row like it that is sent would be, `lots` (n,) deciding between equals: else those held
    back would no longer be like those sent, and no reading could compare them.
    """
    out = np.zeros(len(sent), dtype=bool)
    for limit, use in uses:
        rows = np.flatnonzero((use > 0) & ~out)
        order = rows[np.lexsort((lots[rows], np.maximum(worth[rows], _WORTHLESS) / use[rows]))]
        used = np.where(sent[order], use[order], 0)
        excess = int(used.sum()) - max(limit, 0)
        if excess > 0:
            out[order[: int(np.searchsorted(np.cumsum(used), excess)) + 1]] = True
    return out


def folded(probabilities: Floats, chosen: Ints, out: Bools) -> Floats:
    """The probability of a dropped action goes to "no action", which is what these rows really get."""
    kept = probabilities.copy()
    rows = np.flatnonzero(out)
    kept[rows, 0] += kept[rows, chosen[rows]]
    kept[rows, chosen[rows]] = 0.0
    return kept
