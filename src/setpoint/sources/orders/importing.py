"""A file of order lines becomes orders and customers, and a report that accounts for every line."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext_noop as _noop

from setpoint.customers.locks import exclusive
from setpoint.events.tables import columns_of, pieces_of
from setpoint.events.uploads import folder
from setpoint.governance.failures import worded as _
from setpoint.governance.services import company
from setpoint.kernel.errors import Conflict
from setpoint.sources.orders.columns import OrderMapping, check_order_mapping, suggest_order_mapping
from setpoint.sources.orders.grouping import Book, Tally
from setpoint.sources.orders.landing import Outcome, land_orders
from setpoint.sources.orders.lines import stage
from setpoint.sources.orders.refusals import keep_refused, told_of_many

ORDERS_AT_ONCE = 2_000
_STAGING, _LEFT_SECONDS = "orders-", 24 * 3600
_DATES = {
    "dmy": _noop("dates are read with the day before the month, as most of them can only be read so"),
    "mdy": _noop("dates are read with the month before the day, as most of them can only be read so"),
}


def import_orders(
    path: Path,
    *,
    now: datetime,
    mapping: Mapping[str, Any] | None = None,
    report: Callable[[str], Any] = lambda line: None,
) -> dict[str, Any]:
    """Import one file of order lines in the foreground.

    Safe to repeat, and after any stop: an order that landed with the same content is not landed again. Refused lines
    are kept as CSV with what is wrong. Raises Invalid where nothing can be imported, Conflict while another import of
    orders runs.
    """
    began = time.monotonic()
    columns = columns_of(path)
    checked = check_order_mapping(mapping or suggest_order_mapping(columns), columns)
    with staging() as place:
        staged = Path(place) / "lines.parquet"
        stage(pieces_of(path), checked, staged)
        report(_("The lines are read; now they are sorted into orders."))
        with Book(staged, checked) as book:
            tally, outcome = book.tally(), Outcome()
            for landed in land_book(book, outcome, currency=checked.currency, now=now):
                report(_("%(count)s orders and returns worked off") % {"count": f"{landed:,}"})
            kept = keep_refused(path, book, checked) if tally.refused else None
            dates = book.dates
    return _result(path, checked, tally, outcome) | {
        "dates": dates,
        "refused_file": str(kept) if kept else None,
        "seconds": round(time.monotonic() - began, 2),
        "peak_mib": _peak_mib(),
    }


def staging() -> TemporaryDirectory[str]:
    """A folder for the lines of one import; what killed imports left lying is taken away after a day."""
    for left in folder().glob(f"{_STAGING}*"):
        if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return TemporaryDirectory(prefix=_STAGING, dir=folder())


def land_book(
    book: Book,
    outcome: Outcome,
    *,
    currency: str,
    now: datetime,
    told: Callable[[dict[int, str]], Any] = lambda lines: None,
) -> Iterator[int]:
    """Land a book's orders, some thousand a transaction; yields how many landed so far. `told` hears of each line."""
    with exclusive("orders") as mine:
        if not mine:
            raise Conflict(_("Another import of orders runs."), remedy=_("Wait until it has ended, then start again."))
        orders, count = book.orders(), 0
        currency = currency or company().currency
        while chunk := list(islice(orders, ORDERS_AT_ONCE)):
            told(land_orders(chunk, outcome, currency=currency, now=now))
            count += len(chunk)
            yield count


def report_lines(result: Mapping[str, Any]) -> list[str]:
    """The report in words, a line each: every line of the file in exactly one of the rows that add up."""
    lines = result["lines"]
    rows = [
        (_("order lines"), lines["sold"], result["amounts"]["sold"]),
        (_("charges (postage, discounts, fees)"), lines["charges"], result["amounts"]["charges"]),
        (_("returned lines"), lines["returned"], result["amounts"]["returned"]),
        *(
            (_("refused: %(cause)s") % {"cause": each["cause"]}, each["lines"], each["amount"])
            for each in lines["refused"]
        ),
    ]
    told = [_row(count, amount, name) for name, count, amount in rows]
    heads = f"{_('lines'):>12}  {result['currency']:>16}"
    whole = _row(lines["read"], sum(result["amounts"].values()), _("all lines of the file"))
    return [heads, *told, f"{'':->12}  {'':->16}", whole, *_notes(result)]


def _row(count: int, amount: float, name: str) -> str:
    return f"{count:>12,}  {amount:>16,.2f}  {name}"


def _notes(result: Mapping[str, Any]) -> Iterator[str]:
    for name, title in (("orders", _("orders")), ("returns", _("returns")), ("customers", _("customers"))):
        figures = {key: f"{value:,}" for key, value in result[name].items()} | {"what": title}
        yield _("%(what)s: %(created)s new, %(changed)s changed, %(same)s the same") % figures
    if said := _DATES.get(result["dates"]):
        yield _(said)
    if result["lines"]["filled"]:
        yield _("%(count)s lines took their customer from other lines of their order") % {
            "count": f"{result['lines']['filled']:,}"
        }
    if result["lines"]["repeats_kept"]:
        yield _("%(count)s lines repeat another line of their order and count too (repeats: keep)") % {
            "count": f"{result['lines']['repeats_kept']:,}"
        }
    if not result["currency_told"]:
        yield _(
            "The file names no currency; its money is taken for %(currency)s, the company's (mapping: currency)"
        ) % {"currency": result["currency"]}
    for each in result["lines"]["refused"]:
        yield _("To do for “%(cause)s” %(remedy)s") % each
    if result["refused_file"]:
        yield _("Refused lines with their causes: %(path)s") % {"path": result["refused_file"]}
    yield _("%(seconds)s s, at most %(memory)s MiB of memory") % {
        "seconds": result["seconds"],
        "memory": result["peak_mib"],
    }


def _result(path: Path, mapping: OrderMapping, tally: Tally, outcome: Outcome) -> dict[str, Any]:
    causes = {code: told_of_many(code) for code in tally.refused}
    return {
        "file": path.name,
        "target": "orders",
        "currency": mapping.currency or company().currency,
        "currency_told": bool(mapping.currency) or "currency" in mapping.of,
        "mapping": dict(mapping.of),
        "lines": {
            "read": tally.lines,
            "sold": tally.sold,
            "charges": tally.charges,
            "returned": tally.returned,
            "refused": [
                {
                    "code": code,
                    "lines": count,
                    "amount": round(tally.amounts_refused[code], 2),
                    "cause": causes[code].cause,
                    "remedy": causes[code].remedy,
                }
                for code, count in tally.refused.items()
            ],
            "filled": tally.filled,
            "repeats_kept": tally.repeats_kept,
        },
        "amounts": {
            name: round(value, 2)
            for name, value in (
                ("sold", tally.amount_sold),
                ("charges", tally.amount_charges),
                ("returned", tally.amount_returned),
                ("refused", tally.amount_refused),
            )
        },
        **{name: figures for name, figures in asdict(outcome).items() if name != "seen"},
    }


def _peak_mib() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
