"""Who is the same person: the product's matching, with its own settings, on records of which the truth is known.

The same settings for every file; the truth is read only to count. Counted in pairs (of all pairs that were linked, how
many are right; of all true pairs, how many were linked) and in whole people (groups that hold exactly one person's
records). `f1` is the lower of the two.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from setpoint.bench.people import people
from setpoint.bench.runner import Row
from setpoint.customers.matching.clusters import clusters
from setpoint.customers.matching.linking import match
from setpoint.kernel.errors import Invalid, NotFound

DATA = Path("../shared/data/febrl")
SURE = 0.9
LIMITS = {"febrl1": 0.98, "febrl2": 0.98, "febrl3": 0.95}
_PERSON_IN_ID = re.compile(r"(.+?)-(?:org|dup(?:-\d+)?)$")
_TRUTH = ("person", "person_id", "true_id", "entity_id", "cluster", "cluster_id", "label")
_ID = "row"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Records without their truth, and the truth: whose record each is."""

    name: str
    records: pa.Table
    person_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Of what was said, how much is right; of what is right, how much was said."""

    right: int
    said: int
    true: int

    @property
    def precision(self) -> float:
        """Share of what was said that is right."""
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Share of what is right that was said."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right / (self.said + self.true) if self.said + self.true else 1.0


def run(seed: int, quick: bool, paths: Sequence[Path] = ()) -> list[Row]:
    """Rows for each file of the folders and files in `paths` (default: `../shared/data/febrl`, where it is there),
    and for made-up families."""
    given = list(paths) or ([DATA] if DATA.is_dir() else [])
    sets = [labelled(file) for path in given for file in files(path, quick=quick)]
    made = people(400 if quick else 2500, seed=seed)
    sets.append(Labelled("made_up", made.records, tuple(map(str, made.person_of))))
    return [row for each in sets for row in measured(each, seed)]


def files(path: Path, *, quick: bool = False) -> list[Path]:
    """A file itself; of a folder, its CSV and Parquet files by name (`quick`: the first alone)."""
    if not path.exists():
        raise NotFound(f"There is nothing at {path}.", remedy="Give a CSV or Parquet file, or a folder of them.")
    found = sorted(each for each in path.iterdir() if each.suffix in (".csv", ".parquet")) if path.is_dir() else [path]
    return found[:1] if quick else found


def labelled(path: Path) -> Labelled:
    """A file's records with the truth taken off: an id such as `rec-7-dup-1`, or a column called person, cluster, ..."""
    table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
    table = table.rename_columns([name.strip() for name in table.column_names])
    truth = next((name for name in table.column_names if name.lower() in _TRUTH), None)
    if truth is not None:
        people_of = tuple(str(value) for value in table[truth].to_pylist())
        return Labelled(_name(path), _numbered(_without_ids(table.drop_columns([truth]))), people_of)
    for name in table.column_names:
        told = [_PERSON_IN_ID.match(str(value).strip()) for value in table[name].to_pylist()]
        if table.num_rows and all(told):
            return Labelled(_name(path), _numbered(table.drop_columns([name])), tuple(one[1] for one in told if one))
    raise Invalid(
        f"{path.name} does not say which records are one person.",
        remedy=f"Add a column called {', '.join(_TRUTH)}, or ids such as rec-7-org and rec-7-dup-1.",
    )


def measured(data: Labelled, seed: int) -> list[Row]:
    """Link the records, and count."""
    started = time.perf_counter()
    found = match(data.records, id_column=_ID, least=SURE, seed=seed)
    links = [(pair.first, pair.second, pair.probability) for pair in found.pairs]
    groups = clusters(links)
    seconds = time.perf_counter() - started
    pairs, whole = pair_score([link[:2] for link in links], data.person_of), group_score(groups, data.person_of)
    return _rows(data, {"pairs": pairs, "people": whole}, seconds, found.compared)


def pair_score(links: Iterable[tuple[int, int]], person_of: Sequence[str]) -> Score:
    """Pairs of records said to be one person, against those that are."""
    said = set(links)
    true = {pair for group in _groups(person_of) for pair in combinations(group, 2)}
    return Score(len(said & true), len(said), len(true))


def group_score(groups: Iterable[Sequence[int]], person_of: Sequence[str]) -> Score:
    """Groups of two or more records: right are those that hold all records of one person and nothing else."""
    said = {tuple(group) for group in groups}
    true = {tuple(group) for group in _groups(person_of) if len(group) > 1}
    return Score(len(said & true), len(said), len(true))


def _groups(person_of: Sequence[str]) -> list[list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for record, person in enumerate(person_of):
        groups[person].append(record)
    return list(groups.values())


def _rows(data: Labelled, scores: dict[str, Score], seconds: float, compared: int) -> list[Row]:
    f1 = min(score.f1 for score in scores.values())
    limit = LIMITS.get(data.name)
    judged = {} if limit is None else {"limit": limit, "met": f1 >= limit}
    cost = {"seconds": seconds, "records": data.records.num_rows, "pairs_weighed": compared}
    whole = Row(data.name, f1, "F1", more={"f1": f1, **judged, **cost})
    return [whole, *(_scored(f"{data.name}.{kind}", score) for kind, score in scores.items())]


def _scored(name: str, score: Score) -> Row:
    more = {"precision": score.precision, "recall": score.recall, "f1": score.f1, "n": score.true}
    return Row(name, score.f1, "F1", more=more)


def _name(path: Path) -> str:
    """`dataset1.csv` of a folder `febrl` is febrl1, as the results are read by that name."""
    number = re.fullmatch(r"dataset(\w+)", path.stem)
    return f"{path.resolve().parent.name}{number[1]}" if number else path.stem


def _without_ids(table: pa.Table) -> pa.Table:
    """Row numbers say nothing of a person."""
    return table.select(
        [name for name in table.column_names if name.lower() not in ("id", "row", "rec_id", "unique_id")]
    )


def _numbered(table: pa.Table) -> pa.Table:
    others = [name for name in table.column_names if name != _ID]
    return table.select(others).append_column(_ID, pa.array(range(table.num_rows), pa.int64()))
