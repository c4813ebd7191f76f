"""What is believed of this round's customers: increments, costs and what must be put aside, with their doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from setpoint.kernel import randomness
from setpoint.learning import drift
from setpoint.learning.design import FactorDesign, Precisions
from setpoint.learning.gate import FOLDS, Gate, heterogeneity
from setpoint.learning.glm import Posterior, Rows, fit, fit_by_evidence
from setpoint.learning.types import ActionView, Bools, Floats, Ints, Trials

DRAWS = 32
_ENOUGH_EXPOSURE = 50.0


@dataclass(frozen=True, slots=True)
class Economics:
    """Money of each action in the main unit: what sending costs, what a redemption is expected to cost each customer,
    and the most that it may cost. `value` (n,) turns a conversion into goal units (1, or the expected order value)."""

    send_cost: Floats  # (A,)
    redemption: Floats  # (n, A)
    redemption_most: Floats  # (n, A)
    value: Floats  # (n,)


@dataclass(frozen=True, slots=True)
class ResponseModel:
    """The campaign's response model after some history; `uptake` is the share of buyers who use the offer sent."""

    posterior: Posterior
    gate: Gate
    uptake: float
    events: float
    drift_round: int | None = None


@dataclass(frozen=True, slots=True)
class ResponseForecast:
    """A `Forecast` (see types) of one audience; `redeem` and `redeem_sd` (n, A) are chances of redemption if sent."""

    effect: Floats
    effect_sd: Floats
    cost: Floats
    reserve: Floats
    redeem: Floats
    redeem_sd: Floats
    personalisation: str
    events: float
    model: ResponseModel = field(repr=False)
    features: Floats = field(repr=False)
    eligible: Bools = field(repr=False)
    value: Floats = field(repr=False)
    audience_means: Floats = field(repr=False)  # (DRAWS, A) mean effect of each draw over the eligible

    def draws(self, count: int, seed: int) -> Iterator[Floats]:
        """`count` draws of the effect (n, A), with as much difference between customers as the gate trusts."""
        generator = randomness.generator("effect draws", seed)
        for parameters in self.model.posterior.draws(count, generator):
            mean = self.model.posterior.mean(self.features, parameters)
            yield _effect(mean, self.value, self.eligible, trust=self.model.gate.trust).T


def trusted_costs(forecast: ResponseForecast) -> ResponseForecast:
    """The same forecast with costs and reserves that differ between customers only as far as effects may: else those
    who are cheap, because they hardly respond, would be taken first."""
    trust = forecast.model.gate.trust
    counts = np.maximum(forecast.eligible.sum(axis=0), 1)
    cost, reserve = (
        (1 - trust) * (each * forecast.eligible).sum(axis=0) / counts + trust * each
        for each in (forecast.cost, forecast.reserve)
    )
    return replace(forecast, cost=cost, reserve=reserve)


def learn(
    trials: Trials | None,
    actions: Sequence[ActionView],
    features: int,
    *,
    base_rate: float | None,
    folds: Ints | None = None,
) -> ResponseModel:
    """The response model of a campaign's history. `folds` (m,) by customer, for the heterogeneity gate."""
    design = FactorDesign.of(actions)
    if trials is None or not len(trials.rounds):
        posterior = fit(_nothing(features), design, base_rate=0.03 if base_rate is None else base_rate)
        return ResponseModel(posterior, Gate("not enough data"), 1.0, 0.0)
    changed = _changed_round(trials, design, base_rate)
    posterior = fit_by_evidence(_rows(trials, changed), design, base_rate=base_rate)
    gate = _gate(trials, design, base_rate, folds)
    events = float(trials.converted[trials.exposed].sum())
    return ResponseModel(posterior, gate, _uptake(trials, actions), events, changed)


def forecast(
    model: ResponseModel, features: Floats, eligible: Bools, economics: Economics, *, seed: int
) -> ResponseForecast:
    """Means and standard deviations over draws of the posterior."""
    trust = model.gate.trust
    sums = _Moments.of(len(economics.send_cost), len(features))
    for parameters in model.posterior.draws(DRAWS, randomness.generator("forecast", seed)):
        mean = model.posterior.mean(features, parameters)
        sums.add(mean, _effect(mean, economics.value, eligible, trust=trust), eligible)
    redeem, redeem_sd = sums.chance(), sums.chance_sd()
    offered = model.uptake * (economics.redemption_most > 0)
    redeem, redeem_sd = redeem * offered, redeem_sd * offered
    cost = economics.send_cost + redeem * economics.redemption
    reserve = np.maximum(cost, economics.send_cost + economics.redemption_most)
    return ResponseForecast(
        effect=sums.effect(),
        effect_sd=sums.effect_sd(),
        cost=cost,
        reserve=reserve,
        redeem=redeem,
        redeem_sd=redeem_sd,
        personalisation=model.gate.verdict,
        events=model.events,
        model=model,
        features=features,
        eligible=eligible,
        value=economics.value,
        audience_means=np.array(sums.audience),
    )


@dataclass(slots=True)
class _Moments:
    first: Floats
    second: Floats
    chance_first: Floats
    chance_second: Floats
    count: int = 0
    audience: list[Floats] = field(default_factory=list)

    @classmethod
    def of(cls, actions: int, n: int) -> _Moments:
        shape = (actions, n)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape))

    def add(self, mean: Floats, effect: Floats, eligible: Bools) -> None:
        self.first += effect
        self.second += effect**2
        self.chance_first += mean
        self.chance_second += mean**2
        self.count += 1
        counts = np.maximum(eligible.sum(axis=0), 1)
        self.audience.append((effect * eligible.T).sum(axis=1) / counts)

    def effect(self) -> Floats:
        return np.ascontiguousarray(self.first.T) / self.count

    def effect_sd(self) -> Floats:
        return _deviation(self.first, self.second, self.count)

    def chance(self) -> Floats:
        return np.ascontiguousarray(self.chance_first.T) / self.count

    def chance_sd(self) -> Floats:
        return _deviation(self.chance_first, self.chance_second, self.count)


def _deviation(first: Floats, second: Floats, count: int) -> Floats:
    variance = second / count - (first / count) ** 2
    return np.ascontiguousarray(np.sqrt(np.maximum(variance, 0.0)).T)


def _effect(mean: Floats, value: Floats, eligible: Bools, *, trust: float) -> Floats:
    """(A, n) increments in goal units: each action's mean over those eligible plus `trust` times what differs."""
    effect: Floats = (mean - mean[:1]) * value
    if trust >= 1:
        return effect
    counts = np.maximum(eligible.sum(axis=0), 1)
    level = ((effect * eligible.T).sum(axis=1) / counts)[:, None]
    shrunk: Floats = level + trust * (effect - level)
    return shrunk


def _rows(trials: Trials, changed: int | None) -> Rows:
    exposure = np.where(trials.converted > 0, 1.0, trials.maturity)
    return Rows(trials.features, trials.realised, trials.converted, exposure, drift.weights(trials.rounds, changed))


def _nothing(features: int) -> Rows:
    none = np.zeros(0)
    return Rows(np.zeros((0, features)), np.zeros(0, dtype=np.int64), none, none, none)


def _changed_round(trials: Trials, design: FactorDesign, base_rate: float | None) -> int | None:
    """The round since which the customers behave differently, if the residuals of later rounds prove it."""
    starts = np.unique(trials.rounds)
    if len(starts) < 3:
        return None
    early = trials.rows(trials.rounds <= starts[(len(starts) - 1) // 2])
    posterior = fit(_rows(early, None), design, base_rate=base_rate)
    found = None
    for exposed in (True, False):
        part = trials.rows(trials.exposed == exposed)
        if len(np.unique(part.rounds)) < 3:
            continue
        index = drift.page_hinkley(drift.round_residuals(_rows(part, None), part.rounds, posterior))
        if index is not None:
            at = int(np.unique(part.rounds)[min(index, len(np.unique(part.rounds)) - 1)])
            found = at if found is None else max(found, at)
    return found


def _gate(trials: Trials, design: FactorDesign, base_rate: float | None, folds: Ints | None) -> Gate:
    if folds is None:
        folds = np.arange(len(trials.rounds), dtype=np.int64) % FOLDS

    def fitted(part: Trials) -> Posterior:
        return fit(_rows(part, None), design, prior=Precisions(scale=1.0), base_rate=base_rate)

    return heterogeneity(trials, fitted, folds=folds)


def _uptake(trials: Trials, actions: Sequence[ActionView]) -> float:
    """Share of buyers sent an offer who redeemed it; starts from "all" and is worth one conversion."""
    offers = np.array([dict(action.factors).get("offer", "none") != "none" for action in actions])
    sent = trials.exposed & offers[trials.chosen]
    redeemed, bought = trials.redeemed[sent].sum(), trials.converted[sent].sum()
    return float((redeemed + 1) / (max(bought, redeemed) + 1))
