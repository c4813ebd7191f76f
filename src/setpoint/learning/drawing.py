"""From probabilities to choices, and keeping a distribution within limits in expectation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from setpoint.learning.types import Bools, Floats, Ints, Resource


def draw(probabilities: Floats, uniforms: Floats) -> Ints:
    """(n,) one action a row by inverting the cumulative vector (n, A) at `uniforms` (n,) in [0, 1)."""
    edges = np.cumsum(probabilities, axis=1)
    picked = (uniforms[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    last = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1] > 0, axis=1)
    chosen: Ints = np.minimum(picked, last).astype(np.int64)
    return chosen


def uniform_over(eligible: Bools) -> Floats:
    """(n, A) the same probability for each eligible action of a row."""
    counts = eligible.sum(axis=1, keepdims=True)
    shares: Floats = eligible / np.maximum(counts, 1)
    return shares


def scaled_to_none(probabilities: Floats, share: float | Floats) -> Floats:
    """Keep `share` of every send's probability; the rest goes to "no action"."""
    scaled: Floats = probabilities * np.asarray(share).reshape(-1, 1)
    scaled[:, 0] = np.maximum(0.0, 1 - scaled[:, 1:].sum(axis=1))
    return scaled


def expected_use(probabilities: Floats, resource: Resource, weight: Floats) -> tuple[float, float]:
    """Mean and variance of what independent draws use of a resource."""
    amounts = _amounts(resource)
    sent = probabilities * weight[:, None]
    mean = (sent * amounts).sum(axis=1)
    return float(mean.sum()), float(((sent * amounts**2).sum(axis=1) - mean**2).sum())


def within_limits(
    probabilities: Floats, resources: Sequence[Resource], weight: Floats, *, deviations: float = 0.0
) -> tuple[Floats, float]:
    """Scale sends towards "no action" until mean + `deviations` sd of every use fits; returns the share kept."""
    share = min([1.0, *(_share(probabilities, each, weight, deviations) for each in resources)])
    return (probabilities if share >= 1 else scaled_to_none(probabilities, share)), share


def _share(probabilities: Floats, resource: Resource, weight: Floats, deviations: float) -> float:
    mean, variance = expected_use(probabilities, resource, weight)
    if mean <= 0:
        return 1.0
    # mean f + z sd sqrt(f) <= limit, a quadratic in sqrt(f)
    sd = deviations * np.sqrt(max(variance, 0.0))
    root = (np.sqrt(sd**2 + 4 * mean * max(resource.limit, 0.0)) - sd) / (2 * mean)
    return float(min(1.0, root**2))


def _amounts(resource: Resource) -> Floats:
    if resource.actions is None:
        return resource.amounts
    return resource.amounts * resource.actions
