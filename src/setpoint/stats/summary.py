"""Sufficient statistics of a sample, in a form that adds up."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Summary:
    """Count, sum and sum of squares. Parts of a sample may be added in any order and give the whole."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Summary:
        """The summary of a one-dimensional sample."""
        array = np.asarray(values, dtype=np.float64)
        return cls(int(array.size), float(array.sum()), float(array @ array))

    def __add__(self, other: Summary) -> Summary:
        return Summary(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Arithmetic mean; 0 for an empty sample."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Unbiased sample variance, (sum x^2 - n mean^2) / (n - 1); 0 below two values."""
        if self.n < 2:
            return 0.0
        return max(0.0, (self.squares - self.total * self.mean) / (self.n - 1))

    @property
    def standard_error(self) -> float:
        """Standard error of the mean; 0 for an empty sample."""
        return sqrt(self.variance / self.n) if self.n else 0.0
