"""Hierarchical Bayesian generalised linear model on factorised actions, with a Laplace posterior.

Customers who met the same action share a design block, so gradients and Hessians are sums over actions of small
cross-products: H = sum_a (m_a m_a') (x) (X_a' W_a X_a). A fit on 100,000 rows takes a fraction of a second.

Logistic: a row with a conversion is one trial and one success; a row without one is `maturity` trials (exposure
n F(age), Gigli and Stella 2024; Vernade 2018). Gaussian: rewards over their residual variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg
from scipy.special import expit

from setpoint.learning.design import FactorDesign, Precisions
from setpoint.learning.types import Floats, Ints

Family = Literal["logistic", "gaussian"]
SCALES = (0.25, 1.0, 4.0)
_MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class Rows:
    """What a model is fitted on: features (m, d), the action really met (m,), reward (m,), trials (m,), weight (m,)."""

    features: Floats
    realised: Ints
    reward: Floats
    trials: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Posterior:
    """Normal approximation around the mode: `mode` (P,), `cholesky` (P, P) lower factor of the precision."""

    design: FactorDesign
    features: int
    family: Family
    mode: Floats
    cholesky: Floats
    evidence: float

    def coefficients(self, parameters: Floats | None = None) -> Floats:
        """(A, d + 1) coefficients of [1, x] for each action."""
        return self.design.membership.T @ _table(
            self.design, self.features, self.mode if parameters is None else parameters
        )

    def mean(self, features: Floats, parameters: Floats | None = None) -> Floats:
        """(A, n) expected reward of each action for each customer, action-major."""
        table = self.coefficients(parameters)
        linear = table[:, 1:] @ features.T + table[:, :1]
        mean: Floats = expit(linear) if self.family == "logistic" else linear
        return mean

    def draws(self, count: int, generator: np.random.Generator) -> Floats:
        """(count, P) draws of the parameters."""
        noise = generator.standard_normal((len(self.mode), count))
        away: Floats = scipy.linalg.solve_triangular(self.cholesky, noise, lower=True, trans="T").T
        return self.mode + away


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Rows grouped by action: [1, x], reward, trials and weight of each group."""

    actions: Ints
    x: list[Floats]
    reward: list[Floats]
    trials: list[Floats]
    weight: list[Floats]


def fit(
    rows: Rows,
    design: FactorDesign,
    *,
    prior: Precisions | None = None,
    base_rate: float | None = None,
    family: Family = "logistic",
) -> Posterior:
    """The posterior of one prior. `base_rate` centres the base intercept (share of customers with a reward unasked)."""
    dims = rows.features.shape[1]
    free = design.free(dims)
    precision = design.precision(dims, prior or Precisions())[free]
    centre = np.zeros_like(precision)
    centre[0] = _base_intercept(rows, base_rate, family)
    noise = _residual_variance(rows) if family == "gaussian" else 1.0
    if family == "gaussian":
        precision = precision / max(noise, 1e-12)
    blocks = _group(rows, noise)
    objective = _Objective(blocks, design, dims, precision, centre, family)
    mode = _newton(objective, centre.copy())
    value, _, hessian = objective.at(mode)
    cholesky: Floats = np.linalg.cholesky(hessian).astype(np.float64)
    evidence = value + 0.5 * float(np.log(precision).sum()) - float(np.log(np.diag(cholesky)).sum())
    return Posterior(design, dims, family, mode, cholesky, evidence)


def fit_by_evidence(
    rows: Rows, design: FactorDesign, *, base_rate: float | None = None, family: Family = "logistic"
) -> Posterior:
    """The posterior under the interaction scale of highest Laplace evidence (MacKay 1992)."""
    if not len(rows.reward):
        return fit(rows, design, base_rate=base_rate, family=family)
    fits = [fit(rows, design, prior=Precisions(scale=s), base_rate=base_rate, family=family) for s in SCALES]
    return max(fits, key=lambda posterior: posterior.evidence)


@dataclass(frozen=True, slots=True)
class _Objective:
    blocks: _Blocks
    design: FactorDesign
    dims: int
    precision: Floats
    centre: Floats
    family: Family

    def at(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Log posterior, gradient and negative Hessian."""
        coefficients = self.design.membership.T @ _table(self.design, self.dims, parameters)
        width = self.dims + 1
        score = np.zeros((self.design.membership.shape[1], width))
        cross = np.zeros((self.design.membership.shape[1], width, width))
        value = 0.0
        for k, action in enumerate(self.blocks.actions):
            part, score[action], cross[action] = self._block(k, coefficients[action])
            value += part
        return self._with_prior(parameters, value, score, cross)

    def _block(self, k: int, coefficients: Floats) -> tuple[float, Floats, Floats]:
        x, y = self.blocks.x[k], self.blocks.reward[k]
        trials, weight = self.blocks.trials[k], self.blocks.weight[k]
        linear = x @ coefficients
        if self.family == "gaussian":
            residual = y - linear
            return -0.5 * float(weight @ residual**2), x.T @ (weight * residual), x.T @ (x * weight[:, None])
        mean = expit(linear)
        softplus = np.maximum(linear, 0) + np.log1p(np.exp(-np.abs(linear)))
        value = float(weight @ (y * linear - trials * softplus))
        curvature = weight * trials * mean * (1 - mean)
        return value, x.T @ (weight * (y - trials * mean)), x.T @ (x * curvature[:, None])

    def _with_prior(
        self, parameters: Floats, value: float, score: Floats, cross: Floats
    ) -> tuple[float, Floats, Floats]:
        free = self.design.free(self.dims)
        member = self.design.membership
        away = parameters - self.centre
        gradient = (member @ score)[free] - self.precision * away
        size = free.size
        full = np.einsum("la,ma,ajk->ljmk", member, member, cross, optimize=True).reshape(size, size)
        flat = free.ravel()
        hessian = full[np.ix_(flat, flat)] + np.diag(self.precision)
        return value - 0.5 * float(self.precision @ away**2), gradient, hessian


def _newton(objective: _Objective, start: Floats) -> Floats:
    """Newton with halving; the log posterior is concave, so it ends at the mode."""
    point = start
    value, gradient, hessian = objective.at(point)
    for _ in range(_MOST_STEPS):
        step = scipy.linalg.solve(hessian, gradient, assume_a="pos")
        gain = float(gradient @ step)
        if gain < 1e-8:
            break
        length = 1.0
        trial = objective.at(point + step)
        while trial[0] < value and length > 1e-4:
            length /= 2
            trial = objective.at(point + length * step)
        point = point + length * step
        value, gradient, hessian = trial
    return point


def _table(design: FactorDesign, dims: int, parameters: Floats) -> Floats:
    """(L, d + 1) of a flat vector of the free coefficients."""
    free = design.free(dims)
    table = np.zeros(free.shape)
    table[free] = parameters
    return table


def _group(rows: Rows, noise: float) -> _Blocks:
    ones = np.ones((len(rows.reward), 1))
    x = np.hstack([ones, rows.features])
    actions = np.unique(rows.realised)
    picks = [np.flatnonzero(rows.realised == action) for action in actions]
    return _Blocks(
        actions.astype(np.int64),
        [np.ascontiguousarray(x[pick]) for pick in picks],
        [rows.reward[pick] for pick in picks],
        [rows.trials[pick] for pick in picks],
        [rows.weight[pick] / noise for pick in picks],
    )


def _base_intercept(rows: Rows, base_rate: float | None, family: Family) -> float:
    if family == "gaussian":
        return 0.0
    seen = (rows.reward.sum() + 0.5) / (rows.trials.sum() + 10)
    rate = seen if base_rate is None else base_rate
    rate = min(max(float(rate), 1e-5), 1 - 1e-5)
    return float(np.log(rate / (1 - rate)))


def _residual_variance(rows: Rows) -> float:
    if len(rows.reward) < 2:
        return 1.0
    return max(float(np.var(rows.reward)), 1e-9)
