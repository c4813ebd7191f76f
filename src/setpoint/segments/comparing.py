"""Comparisons of a column with a value of the tree, by number forms and text forms, as Ibis expressions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import ibis

from setpoint.segments.live import COMPARISONS
from setpoint.segments.types import Operand, Scalar
from setpoint.segments.values import LARGEST_PLAIN, NUMBER_PATTERN, text_form


def holds(column: Any, op: str, value: Operand) -> Any:
    """Whether a comparison that takes a value holds; null or false where the column is null."""
    match op:
        case "contains":
            return texts(column).contains(str(value))
        case "in":
            return _is_in(column, value if isinstance(value, tuple) else ())
        case "!=":
            return ~_compare("=", column, value).fill_null(False)
        case _:
            return _compare(op, column, value)


def is_number(literal: object) -> bool:
    """Whether a value of the tree is compared with number forms."""
    return isinstance(literal, int | float) and not isinstance(literal, bool)


def numbers(column: Any) -> Any:
    """The number form of each value; null where there is none."""
    if column.type().is_numeric():
        return column.cast("float64")
    text = texts(column)
    number = text.try_cast("float64")
    return ibis.ifelse(text.re_search(f"^{NUMBER_PATTERN}$") & ~number.isinf(), number, ibis.null("float64"))


def texts(column: Any) -> Any:
    """The text form of each value."""
    kind = column.type()
    if kind.is_boolean():
        return ibis.cases((column, "true"), (~column, "false"))
    if kind.is_numeric():
        number = column.cast("float64")
        plain = (number == number.floor()) & (number.abs() < LARGEST_PLAIN)
        whole = ibis.ifelse(plain, number, 0.0).cast("int64").cast("string")
        return ibis.ifelse(plain, whole, number.cast("string"))
    return column


def _is_in(column: Any, values: Iterable[Scalar]) -> Any:
    wanted = [float(item) for item in values if is_number(item)]
    spelled = [text_form(item) for item in values if not is_number(item)]
    among = [numbers(column).isin(wanted)] if wanted else []
    among += [texts(column).isin(spelled)] if spelled else []
    return among[0] if len(among) == 1 else reduce(lambda left, right: left | right, among, ibis.literal(False))


def _compare(op: str, column: Any, literal: Operand) -> Any:
    if is_number(literal):
        return COMPARISONS[op](numbers(column), float(literal))  # type: ignore[arg-type]
    return COMPARISONS[op](texts(column), text_form(literal))
