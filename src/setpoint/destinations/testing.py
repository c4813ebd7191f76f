"""What every destination must hold to, for authors of plug-ins: run `check_destination` in your tests. And a fake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from setpoint.destinations.types import Batch, Column, Destination, OutRow, Refusal
from setpoint.sources.types import Context, Setting

COLUMNS = (
    Column("customer_id", "customer_id", "whole", is_key=True),
    Column("email", "email"),
    Column("trait.spent", "spent", "number"),
    Column("trait.vip", "vip", "boolean"),
)
Told = Mapping[int, Mapping[str, Any]]


class RecordingDestination:
    """Keeps rows by key in memory, for tests. `refuses` names customers whose rows it does not take."""

    settings: ClassVar[Sequence[Setting]] = (Setting("place", "Place"),)
    takes_all: ClassVar[bool] = False
    kept: ClassVar[dict[tuple[Any, ...], OutRow]] = {}
    calls: ClassVar[list[Batch]] = []
    refuses: ClassVar[set[int]] = set()

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        """Nothing is needed."""

    def probe(self, columns: Sequence[Column]) -> Sequence[str]:
        """Always ready."""
        return ["Ready."]

    def write(self, batch: Batch) -> Sequence[Refusal]:
        """Keep and take away by key."""
        self.calls.append(batch)
        keys = [column.name for column in batch.columns if column.is_key]
        for row in batch.gone:
            self.kept.pop(tuple(row[key] for key in keys), None)
        refused = []
        for place, row in enumerate(batch.rows):
            if row[keys[0]] in self.refuses:
                refused.append(Refusal(place, "Not wanted.", "Ask."))
            else:
                self.kept[tuple(row[key] for key in keys)] = row
        return refused

    def finish(self, run: str) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is held open."""


def check_destination(make: Callable[[], Destination], read: Callable[[], Told]) -> None:
    """Run every check against an empty destination; `read` tells what is there: rows by customer_id, with the columns
    of `COLUMNS`. The first check that fails raises AssertionError with the rule that is broken."""
    destination = make()
    _check_declaration(destination)
    first = _batch(0, [(1, "ann@example.com", 1.5, True), (2, "bob@example.com", None, False)])
    second = _batch(1, [(3, "cé@example.com", 0.25, None)])
    _write(make, [first, second], "a run")
    whole = {1: ("ann@example.com", 1.5, True), 2: ("bob@example.com", None, False), 3: ("cé@example.com", 0.25, None)}
    _expect(_told(read()) == whole, "all rows are there, as they were")
    _write(make, [first, second], "a run")
    _expect(_told(read()) == whole, "a run that is repeated leaves what it left")
    changed = _batch(0, [(2, "bo@example.com", 7.0, True)], gone=[1])
    if destination.takes_all:
        changed = _batch(0, [(2, "bo@example.com", 7.0, True), (3, "cé@example.com", 0.25, None)])
    _write(make, [changed], "another run")
    rest = {2: ("bo@example.com", 7.0, True), 3: ("cé@example.com", 0.25, None)}
    _expect(_told(read()) == rest, "rows change by their key, and those that are gone go")


def _check_declaration(destination: Destination) -> None:
    names = [setting.name for setting in destination.settings]
    _expect(len(names) == len(set(names)), "each setting is declared once")
    _expect(all(setting.label for setting in destination.settings), "each setting has a label")
    _expect(isinstance(destination, Destination), "a destination has settings, probe, write, finish and close")
    _expect(bool(destination.probe(COLUMNS)), "a test says something")
    destination.close()
    destination.close()


def _write(make: Callable[[], Destination], batches: Sequence[Batch], run: str) -> None:
    """As a run that dies behind each batch, once before that is noted: the batch comes again from a new instance."""
    for batch in batches:
        for _again in range(2):
            destination = make()
            _expect(not destination.write(_named(batch, run)), "good rows are taken")
            destination.close()
    destination = make()
    destination.finish(run)
    destination.finish(run)
    destination.close()


def _named(batch: Batch, run: str) -> Batch:
    return Batch(f"{run}:{batch.number}", batch.number, batch.columns, batch.rows, batch.gone)


def _batch(number: int, rows: Sequence[tuple[Any, ...]], gone: Sequence[int] = ()) -> Batch:
    names = [column.name for column in COLUMNS]
    made = [dict(zip(names, row, strict=True)) for row in rows]
    return Batch("", number, COLUMNS, made, [{"customer_id": pk} for pk in gone])


def _told(rows: Told) -> dict[int, tuple[Any, ...]]:
    return {
        pk: (row["email"], row["spent"], None if row["vip"] is None else bool(row["vip"])) for pk, row in rows.items()
    }


def _expect(holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)
