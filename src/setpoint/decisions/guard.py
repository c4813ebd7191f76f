"""The last word on limits: after the draw, in whole micros, whatever policy it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setpoint.decisions.types import Bools, Floats, Ints

_WORTHLESS = 1e-12


def dropped(uses: Sequence[tuple[int, Ints]], sent: Bools, worth: Floats) -> Bools:
    """(n,) sends to give up so that no limit is passed: least `worth` per unit of the passed limit first;
    among the worthless, the dearest.

    `uses`: each limit with what each row would use of it. Only rows of `sent` use anything.
    """
    out = np.zeros(len(sent), dtype=bool)
    for limit, use in uses:
        used = np.where(sent & ~out, use, 0)
        excess = int(used.sum()) - max(limit, 0)
        if excess <= 0:
            continue
        rows = np.flatnonzero(used > 0)
        order = rows[np.argsort(np.maximum(worth[rows], _WORTHLESS) / used[rows], kind="stable")]
        freed = np.cumsum(used[order])
        last = int(np.searchsorted(freed, excess))
        out[order[: last + 1]] = True
        _take_back(out, order[: last + 1], used, int(freed[last]) - excess)
    return out


def _take_back(out: Bools, order: Ints, used: Ints, spare: int) -> None:
    """Of the rows dropped, keep after all those for which there is room; `out` is changed in place."""
    for row in order[::-1]:
        if used[row] <= spare:
            spare -= int(used[row])
            out[row] = False


def folded(probabilities: Floats, chosen: Ints, out: Bools) -> Floats:
    """The probability of a dropped action goes to "no action", which is what these rows really get."""
    kept = probabilities.copy()
    rows = np.flatnonzero(out)
    kept[rows, 0] += kept[rows, chosen[rows]]
    kept[rows, chosen[rows]] = 0.0
    return kept
