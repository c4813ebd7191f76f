"""Text to values, column by column: each distinct text is parsed once, however many rows repeat it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from setpoint.events.mapping import moment_of
from setpoint.events.problems import BadRow

T = TypeVar("T")
_CURRENCY = re.compile(r"[\s\u00a0\u202f'’$€£¥￥₹₽元]|^[A-Z]{3}(?=[\s\d.,-])|(?<=[\d\s])[A-Z]{3}$")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
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


def numbers(column: Any) -> pa.Array:
    """Numbers as people write them ("1,234.50", "1.234,50 €", "(12)"); null where a text is none."""
    whole = _one_chunk(column)
    if pa.types.is_integer(whole.type) or pa.types.is_floating(whole.type) or pa.types.is_decimal(whole.type):
        plain = whole.cast(pa.float64(), safe=False)
        return pc.if_else(pc.is_finite(plain), plain, pa.scalar(None, pa.float64()))
    return map_unique(as_text(whole), number_of, pa.float64())


def numbers_as_text(column: pa.Array) -> pa.Array:
    """Numbers as plain text, for columns that hold other text too."""
    return pa.array([None if value is None else f"{value:.15g}" for value in column.to_pylist()], pa.string())


@lru_cache(maxsize=65_536)
def number_of(text: str) -> float | None:
    """The number that a text states; None when it states none."""
    bare = _CURRENCY.sub("", text.strip())
    negative = bare.startswith("(") and bare.endswith(")")
    bare = _with_decimal_point(bare[1:-1] if negative else bare)
    if not _NUMBER.fullmatch(bare):
        return None
    value = float(bare)
    return None if not math.isfinite(value) else -value if negative else value


def _with_decimal_point(text: str) -> str:
    """The later of comma and point separates the decimals; commas before groups of three alone separate thousands."""
    if "," not in text:
        return text.replace(".", "") if text.count(".") > 1 else text
    if "." in text:
        thousands, decimals = (",", ".") if text.rfind(".") > text.rfind(",") else (".", ",")
        return text.replace(thousands, "").replace(decimals, ".")
    if _THOUSANDS.fullmatch(text.lstrip("+-")):
        return text.replace(",", "")
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


_PARTS = re.compile(
    r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?"
)


def _ordered(text: str, order: str) -> datetime | None:
    found = _PARTS.fullmatch(text) if order != "ymd" else None
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    day, month = (first, second) if order == "dmy" else (second, first)
    hour = int(found[4] or 0) % 12 + 12 * (found[7].lower() == "pm") if found[7] else int(found[4] or 0)
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, int(found[5] or 0), int(found[6] or 0))  # noqa: DTZ001 - local
    except ValueError:
        return None


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return moment_of(text)
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
