"""Closing the loop on logged randomised data of real people: what would a personal policy have earned?

Two answers that share no rows with what they judge. Replay (Li, Chu, Langford and Wang, WSDM 2011): round by round the
policy draws, a row counts where the draw agrees with the log (thinned or weighted so that logged propensities
even out), and the policy learns from those rows alone. Cross-fit: on each fold, the policy and the best single
action are both chosen on the other folds, and doubly robust scores compare them row by row. The verdict comes
from the second.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from setpoint.decisions.logged import Columns, LoggedData, logged_files, read_logged
from setpoint.decisions.types import Bools, Floats, Ints
from setpoint.kernel import randomness
from setpoint.learning import ope
from setpoint.learning.design import FactorDesign
from setpoint.learning.drawing import draw
from setpoint.learning.glm import Posterior, Rows, fit_by_evidence
from setpoint.learning.types import ActionView

_FOLDS = 5
_DRAWS = 40
_FLOOR = 0.1


def replay(path: str | Path, *, seed: int = 1, rounds: int = 20, columns: Columns | None = None) -> dict[str, Any]:
    """Replay logged data and compare a personal policy with the best single action.

    Reads Hillstrom's file, a folder of Open Bandit, or any CSV or Parquet file with one row a decision. The result is
    JSON-able: dataset, rows, reward, arms {name: {rate, n}}, policy {value, interval}, best_single, difference
    {estimate, interval}, verdict ("proven" | "not proven"), replay {value, interval, accepted}, other_rewards, rounds,
    seed, duration_s.
    """
    began = time.perf_counter()
    data = read_logged(path, columns)
    result = {
        "dataset": data.name,
        "rows": len(data.chosen),
        "reward": data.reward_name,
        "arms": _arms(data, data.reward),
        **_compare(data, data.reward, seed),
        "replay": _replayed(data, seed, rounds),
        "other_rewards": {name: _brief(data, reward, seed) for name, reward in data.other_rewards.items()},
        "features": len(data.feature_names),
        "rounds": rounds,
        "seed": seed,
    }
    return result | {"duration_s": round(time.perf_counter() - began, 2)}


def replay_all(path: Path, *, seed: int = 1, columns: Columns | None = None) -> dict[str, Any]:
    """The replay of a file; of a folder with several logs, each of them under its place in the folder."""
    files = logged_files(path)
    if len(files) == 1:
        return replay(files[0], seed=seed, columns=columns)
    parts = {str(file.relative_to(path)): replay(file, seed=seed, columns=columns) for file in files}
    return {"dataset": path.name, "seed": seed, "parts": parts}


def _arms(data: LoggedData, reward: Floats) -> dict[str, dict[str, float]]:
    counts = np.bincount(data.chosen, minlength=len(data.actions))
    sums = np.bincount(data.chosen, weights=reward, minlength=len(data.actions))
    return {
        name: {"rate": float(sums[a] / max(counts[a], 1)), "n": int(counts[a])} for a, name in enumerate(data.actions)
    }


def _brief(data: LoggedData, reward: Floats, seed: int) -> dict[str, Any]:
    return {"arms": _arms(data, reward), **_compare(data, reward, seed)}


def _compare(data: LoggedData, reward: Floats, seed: int) -> dict[str, Any]:
    """Cross-fitted values of the personal policy and of the best single action, paired."""
    folds = (randomness.uniforms(np.arange(len(reward)), "replay fold", seed) * _FOLDS).astype(int)
    personal, single = np.zeros(len(reward)), np.zeros(len(reward))
    picks = []
    for fold in range(_FOLDS):
        test = folds == fold
        expected = _fitted(data, reward, ~test).mean(data.features[test]).T
        best = _best_single(data, reward, ~test)
        picks.append(best)
        personal[test] = _scores(data, reward, test, np.argmax(expected, axis=1), expected)
        single[test] = _scores(data, reward, test, np.full(int(test.sum()), best), expected)
    difference = ope.mean_value(personal - single)
    return {
        "policy": _shown(ope.mean_value(personal)),
        "best_single": {"action": data.actions[max(set(picks), key=picks.count)], **_shown(ope.mean_value(single))},
        "difference": _shown(difference, "estimate"),
        "verdict": "proven" if difference.interval[0] > 0 else "not proven",
    }


def _shown(value: ope.Value, name: str = "value") -> dict[str, Any]:
    shown = {name: value.estimate, "interval": list(value.interval), "standard_error": value.standard_error}
    told = 0 < value.standard_error < np.inf  # rewards that are all alike tell nothing of their spread
    return shown if told else {name: None, "interval": None, "standard_error": None}


def _best_single(data: LoggedData, reward: Floats, rows: Bools) -> int:
    """The action of the highest self-normalised value on these rows."""
    values = [_single_value(data, reward, rows, a) for a in range(len(data.actions))]
    return int(np.argmax(values))


def _single_value(data: LoggedData, reward: Floats, rows: Bools, action: int) -> float:
    picked = rows & (data.chosen == action)
    weight = 1 / data.propensity[picked]
    return float((weight * reward[picked]).sum() / weight.sum()) if picked.any() else -np.inf


def _scores(data: LoggedData, reward: Floats, test: Bools, target: Ints, expected: Floats) -> Floats:
    """Doubly robust scores of a policy that gives row i the action target[i]."""
    vectors = np.zeros(expected.shape)
    vectors[np.arange(len(target)), target] = 1.0
    return ope.dr_scores(reward[test], data.chosen[test], vectors, data.propensity[test], expected)[0]


def _views(data: LoggedData) -> tuple[ActionView, ...]:
    names = data.actions
    return tuple(
        ActionView("none" if a == 0 and data.has_no_action else name, (("action", name),) if a else ())
        for a, name in enumerate(names)
    )


def _fitted(data: LoggedData, reward: Floats, rows: Bools) -> Posterior:
    binary = bool(np.isin(reward, (0.0, 1.0)).all())
    ones = np.ones(int(rows.sum()))
    fitted_on = Rows(data.features[rows], data.chosen[rows], reward[rows], ones, ones)
    return fit_by_evidence(fitted_on, FactorDesign.of(_views(data)), family="logistic" if binary else "gaussian")


@dataclass(slots=True)
class _Learned:
    """The rows the replayed policy has been shown."""

    accepted: Bools
    posterior: Posterior | None = None


def _replayed(data: LoggedData, seed: int, rounds: int) -> dict[str, Any]:
    """Mean reward of the accepted rows, and how many they were; the first tenth of the rounds only warms up."""
    order = np.argsort(randomness.uniforms(np.arange(len(data.reward)), "replay order", seed), kind="stable")
    learned = _Learned(np.zeros(len(data.reward), dtype=bool))
    counted: list[Ints] = []
    for number, rows in enumerate(np.array_split(order, rounds)):
        taken = rows[_accepted(data, learned.posterior, rows, (seed, number))]
        learned.accepted[taken] = True
        if number >= rounds // 10:
            counted.append(taken)
        if data.reward[learned.accepted].sum() > 0:
            learned.posterior = _fitted(data, data.reward, learned.accepted)
    rows = np.concatenate(counted)
    value = ope.snips(data.reward[rows], np.maximum(_even_at(data) / data.propensity[rows], 1), np.ones(len(rows)))
    return {**_shown(value), "accepted": int(learned.accepted.sum()), "counted": len(rows)}


def _accepted(data: LoggedData, posterior: Posterior | None, rows: Ints, key: tuple[int, int]) -> Bools:
    """Draw from the policy; keep rows where the log did the same, evened out over the logged propensities."""
    vectors = _thompson(data, posterior, rows, key)
    drawn = draw(vectors, randomness.uniforms(rows, "replay draw", *key))
    even = _even_at(data) / data.propensity[rows]
    keep: Bools = (drawn == data.chosen[rows]) & (randomness.uniforms(rows, "replay keep", *key) < even)
    return keep


def _even_at(data: LoggedData) -> float:
    """The propensity to which more likely rows are thinned; rarer rows are weighted up to it instead."""
    return float(np.quantile(data.propensity, 0.5))


def _thompson(data: LoggedData, posterior: Posterior | None, rows: Ints, key: tuple[int, int]) -> Floats:
    """Share of posterior draws in which each action is best, plus a floor."""
    width = len(data.actions)
    uniform = np.full((len(rows), width), 1 / width)
    if posterior is None:
        return uniform
    shares = np.zeros((len(rows), width))
    for parameters in posterior.draws(_DRAWS, randomness.generator("replay posterior", *key)):
        shares[np.arange(len(rows)), posterior.mean(data.features[rows], parameters).argmax(axis=0)] += 1 / _DRAWS
    return (1 - _FLOOR) * shares + _FLOOR * uniform
