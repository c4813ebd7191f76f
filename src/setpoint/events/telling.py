"""An import in words for a terminal: how the file was understood, and what became of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.events.models import ImportJob
from setpoint.events.uploads import problem_path
from setpoint.governance.failures import told

MOST_PROBLEMS = 20
_OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "rows_created": _noop("new customers"),
        "rows_changed": _noop("known customers of whom the row said something new"),
        "rows_same": _noop("known customers of whom the row said nothing new"),
        "rows_bad": _noop("refused"),
    },
    "events": {
        "rows_created": _noop("new events"),
        "rows_same": _noop("events that were taken before"),
        "rows_bad": _noop("refused"),
    },
}


def understood_lines(job: ImportJob) -> Iterator[str]:
    """What the file was taken for."""
    meanings = job.mapping["columns"]
    columns = ", ".join(f"{name} → {meanings.get(name, 'ignore')}" for name in job.columns)
    yield _("Columns: %(columns)s") % {"columns": columns}
    yield from (_(warning) for warning in job.warnings)


def outcome_lines(job: ImportJob, bad: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The first refused rows, then every row of the file in exactly one of the rows that add up."""
    yield from (_problem_line(problem) for problem in bad[:MOST_PROBLEMS])
    if job.rows_bad > MOST_PROBLEMS:
        yield _("and %(count)s more rows that were refused") % {"count": f"{job.rows_bad - MOST_PROBLEMS:,}"}
    for name, words in _OUTCOMES[job.target].items():
        yield f"{getattr(job, name):>12,}  {_(words)}"
    yield f"{job.rows_read:>12,}  {_('all rows of the file')}"
    if job.rows_bad:
        yield _("Refused rows with their causes, to be mended and imported again: %(path)s") % {
            "path": problem_path(job)
        }
    if job.failure:
        failure = told(job.failure)
        yield " ".join(failure[name] for name in ("message", "remedy", "safe") if failure.get(name))


def _problem_line(problem: Mapping[str, Any]) -> str:
    where = _("Row %(row)s") % {"row": problem["row"]}
    field = f", {problem['field']}" if problem["field"] else ""
    return f"{where}{field}: {problem['cause']} {problem['remedy']}"
