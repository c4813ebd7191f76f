"""Logged decisions of real people from files: contexts, actions, rewards and the chance with which each was logged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from setpoint.decisions.types import Floats, Ints
from setpoint.kernel.errors import Invalid, NotFound

_MOST_LEVELS = 12
_MOST_ACTIONS = 100
_NO_ACTION = re.compile(r"^(no|none|control|null)\b", re.IGNORECASE)
_OBVIOUS = {
    "action": ("segment", "item_id", "action", "arm", "treatment", "variant"),
    "reward": ("visit", "click", "reward", "conversion", "converted", "outcome", "y"),
    "propensity": ("propensity_score", "propensity", "pscore", "probability"),
}
_OUTCOMES = ("visit", "conversion", "spend")
_NOT_FEATURES = re.compile(r"^(|timestamp|date|id|index|history_segment|unnamed.*|user-item_affinity_.*)$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are which; empty = choose the obvious one."""

    action: str = ""
    reward: str = ""
    propensity: str = ""


@dataclass(frozen=True, slots=True)
class LoggedData:
    """m logged decisions. `actions` are names, "no action" first where there is one; `propensity` of the logged one."""

    name: str
    features: Floats
    feature_names: tuple[str, ...]
    actions: tuple[str, ...]
    chosen: Ints
    reward: Floats
    propensity: Floats
    reward_name: str
    other_rewards: dict[str, Floats]

    @property
    def has_no_action(self) -> bool:
        """Whether the first action is "no action"."""
        return bool(_NO_ACTION.match(self.actions[0]))


def read_logged(path: str | Path, columns: Columns | None = None) -> LoggedData:
    """Read a CSV or Parquet file, or a folder that holds one beside its item contexts (Open Bandit).

    Without a propensity column, actions are taken as assigned at random with the shares seen. Raises NotFound, Invalid.
    """
    file = _file_of(Path(path))
    table = _read(file)
    named = columns or Columns()
    action = _pick(table, named.action, "action")
    reward = _pick(table, named.reward, "reward")
    propensity = _pick(table, named.propensity, "propensity", needed=False)
    names, chosen = _actions(table[action])
    amounts = _numbers(table[reward], reward)
    if propensity:
        chance = _numbers(table[propensity], propensity)
    else:
        chance = (np.bincount(chosen, minlength=len(names)) / len(chosen))[chosen]
    if not len(chosen) or (chance <= 0).any() or (chance > 1).any():
        raise Invalid("A propensity is not in (0, 1], or there are no rows.", remedy="Log the chance of each action.")
    others = {name: _numbers(table[name], name) for name in _OUTCOMES if name in table.column_names and name != reward}
    features, feature_names = _features(table, {action, reward, propensity, *others})
    return LoggedData(file.stem, features, feature_names, names, chosen, amounts, chance, reward, others)


def logged_files(path: Path) -> list[Path]:
    """The CSV and Parquet files of logged decisions at a path: the file itself, or those in the folder."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFound(f"There is no file or folder {path}.", remedy="Check the path.")
    found = [each for each in sorted(path.rglob("*")) if each.suffix in (".csv", ".parquet")]
    logs = [each for each in found if each.stem != "item_context"]
    if not logs:
        raise Invalid(f"{path} holds nothing readable.", remedy="Name a CSV or Parquet file, or a folder of them.")
    return logs


def _file_of(path: Path) -> Path:
    found = logged_files(path)
    if len(found) > 1:
        shown = ", ".join(str(each.relative_to(path)) for each in found)
        raise Invalid(f"{path} holds {shown}.", remedy="Name one CSV or Parquet file.")
    return found[0]


def _read(path: Path) -> pa.Table:
    try:
        return parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        raise Invalid(f"{path.name} cannot be read: {error}", remedy="Give a UTF-8 CSV or a Parquet file.") from error


def _pick(table: pa.Table, given: str, role: str, *, needed: bool = True) -> str:
    if given:
        if given not in table.column_names:
            raise Invalid(
                f"There is no column {given!r}.", remedy=f"Columns: {', '.join(table.column_names)}.", field=role
            )
        return given
    for name in _OBVIOUS[role]:
        if name in table.column_names:
            return name
    if needed:
        raise Invalid(f"It is not clear which column is the {role}.", remedy="Name it.", field=role)
    return ""


def _actions(values: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """Names in order, "no action" first, and the index of each row's."""
    encoded = pc.cast(values, pa.string()).combine_chunks().dictionary_encode()
    names = [str(name) for name in encoded.dictionary.to_pylist()]
    if not 2 <= len(names) <= _MOST_ACTIONS or encoded.null_count:
        raise Invalid(f"{len(names)} actions in the log.", remedy=f"Give 2 to {_MOST_ACTIONS}, none missing.")
    order = sorted(range(len(names)), key=lambda k: (not _NO_ACTION.match(names[k]), _natural(names[k])))
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return tuple(names[k] for k in order), place[encoded.indices.to_numpy()]


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (-1, name)


def _numbers(values: pa.ChunkedArray, name: str) -> Floats:
    try:
        numbers = pc.cast(values, pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise Invalid(f"Column {name!r} is not numeric.", remedy="Name another column.", field=name) from error
    if not np.isfinite(numbers).all():
        raise Invalid(f"Column {name!r} has values missing.", remedy="Leave those rows out.", field=name)
    return np.asarray(numbers, dtype=np.float64)


def _features(table: pa.Table, taken: set[str]) -> tuple[Floats, tuple[str, ...]]:
    """Standardised numbers and one-hot levels of text (the most frequent ones), constant columns left out."""
    columns: dict[str, Floats] = {}
    for name in table.column_names:
        if name in taken or _NOT_FEATURES.match(name.lower()):
            continue
        columns |= _feature(table[name], name)
    varied = {name: values for name, values in columns.items() if values.std() > 0}
    if not varied:
        return np.zeros((table.num_rows, 0)), ()
    scaled = [(values - values.mean()) / values.std() for values in varied.values()]
    return np.column_stack(scaled), tuple(varied)


def _feature(values: pa.ChunkedArray, name: str) -> dict[str, Floats]:
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_boolean(values.type):
        numbers = pc.cast(values, pa.float64()).to_numpy()
        filled = np.where(np.isfinite(numbers), numbers, np.nanmean(numbers) if len(numbers) else 0.0)
        return {name: np.sign(filled) * np.log1p(np.abs(filled)) if np.abs(filled).max(initial=0) > 50 else filled}
    texts = pc.fill_null(pc.cast(values, pa.string()), "")
    counts = sorted(pc.value_counts(texts).to_pylist(), key=lambda each: (-each["counts"], each["values"]))
    levels = [each["values"] for each in counts[:_MOST_LEVELS]]
    return {f"{name}={level}": pc.equal(texts, level).to_numpy().astype(float) for level in levels[1:]}
