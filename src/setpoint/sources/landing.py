"""Batches land: cleaned, understood, each row once. One batch is one transaction with its run's figures and cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, cast

import pyarrow as pa
from django.db import transaction

from setpoint.events import inbox
from setpoint.events.mapping import RowReader, check_mapping
from setpoint.events.messages import Row
from setpoint.events.problems import BadRow, Problem
from setpoint.events.tables import Unreadable
from setpoint.events.types import Target
from setpoint.sources.cleaning.applying import clean
from setpoint.sources.landed import Landed, digest_of, known, remember
from setpoint.sources.mapping import column_of_trait
from setpoint.sources.models import Connection, RefusedRow, Run, TraitRules
from setpoint.sources.types import Pulled

MOST_REFUSED_KEPT = 10_000
_OF_COLUMNS = frozenset({"too_many_columns", "too_few_columns", "nul"})
State = Run.State


class Lander(Protocol):
    """Takes batches of a run, and its end."""

    def land(self, pulled: Pulled) -> bool:
        """Land one batch; False, and nothing lands, when the run is being cancelled."""
        ...

    def finish(self) -> bool:
        """Land what waits for the last batch."""
        ...


@dataclass(slots=True)
class Counts:
    """What became of some rows; read is the sum of the rest."""

    created: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0

    @property
    def read(self) -> int:
        """All rows."""
        return self.created + self.changed + self.same + self.refused


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that does not land, as it came."""

    row: int
    content: Mapping[str, Any]
    problem: Problem
    file: str = ""

    @property
    def key(self) -> str:
        """The same row is the same refusal, however often it comes."""
        return digest_of(self.content)


@dataclass(slots=True)
class Sorted:
    """A batch on its way: rows for the inbox, what to remember, what is refused."""

    counts: Counts = field(default_factory=Counts)
    rows: list[Row] = field(default_factory=list)
    landed: dict[str, Landed] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


class MessageLander:
    """Lands customers and events through the inbox, as an import does."""

    def __init__(self, connection: Connection, run: Run, *, now: datetime) -> None:
        self._connection, self._run, self._now = connection, run, now
        self._rules = rules_for(connection)
        self._number = run.rows_read
        self._target = cast(Target, connection.target)

    def land(self, pulled: Pulled) -> bool:
        """One transaction: messages, refused rows, figures, cursor."""
        batch = self._sorted_out(pulled)
        with transaction.atomic():
            run = locked(self._run)
            if run.state != State.RUNNING:
                return False
            inbox.insert(batch.rows)
            remember(self._connection.pk, batch.landed)
            record(self._connection, run, batch, now=self._now, cursor=pulled.cursor)
        self._number += batch.counts.read
        return True

    def finish(self) -> bool:
        """Nothing waits."""
        return True

    def _sorted_out(self, pulled: Pulled) -> Sorted:
        batch = Sorted()
        numbers = row_numbers(pulled, self._number)
        plain = rows_of(pulled.table)
        cleaned = clean(pulled.table, self._rules)
        columns = cleaned.table.column_names
        reader = self._reader(columns)
        keys, digests = self._known_by(rows_of(cleaned.table))
        before = known(self._connection.pk, {key for key in keys if key})
        values = zip(*(column.to_pylist() for column in cleaned.table.columns), strict=True)
        ruled = cleaned.refused_by.to_pylist()
        for place, row in enumerate(values):
            problem = refused_by(self._rules[ruled[place] - 1]) if ruled[place] else None
            try:
                if problem is None:
                    self._take(batch, reader, row, (keys[place], digests[place]), before)
            except BadRow as error:
                problem = error.problem
            if problem is not None:
                batch.refused.append(Refused(numbers[place], plain[place], problem, pulled.file))
        batch.refused += broken_rows(pulled)
        batch.counts.refused = len(batch.refused)
        return batch

    def _take(
        self, batch: Sorted, reader: RowReader, row: Sequence[Any], known_by: tuple[str, str], before: dict[str, Landed]
    ) -> None:
        key, digest = known_by
        if not key:
            raise BadRow("no_identity", ", ".join(self._connection.identity))
        earlier = batch.landed.get(key) or before.get(key)
        if earlier is not None and earlier.digest == digest:
            batch.counts.same += 1
            return
        if earlier is not None and self._target == "events":
            raise BadRow("changed_event")
        message_id = f"source-{self._connection.pk}-{key}-{digest}"
        batch.rows.append(reader.row(row, message_id=message_id, received=self._now))
        batch.landed[key] = Landed(digest, 0)
        if earlier is None:
            batch.counts.created += 1
        else:
            batch.counts.changed += 1

    def _known_by(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
        """Of each row the key by which it is known again ("" where that is empty) and the digest of what it says."""
        identity, mapping = self._connection.identity, digest_of(self._connection.mapping)
        digests = [digest_of([mapping, row]) for row in rows]
        if not identity:
            return [digest_of(row) for row in rows], digests
        parts = [[row.get(name) for name in identity] for row in rows]
        return [digest_of(part) if any(each not in (None, "") for each in part) else "" for part in parts], digests

    def _reader(self, columns: Sequence[str]) -> RowReader:
        """A reader for this batch's columns: a source may leave out columns that are empty."""
        mapping = self._connection.mapping
        named = {column: meaning for column, meaning in mapping["columns"].items() if column in columns}
        checked = check_mapping(mapping | {"columns": named}, columns, self._target) if columns else mapping
        return RowReader(checked, columns, self._target, at=self._now)


def refused_by(rule: Mapping[str, Any]) -> Problem:
    """What is wrong with a row that a cleaning rule refuses."""
    return Problem("rule", rule["column"], {"rule": rule["kind"]})


def rules_for(connection: Connection) -> list[dict[str, Any]]:
    """The connection's rules, then those of the traits that its columns become."""
    common = TraitRules.objects.filter(pk=1).first()
    placed = [(column_of_trait(connection.mapping, rule["column"]), rule) for rule in (common.rules if common else [])]
    return [*connection.rules, *(rule | {"column": column} for column, rule in placed if column)]


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as JSON values."""
    columns = [[_as_json(value) for value in column.to_pylist()] for column in table.columns]
    return [dict(zip(table.column_names, values, strict=True)) for values in zip(*columns, strict=True)]


def row_numbers(pulled: Pulled, behind: int) -> list[int]:
    """The rows' own numbers, or their places in the run."""
    if pulled.rows is not None:
        return cast(list[int], pulled.rows.to_pylist())
    return list(range(behind + 1, behind + 1 + pulled.table.num_rows))


def locked(run: Run) -> Run:
    """The run as it stands, locked until the transaction ends."""
    return Run.objects.select_for_update().get(pk=run.pk)


def record(connection: Connection, run: Run, batch: Sorted, *, now: datetime, cursor: str | None) -> None:
    """Add a batch's figures and refused rows; move the connection's cursor. Within the transaction that lands it."""
    counts = batch.counts
    run.rows_created += counts.created
    run.rows_changed += counts.changed
    run.rows_same += counts.same
    room = max(MOST_REFUSED_KEPT - run.rows_refused, 0)
    run.rows_refused += counts.refused
    run.rows_read += counts.read
    run.save()
    keep_refused(connection, run, batch.refused[:room], now=now)
    if cursor is not None:
        Connection.objects.filter(pk=connection.pk).update(cursor=cursor)


def keep_refused(connection: Connection, run: Run, refused: Sequence[Refused], *, now: datetime) -> None:
    """Keep refused rows for people to see and to replay."""
    rows = {
        each.key: RefusedRow(
            connection=connection,
            run=run,
            key=each.key,
            row=each.row,
            content=dict(each.content),
            field=each.problem.field[:200],
            code=each.problem.code,
            details={**each.problem.details, **({"file": each.file} if each.file else {})},
            refused_at=now,
        )
        for each in refused
    }
    RefusedRow.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["connection", "key"],
        update_fields=["run", "row", "field", "code", "details", "refused_at"],
    )


def broken_rows(pulled: Pulled) -> list[Refused]:
    """Rows that could not be read, as refused rows."""
    columns = pulled.table.column_names
    return [Refused(bad.row, _as_it_came(bad, columns), bad.problem, pulled.file) for bad in pulled.unreadable]


def _as_it_came(bad: Unreadable, columns: Sequence[str]) -> dict[str, Any]:
    """Its values under the names of the columns as far as these reach; what has no columns is one text."""
    values = [_as_json(value) for value in bad.values]
    if bad.problem.code not in _OF_COLUMNS:
        return {"text": " ".join(map(str, values))}
    beyond = (f"column_{place}" for place in range(len(columns) + 1, len(values) + 1))
    return dict(zip([*columns, *beyond], values, strict=False))


def _as_json(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.replace("\0", "\ufffd") if isinstance(value, str) else str(value)
