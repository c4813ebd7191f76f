"""People who share a home are not one person.

Members of a family agree on surname, address and telephone together, far more often than chance in each column tells;
so a model of two kinds of pairs, "one person" and "chance", takes them for one. Here the likely pairs are read as a
mixture of two kinds: one person, who agrees on all that was not mistyped, and two people of one home, who agree on
some columns and differ on the others. The second kind is believed only where the data show it plainly: some columns
shared nearly as often as by one person, others hardly ever, and a date among these. For pairs that differ in address
and telephone but not in name and date are one person who moved: a date of birth is what does not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_SHARED, _OWN = 0.6, 0.1  # how often a column agrees in homes, as a share of how often it does in one person
_FEWEST_COLUMNS = 2
_FEWEST_PAIRS = 20
_STARTS = 8
_ROUNDS = 200
_PSEUDO = 0.5


@dataclass(frozen=True, slots=True)
class Homes:
    """Two kinds of likely pairs: log probabilities of each column's levels (`same`, `home`), and log odds of a home."""

    same: tuple[Floats, ...]
    home: tuple[Floats, ...]
    log_odds: float

    def doubt(self, levels: Ints) -> Floats:
        """(n,) how many times likelier (natural log) two people of one home are than one person; -1 is missing."""
        return self.log_odds + _log_likelihood(levels, self.home) - _log_likelihood(levels, self.same)


def find_homes(levels: Ints, counts: Ints, tops: Sequence[int], dates: Sequence[bool], *, seed: int) -> Homes | None:
    """Read patterns (n, columns) of levels and how many pairs show each; None where the data show no homes.

    `tops` is the level of each column that means "equal", `dates` says which columns hold dates; -1 in a pattern means
    that a value is missing.
    """
    if counts.sum() < _FEWEST_PAIRS or not any(dates):
        return None
    random = np.random.default_rng(seed)
    fits = [_fit(levels, counts, tops, random.dirichlet((1.0, 1.0), len(levels))) for _start in range(_STARTS)]
    _likelihood, share, kinds = max(fits, key=lambda fit: fit[0])
    agreements = [np.array([np.exp(column[top]) for column, top in zip(kind, tops, strict=True)]) for kind in kinds]
    one = int(agreements[1].sum() > agreements[0].sum())
    ratio = agreements[1 - one] / np.maximum(agreements[one], 1e-9)
    own = ratio <= _OWN
    if min((ratio >= _SHARED).sum(), own.sum()) < _FEWEST_COLUMNS or not (own & np.array(dates)).any():
        return None
    odds = share[1 - one] / max(share[one], 1e-12)
    return Homes(tuple(kinds[one]), tuple(kinds[1 - one]), float(np.log(odds)))


def _fit(levels: Ints, counts: Ints, tops: Sequence[int], belongs: Floats) -> tuple[float, Floats, list[list[Floats]]]:
    """Expectation maximisation of a mixture of two products from one start: log likelihood, shares, log levels."""
    before = -np.inf
    for _round in range(_ROUNDS):
        weights = belongs * counts[:, None]
        share = weights.sum(axis=0) / counts.sum()
        kinds = [_levels_of(levels, weights[:, kind], tops) for kind in range(2)]
        joint = np.stack([_log_likelihood(levels, kind) for kind in kinds], axis=1) + np.log(np.maximum(share, 1e-12))
        total = np.logaddexp(joint[:, 0], joint[:, 1])
        belongs = np.exp(joint - total[:, None])
        now = float(total @ counts)
        if now - before < 1e-6 * abs(now):
            break
        before = now
    return now, share, kinds


def _levels_of(levels: Ints, weights: Floats, tops: Sequence[int]) -> list[Floats]:
    found = []
    for place, top in enumerate(tops):
        known = levels[:, place] >= 0
        mass = np.bincount(levels[known, place], weights[known], minlength=top + 1) + _PSEUDO
        found.append(np.log(mass / mass.sum()))
    return found


def _log_likelihood(levels: Ints, kind: Sequence[Floats]) -> Floats:
    total = np.zeros(len(levels))
    for place, logs in enumerate(kind):
        total += np.where(levels[:, place] >= 0, logs[levels[:, place]], 0.0)
    return total
