"""One run: choose columns and blocks by the data, learn what agreement says, weigh the pairs.

Nothing is tuned to a data set. The model's parameters come from the rows themselves: how often values agree by chance
from random pairs, how often they agree in truth by expectation maximisation within blocks, how many pairs are one
person at all from the weighed pairs, until that number agrees with itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import log2
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from setpoint.customers.matching.blocking import Block, choose_blocks, count_pairs
from setpoint.customers.matching.columns import ROWS, ask, look, spell
from setpoint.customers.matching.comparing import comparison, how_alike, top_level
from setpoint.customers.matching.homes import find_homes
from setpoint.customers.matching.types import Column, Evidence, Matched, Pair, Watch
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid

_log = logging.getLogger(__name__)
RANDOM_PAIRS = 1_000_000
_TRAINED_ON = 3  # blocks
_FEWEST_PAIRS = 30  # in a block to learn from
_CHUNK = 2_000_000  # pairs weighed at once
_ALIKE = 0.5
_LEAST_WEIGHT = -12.0
_ROUNDS = 50
_LIKELY = 0.02
_MOST_DOUBT = 40.0
_KEPT = "weighed"


def match(
    rows: pa.Table,
    *,
    id_column: str,
    least: float,
    seed: int,
    watch: Watch = lambda stage, share: None,
    threads: int = 2,
) -> Matched:
    """Pairs of rows that are one person with a probability of at least `least`. Ids are integers, each row its own.

    Raises Invalid where fewer than two columns can tell people apart.
    """
    connection = duckdb.connect(config={"threads": threads})
    try:
        watch("reading", 0.0)
        spell(connection, _renamed(rows, id_column), id_column="row_id")
        names = {f"c{place}": name for place, name in enumerate(_others(rows, id_column))}
        columns = look(connection, list(names))
        if len(columns) < 2:
            raise Invalid(
                _("Fewer than two columns tell people apart."),
                remedy=_("Add columns such as names, dates of birth, addresses, phone numbers or e-mail addresses."),
            )
        blocks = choose_blocks(connection, columns, rows.num_rows)
        if not blocks:
            return Matched((), _named(columns, names), (), 0, 0.0)
        return _matched(_Run(connection, columns, blocks, rows.num_rows, seed, watch), names, least)
    finally:
        connection.close()


class _Run:
    """The model of one run."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: Sequence[Column],
        blocks: Sequence[Block],
        rows: int,
        seed: int,
        watch: Watch,
    ) -> None:
        self.connection, self.columns, self.blocks, self.rows = connection, columns, blocks, rows
        self.seed, self.watch = seed, watch
        self.prior = 1 / rows
        self.linker = self._untaught()

    def _untaught(self) -> Linker:
        """The model before it has learnt anything."""
        with _quiet():
            people = DuckDBAPI(self.connection).register(self.connection.table(ROWS))
            return Linker(people, self._settings())

    def _settings(self) -> SettingsCreator:
        return SettingsCreator(
            link_type="dedupe_only",
            comparisons=[comparison(column.name, column.content) for column in self.columns],
            blocking_rules_to_generate_predictions=[block_on(*block) for block in self.blocks],
            probability_two_random_records_match=self.prior,
            unique_id_column_name="row_id",
            retain_matching_columns=True,
            retain_intermediate_calculation_columns=True,
        )

    def train(self) -> bool:
        """Learn how often values agree by chance and in truth; whether there is anybody with two records at all.

        Where nobody has, something else that pairs have in common is learnt in truth's place, such as one town: two
        records of one person are alike in most of what they say.
        """
        blocks = self._taught_by()
        while (barren := self._learn(blocks)) is not None:
            blocks.remove(barren)
            self.linker = self._untaught()
        return bool(blocks) and self._likeness() >= _ALIKE

    def _likeness(self) -> float:
        """How often the values of one person are equal or alike, as learnt; the mean of the columns that tell."""
        told = []
        for column in self.linker.misc.save_model_to_json()["comparisons"]:
            *alike, different = (
                level.get("m_probability") or 0.0
                for level in column["comparison_levels"]
                if not level.get("is_null_level")
            )
            if sum(alike) + different > 0:
                told.append(sum(alike) / (sum(alike) + different))
        return float(np.mean(told)) if told else 0.0

    def _learn(self, blocks: Sequence[Block]) -> Block | None:
        """Learn from these blocks; None when all taught something, else the first that did not: the model is spoilt
        then. What no block teaches stays as the library assumes it."""
        training = self.linker.training
        with _quiet():
            self.watch("chance", 0.1)
            training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=self.seed, num_chunks=1)
            for place, block in enumerate(blocks):
                self.watch("learning", 0.2 + 0.3 * place / len(blocks))
                try:
                    training.estimate_parameters_using_expectation_maximisation(
                        block_on(*block), estimate_without_term_frequencies=True
                    )
                except ValueError as error:  # a probability vanishes where among a block's pairs nobody is one person
                    _log.warning("Nothing was learnt from pairs with the same %s: %s", ", ".join(block), error)
                    return block
        return None

    def _taught_by(self) -> list[Block]:
        """The cheapest blocks that hold enough pairs: mostly true matches, and no column is in all of them. One that
        holds all columns leaves none to learn of."""
        able = [block for block in self.blocks if len(block) < len(self.columns)]
        enough = [block for block in able if count_pairs(self.connection, block) >= _FEWEST_PAIRS]
        return list(enough or able)[:_TRAINED_ON]

    def weigh(self) -> int:
        """Weigh all pairs of the blocks, a chunk at a time, into one table; returns how many."""
        pieces = 1 + sum(count_pairs(self.connection, block) for block in self.blocks) // _CHUNK
        for place in range(1, pieces + 1):
            self.watch("weighing", 0.5 + 0.45 * (place - 1) / pieces)
            with _quiet():
                found = self.linker.inference.predict_chunk(
                    left_chunk=(place, pieces), threshold_match_weight=_LEAST_WEIGHT, warning_mode="never"
                )
            verb = f"CREATE TABLE {_KEPT} AS" if place == 1 else f"INSERT INTO {_KEPT}"
            ask(self.connection, f"{verb} SELECT {self._told()} FROM {found.physical_name}")  # noqa: S608 own names
            found.drop_table_from_database_and_remove_from_cache()
        return int(ask(self.connection, f"SELECT count(*) FROM {_KEPT}")[0][0])  # noqa: S608

    def _told(self) -> str:
        names = [column.name for column in self.columns]
        weights = ", ".join(
            f"gamma_{name}, coalesce(mw_{name}, 0) + coalesce(mw_tf_adj_{name}, 0) AS weight_{name}" for name in names
        )
        return f"row_id_l, row_id_r, match_weight, {weights}"

    def settle(self) -> float:
        """What to add to each weight: the prior that the model was given replaced by the share of pairs that its own
        verdicts amount to."""
        pairs, shift = self.rows * (self.rows - 1) / 2, 0.0
        for _round in range(_ROUNDS):
            expected = float(ask(self.connection, f"SELECT coalesce(sum({_probability(shift)}), 0) FROM {_KEPT}")[0][0])  # noqa: S608
            share = min(max(expected, 0.5) / pairs, 0.5)
            wanted = _log_odds(share) - _log_odds(self.prior)
            if abs(wanted - shift) < 1e-3:
                break
            shift = wanted
        return shift


def _matched(run: _Run, names: dict[str, str], least: float) -> Matched:
    blocks = tuple(tuple(names[name] for name in block) for block in run.blocks)
    compared = sum(count_pairs(run.connection, block) for block in run.blocks)
    if not run.train():
        return Matched((), _named(run.columns, names), blocks, compared, 0.0)
    run.weigh()
    shift = run.settle()
    run.watch("gathering", 0.97)
    found = tuple(_pairs(run, names, shift, least))
    expected = sum(pair.probability for pair in found)
    return Matched(found, _named(run.columns, names), blocks, compared, expected)


def _pairs(run: _Run, names: dict[str, str], shift: float, least: float) -> list[Pair]:
    """The likely pairs, the surest first; those that look like two people of one home count for less."""
    rows = _likely(run, shift, least)
    doubts = _doubts(run, shift, rows)
    found = [_pair(run, names, row, doubt) for row, doubt in zip(rows, doubts, strict=True)]
    kept = [pair for pair in found if pair.probability >= least]
    return sorted(kept, key=lambda pair: (-pair.probability, pair.first, pair.second))


def _likely(run: _Run, shift: float, least: float) -> list[tuple[Any, ...]]:
    """Ids, odds, then the levels and then the weights of all columns."""
    told = [f"gamma_{one.name}" for one in run.columns] + [f"weight_{one.name}" for one in run.columns]
    sql = (
        f"SELECT row_id_l, row_id_r, {_odds(shift)}, {', '.join(told)} FROM {_KEPT} "  # noqa: S608 own names
        f"WHERE {_probability(shift)} >= {float(least)!r} ORDER BY row_id_l, row_id_r"
    )
    return ask(run.connection, sql)


def _doubts(run: _Run, shift: float, rows: Sequence[tuple[Any, ...]]) -> list[float]:
    """For each row, how many times likelier two people of one home are than one person; 0 where homes are not seen."""
    levels = ", ".join(f"gamma_{one.name}" for one in run.columns)
    sql = f"SELECT {levels}, count(*) FROM {_KEPT} WHERE {_probability(shift)} >= {_LIKELY} GROUP BY ALL ORDER BY ALL"  # noqa: S608
    patterns = np.array(ask(run.connection, sql), dtype=np.int64).reshape(-1, len(run.columns) + 1)
    tops = [top_level(one.content) for one in run.columns]
    dates = [one.content == "date" for one in run.columns]
    homes = find_homes(patterns[:, :-1], patterns[:, -1], tops, dates, seed=run.seed)
    if homes is None or not rows:
        return [0.0] * len(rows)
    seen = np.array([row[3 : 3 + len(run.columns)] for row in rows], dtype=np.int64)
    return [float(odds) for odds in np.exp(np.minimum(homes.doubt(seen), _MOST_DOUBT))]


def _pair(run: _Run, names: dict[str, str], row: tuple[Any, ...], doubt: float) -> Pair:
    one, other, odds, *told = row
    half = len(run.columns)
    evidence = tuple(
        Evidence(names[column.name], how_alike(column.content, int(level)), float(weight))
        for column, level, weight in zip(run.columns, told[:half], told[half:], strict=True)
    )
    return Pair(min(one, other), max(one, other), 1 / (1 + 1 / odds + doubt), evidence, log2(1 + odds * doubt))


def _probability(shift: float) -> str:
    return f"1 / (1 + 1 / {_odds(shift)})"


def _odds(shift: float) -> str:
    return f"pow(2, least(greatest(match_weight + {shift!r}, -60), 60))"


def _log_odds(probability: float) -> float:
    return log2(probability / (1 - probability))


def _others(rows: pa.Table, id_column: str) -> list[str]:
    return [name for name in rows.column_names if name != id_column]


def _renamed(rows: pa.Table, id_column: str) -> pa.Table:
    """Plain names, so that any name can come."""
    others = _others(rows, id_column)
    return rows.select([id_column, *others]).rename_columns(["row_id", *(f"c{n}" for n in range(len(others)))])


def _named(columns: Sequence[Column], names: dict[str, str]) -> tuple[Column, ...]:
    return tuple(Column(names[one.name], one.content, one.filled, one.distinct) for one in columns)


@contextmanager
def _quiet() -> Iterator[None]:
    """The library's progress lines are not for our log."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
