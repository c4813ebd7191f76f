"""Why a row of a file does not land: a short code when found, cause and remedy in the reader's language when shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.events.types import RowProblem
from setpoint.governance.failures import Filling, parts
from setpoint.kernel.errors import SetpointError

_TEXTS: Mapping[str, tuple[str, str]] = {
    "too_many_columns": (
        _noop("The row has %(found)s columns; the header has %(expected)s."),
        _noop("Put values that hold the delimiter in quotes."),
    ),
    "too_few_columns": (
        _noop("The row has %(found)s columns; the header has %(expected)s."),
        _noop("Fill the row up with empty columns."),
    ),
    "line_too_long": (
        _noop("The row is longer than %(limit)s characters."),
        _noop("Shorten it, or look for a quote that is never closed."),
    ),
    "field_too_long": (
        _noop("A value is longer than %(limit)s characters."),
        _noop("Shorten it, or look for a quote that is never closed."),
    ),
    "open_quote": (
        _noop("A quote is opened and never closed."),
        _noop("Close the quote; write a quote inside a value twice."),
    ),
    "bad_quote": (
        _noop("Text follows a closed quote before the next delimiter."),
        _noop("Write a quote inside a value twice."),
    ),
    "bad_json": (_noop("The line is not a JSON object."), _noop("Write one object a line, in UTF-8.")),
    "nul": (_noop("The row holds a NUL character."), _noop("Export the file again, as text.")),
    "no_customer": (
        _noop("The row names no customer: %(fields)s is empty."),
        _noop("Fill in at least one key of the customer."),
    ),
    "bad_identity": (_noop("%(value)s cannot be a value of %(kind)s."), _noop("Correct the value or leave it empty.")),
    "bad_phone": (
        _noop("%(value)s is not a telephone number with its country code."),
        _noop("Write it like +33612345678; a cleaning rule “Phone numbers” adds the code of your region."),
    ),
    "no_event": (_noop("The row names no event."), _noop("Fill in the event's name, or set one for the whole file.")),
    "bad_time": (
        _noop("%(value)s is not a time that we can read."),
        _noop("Write it like 2026-03-02T09:00:00Z, 2026-03-02, 20260302, or seconds since 1970."),
    ),
    "no_time": (_noop("The row has no time."), _noop("Fill in the time of the event.")),
    "bad_value": (_noop("%(value)s is not a number."), _noop("Write a number such as 12.50.")),
    "bad_consent": (_noop("%(value)s is neither yes nor no."), _noop("Write yes or no, or leave it empty.")),
    "refused": (_noop("%(cause)s"), _noop("%(remedy)s")),
}
LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row."""

    code: str
    field: str = ""
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def shown(self, row: int) -> RowProblem:
        """Cause and remedy in the reader's language."""
        return shown(row, self.field, self.code, self.details)


class BadRow(Exception):
    """Carries a row's problem out of the code that reads it."""

    def __init__(self, code: str, field: str = "", **details: Any) -> None:
        super().__init__(code)
        self.problem = Problem(code, field, {name: _short(value) for name, value in details.items()})


def shown(row: int, field: str, code: str, details: Mapping[str, Any]) -> RowProblem:
    """A stored problem in the reader's language."""
    cause, remedy = _TEXTS[code]
    return RowProblem(row, field, _(cause) % Filling(details), _(remedy) % Filling(details))


def refused(error: SetpointError) -> Problem:
    """Somebody's refusal of a row's values, as a problem of the row."""
    return Problem(
        "refused", error.field or "", {"cause": parts(error.words["message"]), "remedy": parts(error.words["remedy"])}
    )


def _short(value: Any) -> Any:
    if isinstance(value, str):
        clean = value.replace("\0", "\ufffd")
        return clean if len(clean) <= LONGEST_SHOWN else clean[:LONGEST_SHOWN] + "…"
    return value
