"""k-means with its two usual judges, elbow and silhouette. Pure: standardised points in, groups out, by a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import ClusterError, kmeans2, vq
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST, MOST = 2, 8
STARTS = 3
ROUNDS = 25
JUDGED = 2_000
"""Points on which a silhouette is measured: its cost grows with their square."""
NEAR = 0.01
"""Silhouettes this close count as equal; fewer groups win."""
SUBSTANCE = 0.25
"""Kaufman and Rousseeuw (1990, "Finding Groups in Data", 2.2): at or below this no substantial structure was found."""


@dataclass(frozen=True, slots=True)
class Fit:
    """k groups of n points (d,): `centres` (k, d), the sum of squared distances to them as a share of that to the one
    mean (`unexplained`), and the mean silhouette in [-1, 1]."""

    centres: Floats
    unexplained: float
    silhouette: float

    @property
    def k(self) -> int:
        """How many groups."""
        return len(self.centres)


def fits(points: Floats, *, seed: int) -> list[Fit]:
    """The best of several starts for each number of groups from 2 to 8 that the points allow."""
    judged = points[np.random.default_rng(seed).permutation(len(points))[:JUDGED]]
    kinds = len(np.unique(points, axis=0))
    found = (_best(points, k, judged, seed) for k in range(FEWEST, min(MOST, kinds - 1) + 1))
    return [fit for fit in found if fit is not None]


def choose(candidates: list[Fit]) -> Fit:
    """The fewest groups whose silhouette is as good as the best."""
    best = max(fit.silhouette for fit in candidates)
    return next(fit for fit in candidates if fit.silhouette >= best - NEAR)


def nearest(points: Floats, centres: Floats) -> Ints:
    """For each point the index of the centre next to it."""
    return np.asarray(vq(points, centres)[0], dtype=np.int64)


def silhouette(points: Floats, groups: Ints) -> float:
    """Mean over all points of (b - a) / max(a, b): a is the mean distance to the others of one's own group, b that to
    the nearest other group; 0 for a point alone in its group (Rousseeuw 1987)."""
    kinds = np.unique(groups)
    if len(kinds) < 2:
        return 0.0
    member = (groups[:, None] == kinds[None, :]).astype(np.float64)
    sizes = member.sum(axis=0)
    sums = cdist(points, points) @ member
    own = np.searchsorted(kinds, groups)
    row = np.arange(len(points))
    inside = sums[row, own] / np.maximum(sizes[own] - 1, 1)
    outside = sums / sizes
    outside[row, own] = np.inf
    beside = outside.min(axis=1)
    scale = np.maximum(np.maximum(inside, beside), np.finfo(np.float64).tiny)
    return float(np.where(sizes[own] > 1, (beside - inside) / scale, 0.0).mean())


def matched(centres: Floats, earlier: Floats, *, within: float) -> list[int | None]:
    """For each centre the earlier one that it goes on, at most `within` away; None for a new one."""
    found: list[int | None] = [None] * len(centres)
    if len(earlier):
        away = cdist(centres, earlier)
        for mine, theirs in zip(*linear_sum_assignment(away), strict=True):
            if away[mine, theirs] <= within:
                found[int(mine)] = int(theirs)
    return found


def _best(points: Floats, k: int, judged: Floats, seed: int) -> Fit | None:
    tries = [_one(points, k, seed * 1_000 + k * 10 + start) for start in range(STARTS)]
    held = [one for one in tries if one is not None]
    if not held:
        return None
    unexplained, centres = min(held, key=lambda one: one[0])
    order = np.lexsort(centres.T[::-1])
    return Fit(centres[order], unexplained, silhouette(judged, nearest(judged, centres[order])))


def _one(points: Floats, k: int, seed: int) -> tuple[float, Floats] | None:
    """One start by k-means++; None where a group came out empty."""
    try:
        centres, _groups = kmeans2(points, k, iter=ROUNDS, minit="++", missing="raise", rng=np.random.default_rng(seed))
    except ClusterError:
        return None
    away = vq(points, centres)[1]
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    return (float((away**2).sum()) / whole if whole else 0.0), np.asarray(centres, dtype=np.float64)
