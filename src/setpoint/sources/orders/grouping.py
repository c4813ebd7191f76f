"""Lines sorted into orders by DuckDB, on disk where memory does not suffice: every line is judged and counted once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple

import duckdb
import msgspec

from setpoint.sources.orders.columns import OrderMapping

_ROWS_AT_ONCE = 20_000
_CODES_WITH_DIGITS = 0.9
Dates = Literal["told", "dmy", "mdy", "unknown"]
_EVIDENCE = """
SELECT count(*) FILTER (ts IS NOT NULL AND ts_mdy IS NULL), count(*) FILTER (ts IS NULL AND ts_mdy IS NOT NULL),
       count(*) FILTER (ts IS DISTINCT FROM ts_mdy) FROM staged
"""
_READ_AS: Mapping[Dates, tuple[str, str]] = {
    "told": ("ts", "no_time"),
    "dmy": ("ts", "other_order"),
    "mdy": ("ts_mdy", "other_order"),
    "unknown": ("CASE WHEN ts = ts_mdy THEN ts END", "two_times"),
}
_DATED = """
CREATE VIEW lines AS SELECT * EXCLUDE (ts_mdy)
    REPLACE ({0} AS ts, coalesce(problem, CASE WHEN ({0}) IS NULL THEN '{1}' END) AS problem) FROM staged
"""
_SINGLE = "SELECT order_id, min(who) AS who FROM lines WHERE who IS NOT NULL GROUP BY 1 HAVING count(DISTINCT who) = 1"
_JUDGE = f"""
CREATE TABLE judged AS
WITH named AS (
    SELECT l.* EXCLUDE (who), coalesce(l.who, single.who, {{anonymous}}) AS who,
           l.who IS NULL AND single.who IS NOT NULL AS filled,
           {{charge}} AS charge, amount < 0 OR (amount = 0 AND quantity < 0) AS is_return
    FROM lines l LEFT JOIN ({_SINGLE}) single USING (order_id)
), counted AS (
    SELECT *, row_number() OVER (
        PARTITION BY order_id, who, sku, name, quantity, price, amount, ts, line_extra ORDER BY row
    ) > 1 AS repeated FROM named
)
SELECT * EXCLUDE (problem), CASE
    WHEN problem IS NOT NULL THEN problem
    WHEN who IS NULL THEN 'no_customer_of_order'
    WHEN repeated AND {{refuse_repeats}} THEN 'repeated'
END AS problem FROM counted
"""  # noqa: S608 - constants alone
_ORDERS = """
SELECT order_id, who, is_return, row, sku, name, quantity, price, amount, epoch_us(ts) AS ts, charge, currency, traits,
       order_extra, line_extra, min(ts) OVER (PARTITION BY order_id, who) AS begun
FROM judged WHERE problem IS NULL ORDER BY begun, order_id, who, is_return, row
"""
_TALLY = """
SELECT problem, is_return, charge, count(*), coalesce(sum(amount), 0), sum(filled::INT), sum((repeated AND problem IS NULL)::INT)
FROM judged GROUP BY ALL
"""


_FIRST = """
SELECT row, problem, order_id, who, sku, name, quantity, price, amount, epoch_us(ts), charge, is_return FROM judged
WHERE row <= $1 OR row IN (SELECT min(row) FROM judged WHERE problem IS NOT NULL GROUP BY problem) ORDER BY row
"""


class Judged(NamedTuple):
    """One line with what is wrong with it, as far as it was understood."""

    row: int
    problem: str | None
    order_id: str | None
    who: str | None
    sku: str | None
    name: str | None
    quantity: float | None
    price: float | None
    amount: float | None
    ts: int | None
    charge: bool
    is_return: bool | None


class Line(NamedTuple):
    """One line that counts, as the orders' query gives it."""

    order_id: str
    who: str
    is_return: bool
    row: int
    sku: str | None
    name: str | None
    quantity: float
    price: float | None
    amount: float
    ts: int
    charge: bool
    currency: str | None
    traits: str | None
    order_extra: str | None
    line_extra: str | None
    begun: Any


@dataclass(frozen=True, slots=True)
class Order:
    """All lines of one order and customer that were bought, or that were given back."""

    order_id: str
    who: str
    is_return: bool
    lines: Sequence[Line]

    @property
    def ts(self) -> int:
        """When it happened: its first line's time, in microseconds since 1970."""
        return min(line.ts for line in self.lines)

    @property
    def amount(self) -> float:
        """What it is worth, below zero for a return."""
        return sum(line.amount for line in self.lines)


@dataclass(slots=True)
class Tally:
    """What became of the lines. `lines` = sold + charges + returned + the sum of `refused`."""

    lines: int = 0
    sold: int = 0
    charges: int = 0
    returned: int = 0
    filled: int = 0
    repeats_kept: int = 0
    amount_sold: float = 0.0
    amount_charges: float = 0.0
    amount_returned: float = 0.0
    amount_refused: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)
    amounts_refused: dict[str, float] = field(default_factory=dict)


class Book:
    """The staged lines of one import, judged."""

    def __init__(self, staged: Path, mapping: OrderMapping, *, memory: str = "512MB") -> None:
        spill = staged.with_suffix(".spill")
        config: Mapping[str, Any] = {"memory_limit": memory, "threads": 2, "temp_directory": str(spill)}
        self._database = duckdb.connect(str(staged.with_suffix(".duckdb")), config=dict(config))
        self._database.execute("SET preserve_insertion_order = false")
        self._database.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet('{staged}')")  # noqa: S608 - our path
        self.dates = self._dates()
        self._database.execute(_DATED.format(*_READ_AS[self.dates]))
        self._database.execute(_JUDGE.format(**self._rules(mapping)))

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _dates(self) -> Dates:
        """In which order the file writes day and month, as those of its dates show that can be read in one way alone."""
        dmy, mdy, both = self._database.execute(_EVIDENCE).fetchone() or (0, 0, 0)
        if dmy == mdy:
            return "unknown" if both else "told"
        return "dmy" if dmy > mdy else "mdy"

    def _rules(self, mapping: OrderMapping) -> dict[str, str]:
        anonymous = "'{\"anonymous_id\":' || to_json('order-' || l.order_id) || '}'"
        return {
            "anonymous": anonymous if mapping.no_customer == "anonymous" else "NULL",
            "charge": self._charge(mapping),
            "refuse_repeats": "TRUE" if mapping.repeats == "refuse" else "FALSE",
        }

    def _charge(self, mapping: OrderMapping) -> str:
        """Postage, discounts and fees are lines whose code has no digit, in files whose codes otherwise have one."""
        listed = ", ".join("'" + code.replace("'", "''") + "'" for code in mapping.charges)
        told = f"coalesce(sku IN ({listed}), FALSE)" if listed else "FALSE"
        share = "SELECT avg(regexp_matches(sku, '[0-9]')::INT) FROM lines WHERE sku IS NOT NULL"
        (with_digit,) = self._database.execute(share).fetchone() or (None,)
        if with_digit is None or with_digit < _CODES_WITH_DIGITS:
            return told
        return f"({told} OR coalesce(NOT regexp_matches(sku, '[0-9]'), FALSE))"

    def tally(self) -> Tally:
        """How many lines of which kind there are, and what they are worth."""
        tally = Tally()
        for problem, is_return, charge, count, amount, filled, repeats in self._database.execute(_TALLY).fetchall():
            tally.lines += count
            tally.filled += filled or 0
            tally.repeats_kept += repeats or 0
            if problem is not None:
                _refuse(tally, problem, count, amount)
            else:
                _keep(tally, "returned" if is_return else "charges" if charge else "sold", count, amount)
        tally.refused = dict(sorted(tally.refused.items()))
        return tally

    def first(self, count: int) -> list[Judged]:
        """The first lines, and the first one of each thing that is wrong with any."""
        return [Judged._make(row) for row in self._database.execute(_FIRST, [count]).fetchall()]

    def orders(self) -> Iterator[Order]:
        """Orders and returns by the time they began."""
        for (order_id, who, is_return), lines in groupby(self._lines(), key=lambda line: line[:3]):
            yield Order(order_id, who, is_return, tuple(lines))

    def refused(self) -> Iterator[tuple[int, str]]:
        """Numbers of the refused lines with what is wrong, in the order of the file."""
        found = self._database.cursor()
        found.execute("SELECT row, problem FROM judged WHERE problem IS NOT NULL ORDER BY row")
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            yield from rows

    def refused_lines(self) -> Iterator[tuple[str, int, str, dict[str, Any]]]:
        """Refused lines by file and number, with what is wrong and what was understood of them."""
        names = ("order_id", "who", "sku", "name", "quantity", "price", "amount", "ts")
        found = self._database.cursor()
        found.execute(
            "SELECT file, number, problem, order_id, who, sku, name, quantity, price, amount, ts::VARCHAR AS ts FROM judged "
            "WHERE problem IS NOT NULL ORDER BY row"
        )
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            for file, number, problem, *values in rows:
                yield file, number, problem, dict(zip(names, values, strict=True))

    def _lines(self) -> Iterator[Line]:
        found = self._database.cursor()
        found.execute(_ORDERS)
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            yield from map(Line._make, rows)


def identities_of(who: str) -> dict[str, str]:
    """A customer's identities by kind."""
    return msgspec.json.decode(who, type=dict[str, str])


def _refuse(tally: Tally, problem: str, count: int, amount: float) -> None:
    tally.refused[problem] = tally.refused.get(problem, 0) + count
    tally.amounts_refused[problem] = tally.amounts_refused.get(problem, 0.0) + amount
    tally.amount_refused += amount


def _keep(tally: Tally, kind: str, count: int, amount: float) -> None:
    setattr(tally, kind, getattr(tally, kind) + count)
    name = f"amount_{kind}"
    setattr(tally, name, getattr(tally, name) + amount)
