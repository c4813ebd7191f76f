"""The report in one language as a page receives it: everything already said, nothing to be formatted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from setpoint.autopilot.report import figures
from setpoint.autopilot.report.parts import Bar, Figure, Step, Table, Tone, Turn
from setpoint.autopilot.report.story import story_of
from setpoint.autopilot.report.types import ReportData


@dataclass(frozen=True, slots=True)
class GoalLook:
    """One point of the goal chart."""

    round: int
    estimate: float | None
    proven_at_least: float | None
    low: float | None
    high: float | None
    told: str


@dataclass(frozen=True, slots=True)
class ToldTable:
    """A table: heads, rows of cells, and which columns are text; the others are numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Heads:
    """The titles of the report's sections."""

    money: str
    funnel: str
    actions: str
    rounds: str
    people: str
    segments: str
    checks: str
    advice: str
    method: str


@dataclass(frozen=True, slots=True)
class ReportStory:
    """A report, told. Tables without heads are empty and not shown."""

    campaign: str
    period: str
    made: str
    status: str
    tone: Tone
    reason: str
    verdict: str
    is_proven: bool
    target: float
    target_told: str
    chart_title: str
    looks: tuple[GoalLook, ...]
    figures: tuple[Figure, ...]
    forecast: str
    bars: tuple[Bar, ...]
    funnel: tuple[Step, ...]
    actions: ToldTable
    personalisation: str
    rounds: ToldTable
    turns: tuple[Turn, ...]
    people: ToldTable
    segments: ToldTable
    checks: tuple[str, ...]
    advice: tuple[str, ...]
    method: tuple[str, ...]
    heads: Heads
    made_at: datetime


def told(data: ReportData, language: str) -> ReportStory:
    """The report in a language; Invalid for one it does not speak."""
    story = story_of(data, language)
    tell = story.teller
    metric = data.goal.metric
    same = (
        "campaign", "period", "made", "status", "tone", "reason", "verdict", "is_proven", "figures", "forecast", "bars",
        "funnel", "personalisation", "turns", "checks", "advice", "method",
    )  # fmt: skip
    tables: dict[str, Any] = {
        name: _table(getattr(story, name)) for name in ("actions", "rounds", "people", "segments")
    }
    names = Heads.__dataclass_fields__
    return ReportStory(
        **{name: getattr(story, name) for name in same},
        **tables,
        target=data.goal.target,
        target_told=tell.words("chart.target", value=tell.amount(data.goal.target, metric)),
        chart_title=tell.words("chart.goal", noun=figures.noun(data, tell)),
        looks=tuple(
            GoalLook(
                round=each.number,
                estimate=each.estimate,
                proven_at_least=each.proven_at_least,
                low=each.interval[0] if each.interval else None,
                high=each.interval[1] if each.interval else None,
                told=tell.amount(each.estimate, metric),
            )
            for each in data.rounds
            if each.estimate is not None
        ),
        heads=Heads(**{name: tell.words(f"head.{name}") for name in names}),
        made_at=data.made_at,
    )


def _table(table: Table) -> ToldTable:
    return ToldTable(table.heads, table.rows, tuple(sorted(table.text_columns)))
