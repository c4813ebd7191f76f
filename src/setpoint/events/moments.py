"""Moments as people and programs write them. One that can be read in two ways (03/04/2026) is none here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from setpoint.events.messages import EPOCH
from setpoint.events.problems import BadRow

_DAY = re.compile(r"\d{8}")
_EPOCH_NUMBER = re.compile(r"\d{9,16}(?:\.\d+)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[/.-]|\s*年\s*)(\d{1,2})(?:[/.-]|\s*月\s*)(\d{1,2})\s*日?(.*)", re.DOTALL)
_MONTHS = {
    name: place
    for place, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NAMED_MONTH = re.compile(
    rf"(?:[a-z]{{3,9}}\.?,?\s+)?(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH}|"
    rf"{_MONTH.replace('month', 'month_first')}\s+(?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?)"
    r",?[\s-]+(?P<year>\d{4})(?P<time>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TIME = re.compile(r"[\sT,]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*(.*)", re.DOTALL)
_ZONE = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{2}):?(\d{2})?", re.IGNORECASE)
_HALVES = {"am": 0, "a.m.": 0, "上午": 0, "pm": 12, "p.m.": 12, "下午": 12}


def moment_of(value: Any) -> datetime:
    """The moment that a cell states: ISO 8601, 2026/3/2, 2026年3月2日 or 2 March 2026 with or without time, YYYYMMDD, or
    seconds or milliseconds since 1970. Without a zone it is UTC. Raises BadRow.
    """
    moment = stated(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def stated(value: Any) -> datetime:
    """The same, without a zone where the cell states none."""
    try:
        return _stated(value)
    except (ValueError, OverflowError):
        raise BadRow("bad_time", value=str(value)) from None


def _stated(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local
    text = str(value).strip()
    if _DAY.fullmatch(text):
        return datetime(int(text[:4]), int(text[4:6]), int(text[6:]))  # noqa: DTZ001 - local
    if _EPOCH_NUMBER.fullmatch(text):
        return _since_1970(float(text))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _spelled(text)


def _since_1970(number: float) -> datetime:
    """Seconds up to eleven digits, milliseconds up to fourteen, microseconds beyond."""
    seconds = number if number < 1e11 else number / 1e3 if number < 1e14 else number / 1e6
    return EPOCH + timedelta(seconds=seconds)


def _spelled(text: str) -> datetime:
    """Dates with the year in front, or with a month's English name; ValueError for any other."""
    if found := _YEAR_FIRST.fullmatch(text):
        return with_time(int(found[1]), int(found[2]), int(found[3]), found[4])
    named = _NAMED_MONTH.fullmatch(text)
    if named is None:
        raise ValueError(text)
    month = _MONTHS[(named["month"] or named["month_first"])[:3].lower()]
    return with_time(int(named["year"]), month, int(named["day"] or named["day_second"]), named["time"])


def with_time(year: int, month: int, day: int, rest: str) -> datetime:
    """A day with the time of day behind it, if any: 14:05, 2:05 PM, 下午2:05, with a zone or without. ValueError."""
    bare, half = _without_half(rest.strip())
    if not bare and half is None:
        return datetime(year, month, day)  # noqa: DTZ001 - local
    found = _TIME.fullmatch(bare)
    if found is None:
        raise ValueError(rest)
    hour = int(found[1]) if half is None else int(found[1]) % 12 + half
    micros = int((found[4] or "0").ljust(6, "0"))
    moment = datetime(year, month, day, hour, int(found[2]), int(found[3] or 0), micros)  # noqa: DTZ001 - local
    return _in_zone(moment, found[5].strip())


def _without_half(text: str) -> tuple[str, int | None]:
    """A time without its half of the day, and the hours which that adds; None where none is named."""
    for name, hours in _HALVES.items():
        if text[-len(name) :].lower() == name:
            return text[: -len(name)].strip(), hours
        if text.startswith(name):
            return text[len(name) :].strip(), hours
    return text, None


def _in_zone(moment: datetime, zone: str) -> datetime:
    if not zone:
        return moment
    if zone.upper() in ("Z", "UTC", "GMT"):
        return moment.replace(tzinfo=UTC)
    found = _ZONE.fullmatch(zone)
    if found is None:
        raise ValueError(zone)
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return (moment - ahead if found[1] == "+" else moment + ahead).replace(tzinfo=UTC)
