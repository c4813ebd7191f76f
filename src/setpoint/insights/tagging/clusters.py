"""Customers in groups that look alike: features on one scale, a chosen k, and names that say what a group is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from setpoint.insights.tagging.kmeans import SUBSTANCE, Fit, Floats, Ints, choose, fits, matched, nearest
from setpoint.insights.tagging.spending import Spending

DEFAULTS: Mapping[str, Any] = {"event": "", "k": None}
"""`k` None: chosen by silhouette."""
FEATURES = ("recency", "frequency", "basket", "activity", "tenure")
LEAST = 200
"""Fewer customers with events than this are not put in groups."""
SAMPLE = 20_000
"""Centres are found on so many customers, drawn by the seed; everybody is then given to the nearest one."""
SEED = 20_260
FAR = 5.0
TELLING = 0.5
"""A feature is part of a group's name where its mean is so many standard deviations from everybody's."""
MOST_WORDS = 2
SAME_WITHIN = 1.0
"""A group goes on an earlier one, and keeps its name, where the centres are at most this far apart."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """`members` are the ids of each group by key, ascending; `report` is what pages show."""

    members: Mapping[str, Ints]
    report: dict[str, Any]


def clusters_of(
    spending: Spending, told: Mapping[str, Any], *, earlier: Mapping[str, Any], as_of: datetime
) -> Clusters:
    """Groups of all who have events of their own; none where they are too few. `earlier` is the last report."""
    head = {"as_of": as_of.isoformat(), "settings": dict(told), "known": len(spending), "seed": SEED}
    if len(spending) < LEAST:
        return Clusters({}, {**head, "is_enough": False, "least": LEAST})
    raw = features_of(spending)
    centre, scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-9)
    points = ((raw - centre) / scale).clip(-FAR, FAR)
    drawn = np.sort(np.random.default_rng(SEED).permutation(len(points))[:SAMPLE])
    candidates = fits(points[drawn], seed=SEED)
    if not candidates:
        return Clusters({}, {**head, "is_enough": False, "least": LEAST})
    chosen = next((fit for fit in candidates if fit.k == told["k"]), None) or choose(candidates)
    keys = _keys(chosen.centres, centre, scale, earlier)
    groups = nearest(points, chosen.centres)
    rows = [
        _group(key, mean, spending, groups == number)
        for number, (key, mean) in enumerate(zip(keys, chosen.centres, strict=True))
    ]
    report = head | {
        "is_enough": True,
        "features": list(FEATURES),
        "centre": centre.tolist(),
        "scale": scale.tolist(),
        "sample": len(drawn),
        "k": chosen.k,
        "is_set": told["k"] == chosen.k,
        "silhouette": chosen.silhouette,
        "is_weak": chosen.silhouette <= SUBSTANCE,
        "candidates": [_candidate(fit) for fit in candidates],
        "groups": rows,
    }
    return Clusters({key: spending.ids[groups == number] for number, key in enumerate(keys)}, report)


def features_of(spending: Spending) -> Floats:
    """(n, 5), logarithms: days since last seen, orders, value of an order, events in 90 days, days known."""
    columns = (
        spending.last_seen,
        spending.orders,
        spending.money / np.maximum(spending.orders, 1.0),
        spending.recent,
        spending.first_seen,
    )
    return np.log1p(np.maximum(np.stack(columns, axis=1), 0.0))


def words_of(mean: Floats) -> list[str]:
    """What a group is, by its centre in standard deviations: the features that stand out most, "frequency:high"."""
    ranked = sorted(range(len(FEATURES)), key=lambda at: (-abs(float(mean[at])), at))
    telling = [at for at in ranked if abs(float(mean[at])) >= TELLING][:MOST_WORDS] or ranked[:1]
    return [f"{FEATURES[at]}:{'high' if mean[at] > 0 else 'low'}" for at in telling]


def _keys(centres: Floats, centre: Floats, scale: Floats, earlier: Mapping[str, Any]) -> list[str]:
    """A key for each group: that of the earlier group it goes on, else a new one made of its words."""
    rows: Sequence[Mapping[str, Any]] = earlier.get("groups", ())
    before = np.array([row["mean"] for row in rows], dtype=np.float64).reshape(-1, len(FEATURES))
    if len(rows):  # on the scale of now, as customers as a whole may have moved
        before = (before * np.array(earlier["scale"]) + np.array(earlier["centre"]) - centre) / scale
    goes_on = matched(centres, before, within=SAME_WITHIN)
    taken = {rows[place]["key"] for place in goes_on if place is not None}
    keys = []
    for mean, place in zip(centres, goes_on, strict=True):
        key = rows[place]["key"] if place is not None else _new_key(mean, taken)
        taken.add(key)
        keys.append(key)
    return keys


def _new_key(mean: Floats, taken: set[str]) -> str:
    stem = "+".join(word.replace(":", "-") for word in words_of(mean))
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def _group(key: str, mean: Floats, spending: Spending, own: Any) -> dict[str, Any]:
    bought = own & (spending.orders > 0)
    return {
        "key": key,
        "words": words_of(mean),
        "mean": [float(value) for value in mean],
        "count": int(np.count_nonzero(own)),
        "buyers": int(np.count_nonzero(bought)),
        "money": float(spending.money[own].sum()),
        "days": _mean(spending.last_seen[own]),
        "orders": _mean(spending.orders[own]),
        "basket": _ratio(spending.money[bought].sum(), spending.orders[bought].sum()),
        "recent": _mean(spending.recent[own]),
        "known_days": _mean(spending.first_seen[own]),
    }


def _candidate(fit: Fit) -> dict[str, Any]:
    return {"k": fit.k, "silhouette": fit.silhouette, "unexplained": fit.unexplained}


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _ratio(total: float, count: float) -> float | None:
    return float(total) / float(count) if count else None
