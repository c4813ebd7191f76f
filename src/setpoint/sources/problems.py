"""Why a row does not land: a short code when found, cause and remedy in the reader's language when shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.events import problems as event_problems
from setpoint.events.types import RowProblem
from setpoint.governance.failures import Filling

_TEXTS: Mapping[str, tuple[str, str]] = {
    "no_order": (_noop("The line names no order."), _noop("Fill in the order's number.")),
    "no_product": (_noop("The line names neither a product's code nor its name."), _noop("Fill in one of the two.")),
    "bad_quantity": (_noop("The quantity is not a number."), _noop("Write a number such as 3, or -1 for a return.")),
    "zero_quantity": (_noop("The quantity is zero."), _noop("Leave the line out, or write how many were bought.")),
    "bad_price": (_noop("The price is not a number."), _noop("Write a number such as 12.50.")),
    "negative_price": (
        _noop("The price is below zero: this is a correction of the books, not a sale."),
        _noop("Write a return as a negative quantity with a positive price."),
    ),
    "no_time": (_noop("The line has no time that we can read."), _noop("Write it like 2026-03-02T09:00:00Z.")),
    "two_times": (
        _noop("Nothing in the file tells whether day or month comes first."),
        _noop("Choose the order of dates (in the mapping: dates, dmy or mdy)."),
    ),
    "other_order": (
        _noop("The date has day and month in another order than the other dates."),
        _noop("Write it like 2026-03-02T09:00:00Z."),
    ),
    "bad_file": (_noop("The file %(file)s cannot be read: %(cause)s"), _noop("%(remedy)s")),
    "no_customer_of_order": (
        _noop("The line names no customer, nor does any other line of its order."),
        _noop("Fill in a key of the customer; or set no_customer to anonymous to keep such orders without a name."),
    ),
    "repeated": (_noop("The line repeats another line of its order."), _noop("Set repeats to keep to count it too.")),
    "changed_event": (
        _noop("This event landed before with other content; events are facts and do not change."),
        _noop("Choose identity columns that tell two events apart, or send a correction as an event of its own."),
    ),
    "duplicate": (_noop("Another row of the same run says the same of the same identity."), _noop("Nothing to do.")),
    "rule": (_noop("The rule “%(rule)s” refuses this row."), _noop("Correct the value, or change the rule.")),
    "no_identity": (
        _noop("The identity columns are empty."),
        _noop("Fill them in, or choose other identity columns for this connection."),
    ),
}

BROKEN = frozenset(
    {
        "too_many_columns",
        "too_few_columns",
        "line_too_long",
        "field_too_long",
        "open_quote",
        "bad_quote",
        "nul",
        "bad_json",
        "bad_file",
    }
)
"""What is no row of columns at all, and can only be mended where it comes from."""


def shown(row: int, field: str, code: str, details: Mapping[str, Any]) -> RowProblem:
    """A stored problem in the reader's language."""
    if code not in _TEXTS:
        return event_problems.shown(row, field, code, details)
    cause, remedy = _TEXTS[code]
    return RowProblem(row, field, _(cause) % Filling(details), _(remedy) % Filling(details))
