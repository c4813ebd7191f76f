"""Findings about an audience: who is there and what is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Findings:
    """One look at an audience of n customers.

    `features` (n, d) are standardised with `centre` and `scale`, so that later rounds can use the same scale.
    `order_value` is each customer's shrunken mean value of a goal event, in the main currency unit.
    """

    customer_ids: npt.NDArray[np.int64]
    features: npt.NDArray[np.float64]
    feature_names: tuple[str, ...]
    centre: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    order_value: npt.NDArray[np.float64]
    base_rate: float  # share of customers with a goal event in the last response window
    summary: dict[str, float] = field(default_factory=dict)  # figures for the journal: size, reachable, mean value ...


@dataclass(frozen=True, slots=True)
class Rfm:
    """Recency, frequency and mean value of n customers' goal events, as quintiles: 5 best, 1 worst, 0 none ever.

    `cells` counts the customers of each cell ("543"), `summary` those of each coarse group; both leave out empty ones.
    """

    customer_ids: npt.NDArray[np.int64]
    recency: npt.NDArray[np.int64]
    frequency: npt.NDArray[np.int64]
    monetary: npt.NDArray[np.int64]
    cells: dict[str, int]
    summary: dict[str, int]
