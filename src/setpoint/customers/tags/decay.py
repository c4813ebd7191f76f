"""What a weight is at a moment: faded by its half-life, boosted while a boost lasts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from setpoint.kernel.clock import micros

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

HELD = np.iinfo(np.int64).max
"""Stands for the moment from which a weight fades where it does not yet: its rule still holds."""
LEAST = 0.01
"""A tag whose weight has faded below this is no longer a customer's."""
_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Boost:
    """Weights are multiplied by `factor` from `starts_at` up to, not including, `ends_at`."""

    factor: float
    starts_at: datetime
    ends_at: datetime


def faded(weights: Floats, fades_from: Ints, half_life_days: float | None, at: datetime) -> Floats:
    """w * 2^(-age / half-life): weights (n,) at a moment, where age counts from `fades_from` (n,), microseconds since
    1970, and is 0 before it. Without a half-life nothing fades."""
    if half_life_days is None:
        return weights
    since = np.minimum(fades_from, micros(at))
    return np.asarray(weights * np.exp2(-((micros(at) - since) / _DAY) / half_life_days), dtype=np.float64)


def boosted(weights: Floats, boosts: Iterable[Boost], at: datetime) -> Floats:
    """Weights under the boosts that are on at a moment, never above 1."""
    factor = float(np.prod([boost.factor for boost in boosts if boost.starts_at <= at < boost.ends_at]))
    return weights if factor == 1.0 else np.minimum(weights * factor, 1.0)


def moment_of(number: int) -> datetime:
    """The reverse of `clock.micros`."""
    return _EPOCH + timedelta(microseconds=int(number))
