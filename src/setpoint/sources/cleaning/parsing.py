"""Text to values, column by column: each distinct text is parsed once, however many rows repeat it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.events.moments import stated, with_time
from setpoint.events.problems import BadRow

T = TypeVar("T")
_SIGN = r"[A-Z]{3}|[A-Z]{0,3}\$|kr\.?|zł|Kč|Ft|lei|Rs\.?|元|圆|円|원|руб\.?"
_MONEY = re.compile(rf"^(?:{_SIGN})(?=[\d.,(+-])|(?<=[\d.,)])(?:{_SIGN})$")
_BLANK = re.compile(r"[\s'’]")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+|\d{1,3}(\.\d{3}){2,}")
_INDIAN = re.compile(r"\d{1,2}(,\d{2})*,\d{3}")
_COMMA_DECIMALS = re.compile(r".*\d,\d{1,2}\D*|.*\.\d{3},\d+\D*", re.DOTALL)
_POINT_DECIMALS = re.compile(r".*\d\.\d{1,2}\D*|.*,\d{3}\.\d+\D*", re.DOTALL)
Decimals = Literal["auto", "comma", "point"]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def as_text(column: Any) -> pa.Array:
    """A column as trimmed text, one chunk; blank cells are null."""
    whole = _one_chunk(column)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if pa.types.is_null(whole.type):
        return whole.cast(pa.string())
    text = whole if pa.types.is_string(whole.type) else _cast_to_text(whole)
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def map_unique(column: pa.Array, convert: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """Each text converted; null stays null, and what `convert` answers with None becomes null."""
    coded = column.dictionary_encode()
    values = [None if text is None else convert(text) for text in coded.dictionary.to_pylist()]
    return pa.array(values, kind).take(coded.indices)


def numbers(column: Any, decimals: Decimals = "auto") -> pa.Array:
    """Numbers as people write them ("1,234.50", "1.234,50 €", "(12)"); null where a text is none."""
    whole = _one_chunk(column)
    if pa.types.is_integer(whole.type) or pa.types.is_floating(whole.type) or pa.types.is_decimal(whole.type):
        plain = whole.cast(pa.float64(), safe=False)
        return pc.if_else(pc.is_finite(plain), plain, pa.scalar(None, pa.float64()))
    return map_unique(as_text(whole), lambda text: number_of(text, decimals), pa.float64())


def decimals_of(columns: Iterable[Any]) -> Decimals:
    """What separates the decimals in these columns, where some of their texts say it and none says otherwise: it tells
    whether 1.234 is a thousand or one."""
    texts = {text for column in columns for text in as_text(column).unique().to_pylist() if text is not None}
    comma = any(_COMMA_DECIMALS.fullmatch(text) for text in texts)
    point = any(_POINT_DECIMALS.fullmatch(text) for text in texts)
    return "auto" if comma == point else "comma" if comma else "point"


def numbers_as_text(column: pa.Array) -> pa.Array:
    """Numbers as plain text, for columns that hold other text too."""
    return pa.array([None if value is None else f"{value:.15g}" for value in column.to_pylist()], pa.string())


@lru_cache(maxsize=65_536)
def number_of(text: str, decimals: Decimals = "auto") -> float | None:
    """The number that a text states; None when it states none. `decimals` settles what 1.234 and 1,234 are: one, unless
    a comma separates the decimals, and a thousand, unless it does."""
    bare = _without_money(_BLANK.sub("", unicodedata.normalize("NFKC", text)).replace("\u2212", "-"))
    negative = (bare.startswith("(") and bare.endswith(")")) or bare.endswith("-")
    bare = _with_decimal_point(bare.strip("()") if bare.startswith("(") else bare.removesuffix("-"), decimals)
    if not _NUMBER.fullmatch(bare):
        return None
    value = float(bare)
    return None if not math.isfinite(value) else -value if negative else value


def _without_money(text: str) -> str:
    """A currency's sign or code in front or behind says nothing of the number."""
    bare = _MONEY.sub("", _MONEY.sub("", text.replace("-$", "$-")))
    return "".join(each for each in bare if unicodedata.category(each) != "Sc")


def _with_decimal_point(text: str, decimals: Decimals) -> str:
    """The later of comma and point separates the decimals; one that stands before groups of three alone separates
    thousands."""
    if "," in text and "." in text:
        thousands, decimal = (",", ".") if text.rfind(".") > text.rfind(",") else (".", ",")
        return text.replace(thousands, "").replace(decimal, ".")
    unsigned = text.lstrip("+-")
    if decimals == "comma" and "," in text:
        return text.replace(",", ".", 1)
    if decimals == "comma" and re.fullmatch(r"\d{1,3}\.\d{3}", unsigned):
        return text.replace(".", "")
    if _THOUSANDS.fullmatch(unsigned) or _INDIAN.fullmatch(unsigned):
        return text.replace(",", "") if "," in text else text.replace(".", "")
    return text.replace(",", ".", 1)


def moments(column: Any, *, zone: str = "UTC", order: str = "ymd") -> pa.Array:
    """Moments in UTC, in microseconds; a text without a zone is local to `zone`; null where it is no time.

    `order` reads dates with slashes or points: "dmy" or "mdy"; "ymd" takes neither.
    """
    whole = _one_chunk(column)
    local = zone_of(zone)
    if pa.types.is_timestamp(whole.type) and (whole.type.tz or zone == "UTC"):
        return whole.cast(pa.timestamp("us", whole.type.tz), safe=False).cast(pa.timestamp("us"))
    if pa.types.is_date(whole.type):
        return whole.cast(pa.timestamp("us"))
    return map_unique(as_text(whole), lambda text: moment_in(text, local, order), pa.timestamp("us"))


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The time zone of this name; UTC for a name that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def moment_in(text: str, local: tzinfo, order: str = "ymd") -> datetime | None:
    """The moment in UTC (naive) that a text states; None when it states none or lies outside 1900 to 2200."""
    moment = _ordered(text, order) or _read(text)
    if moment is None or not 1900 <= moment.year <= 2200:
        return None
    aware = moment.replace(tzinfo=local) if moment.tzinfo is None else moment
    return aware.astimezone(UTC).replace(tzinfo=None)


_PARTS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})((?:[ T,].*)?)", re.DOTALL)


def _ordered(text: str, order: str) -> datetime | None:
    found = _PARTS.fullmatch(text) if order != "ymd" else None
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    day, month = (first, second) if order == "dmy" else (second, first)
    try:
        return with_time(year + 2000 if year < 100 else year, month, day, found[4])
    except ValueError:
        return None


def _read(text: str) -> datetime | None:
    try:
        return stated(text)
    except BadRow:
        return None


def _one_chunk(column: Any) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def _cast_to_text(column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        return pa.array([None if value is None else _shown(value) for value in column.to_pylist()], pa.string())


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
