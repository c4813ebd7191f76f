"""The last word on limits: after the draw, in whole micros, whatever policy it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setpoint.decisions.types import Bools, Floats, Ints


def dropped(uses: Sequence[tuple[int, Ints]], sent: Bools, worth: Floats) -> Bools:
    """(n,) sends to give up so that no limit is passed: least `worth` per unit of the passed limit first.

    `uses`: each limit with what each row would use of it. Only rows of `sent` use anything.
    """
    out = np.zeros(len(sent), dtype=bool)
    for limit, use in uses:
        used = np.where(sent & ~out, use, 0)
        excess = int(used.sum()) - max(limit, 0)
        if excess <= 0:
            continue
        rows = np.flatnonzero(used > 0)
        order = rows[np.argsort(worth[rows] / used[rows], kind="stable")]
        last = int(np.searchsorted(np.cumsum(used[order]), excess))
        out[order[: last + 1]] = True
    return out


def folded(probabilities: Floats, chosen: Ints, out: Bools) -> Floats:
    """The probability of a dropped action goes to "no action", which is what these rows really get."""
    kept = probabilities.copy()
    rows = np.flatnonzero(out)
    kept[rows, 0] += kept[rows, chosen[rows]]
    kept[rows, chosen[rows]] = 0.0
    return kept
