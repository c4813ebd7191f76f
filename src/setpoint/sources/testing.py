"""The conformance suite of sources: what every source must do, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from setpoint.sources.landing import rows_of
from setpoint.sources.types import Pulled, Source


def check_source(make: Callable[[], Source], *, add_row: Callable[[], Any], rows: int) -> None:
    """Run every check against a source that holds `rows` rows, at least two; `add_row` adds one more behind them.

    The first check that fails raises AssertionError with the rule that is broken.
    """
    _check_declaration(make())
    _check_probe(make())
    whole = _pull(make(), "")
    _expect(sum(map(_count, whole)) == rows, f"a pull from the beginning brings all {rows} rows")
    _expect(_contents(whole) == _contents(_pull(make(), "")), "a repeated pull brings the same rows")
    _check_every_cursor(make, whole)
    _check_news(make, whole[-1].cursor, add_row)


def _check_declaration(source: Source) -> None:
    names = [setting.name for setting in source.settings]
    _expect(len(names) == len(set(names)), "each setting is declared once")
    _expect(all(setting.label for setting in source.settings), "each setting has a label")
    _expect(isinstance(source, Source), "a source has settings, probe, pull and close")
    source.close()
    source.close()


def _check_probe(source: Source) -> None:
    probe = source.probe()
    source.close()
    _expect(list(probe.columns) == list(probe.sample.column_names), "a probe's sample has its columns")
    _expect(0 < probe.sample.num_rows <= 1000, "a probe shows some rows, not all")


def _check_every_cursor(make: Callable[[], Source], whole: list[Pulled]) -> None:
    """A run that is killed behind any batch goes on with that batch's cursor and misses nothing."""
    expected = _contents(whole)
    for place, pulled in enumerate(whole):
        rest = _contents(_pull(make(), pulled.cursor))
        _expect(_contents(whole[: place + 1]) | rest == expected, "no row lies between two cursors")


def _check_news(make: Callable[[], Source], cursor: str, add_row: Callable[[], Any]) -> None:
    before = _contents(_pull(make(), ""))
    add_row()
    fresh = _contents(_pull(make(), cursor)) - before
    _expect(len(fresh) == 1, "a row that came later is behind the last cursor")


def _pull(source: Source, since: str) -> list[Pulled]:
    try:
        return list(source.pull(since))
    finally:
        source.close()


def _count(pulled: Pulled) -> int:
    return int(pulled.table.num_rows) + len(pulled.unreadable)


def _contents(batches: list[Pulled]) -> set[str]:
    return {repr(sorted(row.items())) for pulled in batches for row in rows_of(pulled.table)}


def _expect(holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)
