"""Conditions of events, each as the set of customers for whom it holds: filtered rows of the lake, grouped.

What can be told from the newest rows alone reads no older ones: the lake's files are by month, and by event inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import ibis

from setpoint.engine.ids import Fold
from setpoint.engine.ordered import property_column
from setpoint.engine.properties import is_nested, is_number, property_text
from setpoint.segments import comparing
from setpoint.segments.live import COMPARISONS, WORTH
from setpoint.segments.types import (
    All,
    AnyOf,
    CountOp,
    Filter,
    Followed,
    Happened,
    Measured,
    Not,
    OfEvents,
    Performed,
    Property,
    Window,
)
from setpoint.segments.values import number_form

_OPPOSITE: Mapping[CountOp, CountOp] = {"=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_DECIMALS = 6
Grouped: TypeAlias = "Performed | Measured | Happened"
"""Conditions that are told by what is reckoned of a customer's rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """A condition holds for exactly those in `ids` (a table with `customer_id`; None: nobody), or, where
    `is_left_out`, for exactly the others."""

    ids: Any
    is_left_out: bool = False


class Moments:
    """The edges of windows in a query that is written once and run at many moments: places that are filled when it runs."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Window, Literal["start", "end"]]] = {}

    def start(self, window: Window) -> Any:
        """The first moment of a window; None where it has no beginning."""
        has_one = window.within_days is not None or window.since is not None
        return self._place(window, "start") if has_one else None

    def end(self, window: Window) -> Any:
        """The first moment that no longer counts: never after `as_of`."""
        return self._place(window, "end")

    def filled(self, sql: str, as_of: datetime) -> str:
        """The query as of a moment (aware UTC)."""
        for place, (window, edge) in self._places.items():
            start, end = window.bounds(as_of)
            at = min(end, as_of) if edge == "end" or start is None else start
            sql = sql.replace(place, f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}")
        return sql

    def _place(self, window: Window, edge: Literal["start", "end"]) -> Any:
        known = next((place for place, told in self._places.items() if told == (window, edge)), None)
        place = known or f"{_MARK}{len(self._places):04d}"
        self._places[place] = window, edge
        return ibis.literal(place).cast("timestamp")


_MARK = f"@{uuid4().hex}:"
"""Begins a place in a query; nobody's text begins so."""


def did(node: OfEvents, events: Any, moments: Moments, *, dialect: str) -> Found:
    """For whom a condition of events holds; `events` is the lake's table."""
    reader = _Events(events, moments, dialect)
    match node:
        case Performed():
            return reader.performed(node)
        case Measured():
            return Found(reader.together([node]))
        case Happened():
            return Found(reader.happened(node))
        case Followed():
            return Found(reader.followed(node))


def counted(node: Performed, events: Any, moments: Moments, *, dialect: str) -> Any:
    """The rows that a condition counts."""
    return _Events(events, moments, dialect).seen(*rows_of(node))


def reckoned(node: Measured | Happened | Followed, events: Any, moments: Moments, *, dialect: str) -> tuple[Any, Fold]:
    """What is reckoned of each customer, before it is compared: rows (customer, value), and how the values of one become
    one. Values are numbers, times, or the microseconds between the two events of a sequence."""
    reader = _Events(events, moments, dialect)
    match node:
        case Measured():
            return reader.numbers(node), node.measure
        case Happened():
            return reader.times(node), "min" if node.edge == "first" else "max"
        case Followed():
            return reader.gaps(node), "min"


def holds_without(node: Performed) -> bool:
    """Whether the condition holds for who never did it."""
    return COMPARISONS[node.op](0, node.count)


def did_all(nodes: Sequence[Grouped], events: Any, moments: Moments, *, dialect: str) -> Found:
    """For whom all of some conditions hold that count the same rows; see `alike`."""
    return Found(_Events(events, moments, dialect).together(nodes))


def alike(nodes: Iterable[object]) -> list[list[Grouped]]:
    """Those of the conditions that count the same rows and hold for none who has none: they are read in one go."""
    found: dict[str, list[Grouped]] = {}
    for node in nodes:
        if isinstance(node, Measured | Happened) or (isinstance(node, Performed) and not holds_without(node)):
            found.setdefault(repr(rows_of(node)), []).append(node)
    return [each for each in found.values() if len(each) > 1]


def rows_of(node: Grouped) -> tuple[str, Filter | None, Window]:
    """The rows that a condition counts: of an event, that pass a filter, in a window. A first time is the first of
    all, so it counts from the beginning, and a last one until now."""
    window = node.window
    if isinstance(node, Happened):
        is_first = node.edge == "first"
        window = (
            Window(None, window.older_days, None, window.until)
            if is_first
            else replace(window, older_days=0, until=None)
        )
    return node.event, node.where, window


class _Events:
    def __init__(self, events: Any, moments: Moments, dialect: str) -> None:
        self._events, self._moments, self._dialect = events, moments, dialect

    def performed(self, node: Performed) -> Found:
        """Who never did it is in no group; so where none is enough, those are found who did it another number of times."""
        is_left_out = holds_without(node)
        op = _OPPOSITE[node.op] if is_left_out else node.op
        if op == "<" and node.count == 0:
            return Found(None, is_left_out)
        if (op, node.count) in ((">=", 1), (">", 0), ("!=", 0)):
            return Found(self.seen(*rows_of(node)), is_left_out)
        return Found(self.together([replace(node, op=op)]), is_left_out)

    def happened(self, node: Happened) -> Any:
        is_any = node.edge == "first" and self._moments.start(node.window) is None
        return self.seen(*rows_of(node)) if is_any else self.together([node])

    def together(self, nodes: Sequence[Grouped]) -> Any:
        """Who fulfils all of some conditions that count the same rows: one grouping with a column for each."""
        seen = self.seen(*rows_of(nodes[0]))
        reckoned = {f"found_{number}": self._reckoned(node, seen) for number, node in enumerate(nodes)}
        grouped = seen.group_by("customer_id").agg(**reckoned)
        return grouped.filter(
            *(self._suffices(node, grouped[name]) for name, node in zip(reckoned, nodes, strict=True))
        )

    def _reckoned(self, node: Grouped, seen: Any) -> Any:
        match node:
            case Performed():
                return seen.count()
            case Happened():
                return seen.ts.min() if node.edge == "first" else seen.ts.max()
            case Measured():
                number = self._number(seen, node.property)
                return {"sum": number.sum().round(_DECIMALS), "min": number.min(), "max": number.max()}[node.measure]

    def _suffices(self, node: Grouped, found: Any) -> Any:
        """The last time is in a window that begins at a moment if there is one since then, and none after its end."""
        match node:
            case Performed():
                return COMPARISONS[node.op](found, node.count)
            case Measured():
                holds: Any = COMPARISONS[node.op](found, float(node.amount))
                return holds.fill_null(False)
            case Happened() if node.edge == "last":
                is_until_now = not node.window.older_days and node.window.until is None
                return ibis.literal(True) if is_until_now else found < self._moments.end(node.window)
            case Happened():
                start = self._moments.start(node.window)
                return ibis.literal(True) if start is None else found >= start

    def followed(self, node: Followed) -> Any:
        if node.within_hours is not None:
            return self._pairs(node, node.within_hours).select("customer_id")
        first, then = self._steps(node)
        earliest = first.group_by("customer_id").agg(earliest=first.ts.min())
        latest = then.group_by("customer_id").agg(latest=then.ts.max())
        both = earliest.join(latest, earliest.customer_id == latest.customer_id)
        return both.filter(both.earliest < both.latest).select("customer_id")

    def gaps(self, node: Followed) -> Any:
        """The times from one event to the other."""
        pairs = self._pairs(node)
        return pairs.select("customer_id", gap=pairs.at.delta(pairs.ts, unit="microsecond"))

    def numbers(self, node: Measured) -> Any:
        """The numbers that a measure is taken of."""
        seen = self.seen(*rows_of(node))
        return seen.select("customer_id", number=self._number(seen, node.property))

    def times(self, node: Happened) -> Any:
        """The times of which the first or last is meant."""
        return self.seen(*rows_of(node)).select("customer_id", "ts")

    def _pairs(self, node: Followed, within_hours: int | None = None) -> Any:
        """Each of the first event with each of the other that came after it."""
        first, then = self._steps(node)
        first, then = first.select("customer_id", "ts"), then.select(who="customer_id", at="ts")
        near = [first.customer_id == then.who, then.at > first.ts]
        if within_hours is not None:
            near.append(then.at <= first.ts + ibis.interval(hours=within_hours))
        return first.join(then, near)

    def _steps(self, node: Followed) -> tuple[Any, Any]:
        return tuple(self.seen(step.event, step.where, node.window) for step in (node.first, node.then))

    def seen(self, event: str, where: Filter | None, window: Window) -> Any:
        """Rows of an event in a window that pass a filter."""
        events = self._events
        kept = [events.event == event, events.ts < self._moments.end(window)]
        start = self._moments.start(window)
        if start is not None:
            kept.append(events.ts >= start)
        rows = events.filter(*kept)
        return rows if where is None else rows.filter(self._passes(where, rows))

    def _passes(self, node: Filter, rows: Any, *, inside_not: bool = False) -> Any:
        """Whether a row passes; null counts as no, but not inside of `not`: there it is made false."""
        match node:
            case Not(inner):
                return ~self._passes(inner, rows, inside_not=True)
            case All(nodes):
                each = [self._passes(one, rows, inside_not=inside_not) for one in nodes]
                return reduce(lambda left, right: left & right, each) if each else ibis.literal(True)
            case AnyOf(nodes):
                each = [self._passes(one, rows, inside_not=inside_not) for one in nodes]
                return reduce(lambda left, right: left | right, each) if each else ibis.literal(False)
            case Property():
                found = self._property(node, rows)
                return found.fill_null(False) if inside_not else found

    def _property(self, node: Property, rows: Any) -> Any:
        column = rows.value if node.name == WORTH else self._text(rows, node.name)
        if node.op == "missing":
            return column.isnull()
        if node.op == "exists":
            return column.notnull()
        if node.name == WORTH or _is_told_by_text_alone(node):
            found = comparing.holds(column, node.op, node.value)
        else:
            found = comparing.holds(self._spelled(rows, node.name), node.op, node.value).fill_null(node.op == "!=")
        return column.notnull() & found if node.op == "!=" else found

    def _spelled(self, rows: Any, name: str) -> Any:
        """The text form of a property: null for lists and objects, numbers in their shortest form."""
        text = self._text(rows, name)
        number = comparing.texts(text.try_cast("float64"))
        plain = ibis.ifelse(is_number(rows.properties, name, self._dialect), number, text)
        return ibis.ifelse(is_nested(rows.properties, name, self._dialect), ibis.null("string"), plain)

    def _number(self, rows: Any, name: str) -> Any:
        if name == WORTH:
            return rows.value
        return comparing.numbers(self._text(rows, name))

    def _text(self, rows: Any, name: str) -> Any:
        """A property as text: from its own column, where the rows have one."""
        if property_column(name) in rows.columns:
            return rows[property_column(name)]
        return property_text(rows.properties, name, self._dialect)


def _is_told_by_text_alone(node: Property) -> bool:
    """Whether the comparison comes out the same without asking what type of JSON value the text stands for."""
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    if node.op not in ("=", "!=", "in"):
        return comparing.is_number(node.value)
    return all(
        comparing.is_number(value)
        or (isinstance(value, str) and number_form(value) is None and not value.startswith(("[", "{")))
        for value in values
    )
