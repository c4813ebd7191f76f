"""The report in plain words for a terminal: some 35 lines, no colours, aligned also with Chinese signs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from setpoint.autopilot.report.parts import Table
from setpoint.autopilot.report.story import Story, story_of
from setpoint.autopilot.report.types import ReportData

BAR_WIDTH = 30
MOST_ROWS = 6


def to_text(data: ReportData, language: str = "en") -> str:
    """The report as text; ends with a line break."""
    return "\n".join(_lines(story_of(data, language))) + "\n"


def _lines(story: Story) -> Iterator[str]:
    words = story.teller.words
    yield f"{story.campaign} · {story.company}"
    yield f"{story.status} · {story.period}"
    yield from filter(None, (story.reason,))
    yield ""
    yield story.verdict
    yield from filter(None, (story.forecast,))
    yield ""
    yield from _columns([(figure.label, figure.value, figure.note) for figure in story.figures])
    yield from _section(words("head.money"), _bars(story))
    if story.baseline.rows:
        yield from _section(words("head.baseline"), [*_table(story.baseline), story.baseline_sentence])
    if story.actions.rows:
        yield from _section(words("head.actions"), [*_table(_cut(story.actions)), story.personalisation])
    if story.rounds.rows:
        yield from _section(words("head.rounds"), _table(story.rounds))
    yield from _section(words("head.checks"), [f"- {each}" for each in story.checks])
    yield from _section(words("head.advice"), [f"- {each}" for each in story.advice])


def _section(head: str, lines: Sequence[str]) -> Iterator[str]:
    kept = [line for line in lines if line]
    if kept:
        yield ""
        yield head
        yield from (f"  {line}" for line in kept)


def _bars(story: Story) -> list[str]:
    lines = []
    for bar in story.bars:
        full, put = round(bar.committed * BAR_WIDTH), round((bar.committed + bar.reserved) * BAR_WIDTH)
        drawn = "█" * full + "▒" * (put - full) + "·" * (BAR_WIDTH - put)
        lines.append(f"{drawn}| {bar.label}: {bar.sentence}")
    return lines


def _cut(table: Table) -> Table:
    return Table(table.heads, table.rows[:MOST_ROWS], table.text_columns)


def _table(table: Table) -> list[str]:
    return _columns([table.heads, *table.rows], table.text_columns)


def _columns(rows: Sequence[tuple[str, ...]], text_columns: frozenset[int] = frozenset({0, 2})) -> list[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            _padded(cell, widths[column], is_text=column in text_columns) for column, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _padded(cell: str, width: int, *, is_text: bool) -> str:
    space = " " * (width - _width(cell))
    return cell + space if is_text else space + cell


def _width(text: str) -> int:
    """Columns on a terminal: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
