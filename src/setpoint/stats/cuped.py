"""Variance reduction by what was known before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def cuped_coefficient(outcome: npt.ArrayLike, covariate: npt.ArrayLike) -> float:
    """theta = cov(Y, X) / var(X), the factor at which Y - theta (X - mean X) varies least; 0 for a constant covariate.

    Source: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data", WSDM 2013.
    """
    y, x = np.asarray(outcome, dtype=np.float64), np.asarray(covariate, dtype=np.float64)
    if not x.size or np.ptp(x) == 0:  # the mean of equal numbers may be rounded: what is left is no spread
        return 0.0
    centred = _centred(x)
    spread = float(centred @ centred)
    return float(centred @ y) / spread if spread > 0 else 0.0


def _centred(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Deviations from the mean, freed of the mean's own rounding, which a large factor would bring into a result."""
    rough: npt.NDArray[np.float64] = x - x.mean()
    return rough - float(rough.mean())


def cuped_adjust(outcome: npt.ArrayLike, covariate: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Outcomes less the part that the covariate foretold; same mean, never more variance. Shape of `outcome`."""
    y, x = np.asarray(outcome, dtype=np.float64), np.asarray(covariate, dtype=np.float64)
    return y - cuped_coefficient(y, x) * _centred(x) if y.size else y
