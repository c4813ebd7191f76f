"""Rules laid over rows, column by column. Pure: the same rows and rules give the same result, and no row is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.sources.cleaning import places, values
from setpoint.sources.cleaning.parsing import as_text, map_unique, moment_in, numbers, numbers_as_text, zone_of

FLAG = " outlier"
Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Touched:
    """What one rule did: cells changed, emptied and flagged, rows refused; with some of them before and after."""

    changed: int = 0
    emptied: int = 0
    flagged: int = 0
    refused: int = 0
    examples: Sequence[tuple[Any, Any]] = ()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows after all rules. `refused_by` says for each row of the input which rule (from 1) refused it; 0: none did.

    `table` has all rows of the input in their order, refused ones too.
    """

    table: pa.Table
    refused_by: pa.Array
    touched: Sequence[Touched] = field(default_factory=tuple)

    @property
    def kept(self) -> pa.Table:
        """The rows that no rule refused."""
        return self.table.filter(pc.equal(self.refused_by, 0))


def clean(table: pa.Table, rules: Sequence[Rule]) -> Cleaned:
    """Lay the rules over the rows in their order. A row that one rule refused is left alone by those behind it."""
    refused_by = pa.array([0] * table.num_rows, pa.int64())
    touched: list[Touched] = []
    for place, rule in enumerate(rules, start=1):
        if not rule.get("enabled", True) or rule["column"] not in table.column_names or not table.num_rows:
            touched.append(Touched())
            continue
        table, newly, told = _one(table, rule, pc.equal(refused_by, 0))
        refused_by = pc.if_else(newly, place, refused_by)
        touched.append(told)
    return Cleaned(table, refused_by, touched)


def _one(table: pa.Table, rule: Rule, alive: pa.Array) -> tuple[pa.Table, pa.Array, Touched]:
    """The table after one rule, the rows that it refused, and what it did."""
    column = rule["column"]
    before = table[column].combine_chunks()
    before = before if isinstance(before, pa.Array) else before.chunk(0)
    after, refused, flags = _KINDS[rule["kind"]](before, rule, alive)
    refused = pc.and_(pc.fill_null(refused, False), alive)
    if after is not before:
        after = _merged(before, after, pc.and_(alive, pc.invert(refused)))
        table = table.set_column(table.column_names.index(column), column, after)
    if flags is not None:
        table = _flagged(table, column, pc.and_(pc.fill_null(flags, False), alive))
    return table, refused, _told(before, after, refused, flags)


def _merged(before: pa.Array, after: pa.Array, where: pa.Array) -> pa.Array:
    """`after` where a row is to be cleaned, else `before`; a refused row has no place in a column of another type."""
    return pc.if_else(where, after, before if after.type == before.type else pa.scalar(None, after.type))


def _flagged(table: pa.Table, column: str, flags: pa.Array) -> pa.Table:
    """A column of its own that says which values are outliers; flags of an earlier rule stay."""
    name = column + FLAG
    if name not in table.column_names:
        return table.append_column(name, flags)
    return table.set_column(table.column_names.index(name), name, pc.or_(flags, table[name].combine_chunks()))


def _told(before: pa.Array, after: pa.Array, refused: pa.Array, flags: pa.Array | None) -> Touched:
    old, new = as_text(before), as_text(after)
    differs = pc.fill_null(pc.not_equal(pc.fill_null(old, ""), pc.fill_null(new, "")), False)
    emptied = pc.and_(differs, pc.is_null(new))
    shown = pc.indices_nonzero(pc.or_(differs, refused))[:5]
    return Touched(
        changed=_count(differs) - _count(emptied),
        emptied=_count(emptied),
        flagged=_count(flags) if flags is not None else 0,
        refused=_count(refused),
        examples=tuple(zip(old.take(shown).to_pylist(), new.take(shown).to_pylist(), strict=True)),
    )


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


Outcome = tuple[pa.Array, pa.Array, pa.Array | None]


def _spelled(column: pa.Array, convert: Callable[[str], str | None], on_bad: str, kind: pa.DataType) -> Outcome:
    """Each distinct text converted; what cannot be is kept, emptied, or its row refused."""
    text = as_text(column)
    found = map_unique(text, convert, kind)
    bad = pc.and_(pc.is_valid(text), pc.is_null(found))
    if on_bad == "keep" and pc.any(bad).as_py():
        found = pc.if_else(bad, text, as_text(found))
    return found, pc.and_(bad, pa.scalar(on_bad == "refuse")), None


def _text(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    def convert(text: str) -> str | None:
        tidy = values.tidy(text)
        return tidy and values.cased(tidy, rule["case"])

    return _spelled(column, convert, "empty", pa.string())


def _name(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, values.person_name, "empty", pa.string())


def _email(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, lambda text: values.email(text, mend=rule["mend"]), rule["on_bad"], pa.string())


def _phone(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, lambda text: values.phone(text, rule["region"]), rule["on_bad"], pa.string())


def _currency(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, values.currency, rule["on_bad"], pa.string())


def _timezone(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, values.timezone, rule["on_bad"], pa.string())


def _country(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, places.country, rule["on_bad"], pa.string())


def _postcode(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, lambda text: places.postcode(text, rule["region"]), rule["on_bad"], pa.string())


def _address(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    convert = places.chinese_address if rule["region"] == "CN" else values.tidy
    return _spelled(column, convert, rule["on_bad"], pa.string())


def _boolean(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    return _spelled(column, values.boolean, rule["on_bad"], pa.string())


def _date(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    zone = zone_of(rule["timezone"])

    def convert(text: str) -> str | None:
        moment = moment_in(text, zone, rule["order"])
        if moment is None:
            return None
        return moment.date().isoformat() if rule["day_only"] else f"{moment.isoformat()}Z"

    return _spelled(column, convert, rule["on_bad"], pa.string())


def _number(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    found = numbers(column)
    bad = pc.and_(pc.is_valid(as_text(column)), pc.is_null(found))
    if rule["on_bad"] == "keep" and pc.any(bad).as_py():
        found = pc.if_else(bad, as_text(column), numbers_as_text(found))
    return found, pc.and_(bad, pa.scalar(rule["on_bad"] == "refuse")), None


def _missing(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    filling = rule.get("value") if rule["how"] == "constant" else rule.get("fitted", {}).get("value")
    if rule["how"] == "leave" or filling in (None, ""):
        return column, _no(column), None
    text = as_text(column)
    if isinstance(filling, int | float) and not isinstance(filling, bool):
        found = numbers(column)
        if pc.all(pc.equal(pc.is_null(found), pc.is_null(text))).as_py():
            return pc.fill_null(found, float(filling)), _no(column), None
    return pc.fill_null(text, str(filling)), _no(column), None


def _outliers(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    fitted = rule if rule["method"] == "bounds" else rule.get("fitted", {})
    low, high, do = fitted.get("low"), fitted.get("high"), rule["do"]
    found = numbers(column)
    beyond = pc.or_(_beyond(found, low, pc.less), _beyond(found, high, pc.greater))
    if do == "flag":
        return column, _no(column), beyond
    if do == "refuse":
        return column, beyond, None
    if not pc.any(beyond).as_py():
        return column, _no(column), None
    if do == "empty":
        return pc.if_else(beyond, pa.scalar(None, column.type), column), _no(column), None
    return _clipped(column, found, beyond, low, high), _no(column), None


def _clipped(column: pa.Array, found: pa.Array, beyond: pa.Array, low: Any, high: Any) -> pa.Array:
    bounded = found if low in (None, "") else pc.max_element_wise(found, float(low), skip_nulls=False)
    bounded = bounded if high in (None, "") else pc.min_element_wise(bounded, float(high), skip_nulls=False)
    if pc.all(pc.or_(pc.is_null(as_text(column)), pc.is_valid(found))).as_py():
        return bounded
    return pc.if_else(beyond, numbers_as_text(bounded), as_text(column))


def _beyond(found: pa.Array, bound: Any, compare: Callable[[pa.Array, float], pa.Array]) -> pa.Array:
    return _no(found) if bound in (None, "") else pc.fill_null(compare(found, float(bound)), False)


def _values(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    fold = str.casefold if rule["ignore_case"] else str
    pairs = {fold(old): new for old, new in rule["map"].items()}
    results = set(rule["map"].values())

    def convert(text: str) -> str | None:
        # A result of the map stays as it is, so that a second run changes nothing.
        return text if text in results else pairs.get(fold(text))

    return _spelled(column, convert, rule["others"], pa.string())


def _duplicates(column: pa.Array, rule: Rule, alive: pa.Array) -> Outcome:
    text = pc.if_else(alive, as_text(column), pa.scalar(None, pa.string()))
    coded = text.dictionary_encode().indices.to_pylist()
    order = range(len(coded)) if rule["keep"] == "first" else range(len(coded) - 1, -1, -1)
    seen: set[int] = set()
    repeated = [False] * len(coded)
    for place in order:
        code = coded[place]
        if code is not None:
            repeated[place] = code in seen
            seen.add(code)
    return column, pa.array(repeated, pa.bool_()), None


def _no(column: pa.Array) -> pa.Array:
    return pa.array([False] * len(column), pa.bool_())


_KINDS: Mapping[str, Callable[[pa.Array, Rule, pa.Array], Outcome]] = {
    "text": _text,
    "name": _name,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "currency": _currency,
    "timezone": _timezone,
    "country": _country,
    "postcode": _postcode,
    "address": _address,
    "missing": _missing,
    "outliers": _outliers,
    "values": _values,
    "duplicates": _duplicates,
}
