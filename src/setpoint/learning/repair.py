"""From prices to a choice that keeps every limit: drop the least loss, then fill what is left."""

from __future__ import annotations

import numpy as np

from setpoint.learning.tableau import NEVER, Tableau, best_of
from setpoint.learning.types import Floats, Ints

_CANDIDATES = 400


def repair(tableau: Tableau, chosen: Ints, prices: Floats) -> Ints:
    """Move rows to "no action", least value lost per unit of the passed resource first, until no limit is passed."""
    chosen = chosen.copy()
    score = tableau.priced(prices)
    for k, limit in enumerate(tableau.limits):
        used = tableau.used(k, chosen) * tableau.weight
        excess = float(used.sum()) - limit
        if excess <= 1e-12 * limit:
            continue
        rows = np.flatnonzero(used > 0)
        loss = (score[chosen[rows], rows] - score[0, rows]) * tableau.weight[rows] / used[rows]
        order = rows[np.lexsort((-used[rows], loss))]
        freed = np.cumsum(used[order])
        chosen[order[: int(np.searchsorted(freed, excess)) + 1]] = 0
    return chosen


def fill(tableau: Tableau, chosen: Ints, prices: Floats) -> Ints:
    """Use what is left: moves to a better action, nearest to the prices first, as long as they fit."""
    chosen = chosen.copy()
    left = tableau.limits - tableau.usage(chosen)
    rows_all = np.arange(len(chosen))
    for _ in range(3):
        score = tableau.priced(prices)
        current = tableau.values[chosen, rows_all]
        allowed = (tableau.values > current + 1e-12) & (tableau.values > NEVER / 2)
        target, reached = best_of(np.where(allowed, score, NEVER))
        rows = np.flatnonzero((reached > NEVER / 2) & (tableau.weight > 0) & (target != chosen))
        if not len(rows):
            break
        step = reached[rows] - score[chosen[rows], rows]
        if len(rows) > _CANDIDATES:
            rows = rows[np.argpartition(-step, _CANDIDATES)[:_CANDIDATES]]
            step = reached[rows] - score[chosen[rows], rows]
        if not _take(tableau, chosen, target, rows[np.argsort(-step, kind="stable")], left):
            break
    return chosen


def _take(tableau: Tableau, chosen: Ints, target: Ints, rows: Ints, left: Floats) -> bool:
    """Try candidates in order; `chosen` and `left` are changed in place."""
    before, after = np.zeros((len(left), len(rows))), np.zeros((len(left), len(rows)))
    every = np.arange(len(rows))
    for k in range(len(left)):
        amounts = tableau.scale[k]
        table = tableau.tables[tableau.table[k]] if tableau.table[k] >= 0 else None
        for into, actions in ((before, chosen[rows]), (after, target[rows])):
            into[k, every] = amounts[actions] * (1.0 if table is None else table[actions, rows]) * tableau.weight[rows]
    more = after - before
    safe = left - 1e-9 * np.maximum(tableau.limits, 1e-9)
    took = False
    for position, row in enumerate(rows):
        if np.all((more[:, position] <= 0) | (more[:, position] <= safe)):
            safe -= more[:, position]
            left -= more[:, position]
            chosen[row] = target[row]
            took = True
    return took


def trim(tableau: Tableau, chosen: Ints, score: Floats, need: float) -> Ints:
    """Drop the least worthwhile rows as long as the total still reaches `need`."""
    chosen = chosen.copy()
    rows = np.flatnonzero((chosen > 0) & (tableau.weight > 0))
    every = np.arange(len(chosen))
    gain = (tableau.values[chosen, every] * tableau.weight)[rows]
    order = np.argsort(score[chosen[rows], rows], kind="stable")
    spare = tableau.total(chosen) - need
    for position in order[:_CANDIDATES]:
        if gain[position] <= spare:
            spare -= gain[position]
            chosen[rows[position]] = 0
    return chosen
