"""The filters of the template language. Each is total: any value gives a text or a number, none raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from setpoint.content.types import Language
from setpoint.kernel.errors import Invalid
from setpoint.kernel.money import format_money, to_micros

LIST_LIMIT = 100
TEXT_LIMIT = 4000
_DEPTH_LIMIT = 4
_NUMBER_LIMIT = 1e30
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def filters_for(language: Language, currency: str) -> Mapping[str, Callable[..., Any]]:
    """Every filter by name, bound to a language and a currency."""
    return {
        "default": _default,
        "upper": lambda value=None, *_: _text(value).upper(),
        "lower": lambda value=None, *_: _text(value).lower(),
        "capitalize": lambda value=None, *_: _text(value).capitalize(),
        "title": lambda value=None, *_: _text(value).title(),
        "trim": lambda value=None, *_: _text(value).strip(),
        "truncate": _truncate,
        "number": lambda value=None, places=None, *_: _number(value, places),
        "money": lambda value=None, code="", *_: _money(value, _text(code) or currency),
        "date": lambda value=None, *_: format_date(value, language),
        "_each": lambda value=None, *_: list(value)[:LIST_LIMIT] if isinstance(value, (list, tuple)) else [],
    }


def plain(value: Any, depth: int = 0) -> Any:
    """A value as templates may see it: JSON-like, short, free of control signs and broken Unicode; None is absent.

    Exact types come first because nearly every value has one, and this runs for each message.
    """
    kind = type(value)
    if kind is str:
        return value if len(value) <= TEXT_LIMIT and value.isprintable() else _clean(value)
    if value is None or kind is bool:
        return value
    if kind is int or kind is float:
        return value if -_NUMBER_LIMIT < value < _NUMBER_LIMIT else ""
    if depth < _DEPTH_LIMIT and isinstance(value, (Mapping, list, tuple)):
        return _plain_inside(value, depth + 1)
    if isinstance(value, datetime):
        return value.isoformat()
    return _clean(str(value))


def _plain_inside(value: Any, depth: int) -> Any:
    if not isinstance(value, Mapping):
        return [plain(each, depth) for each in value[:LIST_LIMIT]]
    pairs = list(value.items())[:LIST_LIMIT] if len(value) > LIST_LIMIT else value.items()
    return {plain(str(key)): plain(each, depth) for key, each in pairs if each is not None}


class _Mapping(dict[str, Any]):
    """A mapping whose methods cannot be read as if they were its entries."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise AttributeError(name)


class _List(list[Any]):
    """A list whose methods cannot be read as if they were its entries."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise AttributeError(name)


METHOD_NAMES = frozenset(name for kind in (dict, list) for name in dir(kind) if not name.startswith("_"))


def guarded(value: Any) -> Any:
    """A plain value whose entries hide the methods of Python's containers: `customer.items` is a trait or nothing.

    Only needed for templates that use a name in `METHOD_NAMES`; it makes every look-up slower.
    """
    if isinstance(value, dict):
        return _Mapping({key: guarded(each) for key, each in value.items()})
    return _List(guarded(each) for each in value) if isinstance(value, list) else value


def format_date(value: Any, language: Language) -> str:
    """A day as people write it: "2 March 2026", "2026年3月2日". What is no date is shown as it is."""
    moment = _moment(value)
    if moment is None:
        return _text(value)
    if language == "zh":
        return f"{moment.year}年{moment.month}月{moment.day}日"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        return datetime.fromisoformat(value.strip().replace("Z", "+00:00")) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _clean(value: str) -> str:
    text = str(value)[:TEXT_LIMIT]
    kept = "".join(sign if sign.isprintable() or sign in "\n\t" or ord(sign) > 0x2000 else " " for sign in text)
    return kept.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _default(value: Any = None, fallback: Any = "", *_: Any) -> Any:
    missing = value is None or (isinstance(value, str) and not value.strip())
    return fallback if missing else value


def _truncate(value: Any = None, length: Any = 80, *_: Any) -> str:
    text = _text(value)
    most = int(length) if isinstance(length, (int, float)) else 80
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"


def _number(value: Any, places: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _text(value)
    digits = min(max(int(places), 0), 9) if isinstance(places, (int, float)) else None
    if digits is not None:
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def _money(value: Any, currency: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return _text(value)
    try:
        return format_money(to_micros(value), currency)
    except Invalid:
        return _text(value)
