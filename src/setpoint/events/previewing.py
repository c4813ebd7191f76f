"""What the first rows of a file would become, before anything of it lands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, cast

import msgspec
from django.utils.translation import gettext as _

from setpoint.customers.services import known_identities
from setpoint.events.csvfile import RawRow
from setpoint.events.mapping import RowReader, check_mapping
from setpoint.events.messages import EPOCH, Row, decode_stored
from setpoint.events.models import ImportJob
from setpoint.events.problems import BadRow
from setpoint.events.resolving import profile_of
from setpoint.events.types import Becoming, FileKind, Preview, RowProblem, Target
from setpoint.events.uploads import file_of
from setpoint.kernel.errors import Invalid

PREVIEW_ROWS = 20


def preview(job: ImportJob, mapping: Mapping[str, Any] | None) -> Preview:
    """The first 20 rows, how they were understood, what they would become under a mapping (default: the job's), and
    what is wrong with them. Changes nothing."""
    chosen = dict(mapping) if mapping is not None else job.mapping
    rows = list(islice(file_of(job).rows(), PREVIEW_ROWS))
    columns = tuple(job.columns)
    becomes, problems = _read(job, chosen, rows)
    return Preview(
        kind=cast(FileKind, job.kind),
        encoding=job.encoding,
        delimiter=job.delimiter,
        columns=columns,
        rows=tuple(
            {name: _shown_cell(value) for name, value in zip(columns, row.values, strict=False)} for row in rows
        ),
        mapping=chosen,
        warnings=tuple(_(warning) for warning in job.warnings),
        problems=tuple(problems),
        becomes=tuple(_told(becomes)),
    )


def _read(
    job: ImportJob, mapping: Mapping[str, Any], rows: Iterable[RawRow]
) -> tuple[list[Becoming], list[RowProblem]]:
    target = cast(Target, job.target)
    try:
        checked = check_mapping(mapping, job.columns, target)
    except Invalid as error:
        return [], [RowProblem(0, error.field or "", error.message, error.remedy)]
    reader = RowReader(checked, job.columns, target, at=job.created_at)
    becomes: list[Becoming] = []
    problems: list[RowProblem] = []
    for row in rows:
        try:
            if row.problem:
                problems.append(row.problem.shown(row.number))
            else:
                made = reader.row(row.values, message_id="preview", received=job.created_at)
                becomes.append(_becoming(row.number, made, target))
        except BadRow as error:
            problems.append(error.problem.shown(row.number))
    return becomes, problems


def _becoming(number: int, made: Row, target: Target) -> Becoming:
    message = decode_stored(bytes(made.payload))
    profile = profile_of(message)
    told = Becoming(number, profile.identities, False, profile.traits)
    if target == "customers":
        consents = tuple((said.channel, said.purpose, said.state) for said in profile.consents)
        return replace(told, consents=consents)
    at = EPOCH + timedelta(microseconds=message.ts)
    return replace(told, values=msgspec.json.decode(message.properties), event=message.event, at=at)


def _told(becomes: Sequence[Becoming]) -> list[Becoming]:
    known = known_identities(name for one in becomes for name in one.identities.items())
    return [replace(one, is_known=not known.isdisjoint(one.identities.items())) for one in becomes]


def _shown_cell(value: Any) -> Any:
    shown_value = value if value is None or isinstance(value, bool | int | float) else str(value)
    return shown_value[:500].replace("\0", "\ufffd") if isinstance(shown_value, str) else shown_value
