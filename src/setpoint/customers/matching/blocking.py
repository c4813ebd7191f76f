"""Which pairs are worth weighing: those that agree on something rare enough, within a budget that grows with the rows.

A block is one or two columns that must be equal. Blocks are taken from the cheapest on; a single column that is too
common to stand alone is tried together with others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import duckdb

from setpoint.customers.matching.columns import ROWS, ask, quoted
from setpoint.customers.matching.types import Column

PAIRS_A_ROW = 80
"""Pairs weighed for each row, over all blocks."""
PAIRS_A_BLOCK = 30
Block = tuple[str, ...]


def choose_blocks(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], rows: int) -> list[Block]:
    """Blocks from the cheapest on that fit the budget together; at least one where any column repeats a value."""
    most, left = PAIRS_A_BLOCK * rows, PAIRS_A_ROW * rows
    single = {(column.name,): count_pairs(connection, (column.name,)) for column in columns}
    common = sorted(name for (name,), cost in single.items() if cost > most)
    paired = {pair: count_pairs(connection, pair) for pair in combinations(common, 2)}
    chosen: list[Block] = []
    for block, cost in sorted((single | paired).items(), key=lambda item: (item[1], item[0])):
        if 0 < cost <= min(most, left):
            chosen.append(block)
            left -= cost
    return chosen


def count_pairs(connection: duckdb.DuckDBPyConnection, block: Block) -> int:
    """How many pairs agree on these columns."""
    names = ", ".join(map(quoted, block))
    known = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in block)
    counts = f"SELECT count(*) AS n FROM {ROWS} WHERE {known} GROUP BY {names}"  # noqa: S608 quoted
    return int(ask(connection, f"SELECT coalesce(sum(n * (n - 1) / 2), 0)::bigint FROM ({counts})")[0][0])  # noqa: S608
