"""The report's few large numbers: the verdict, the tiles, forecast against reached."""

from __future__ import annotations

from collections.abc import Iterator

from setpoint.autopilot.report.parts import NEAR_LIMIT, Figure, Tone
from setpoint.autopilot.report.telling import Teller
from setpoint.autopilot.report.types import ReportData


def is_proven(data: ReportData) -> bool:
    """Whether anything is proven of the increment: only then may a number be shown in colour."""
    return data.goal.verdict == "proven" and (data.goal.proven_at_least or 0) > 0


def unit(data: ReportData, tell: Teller) -> str:
    """What the goal counts, in words."""
    return tell.known(f"unit.{data.goal.metric}", data.goal.metric)


def noun(data: ReportData, tell: Teller) -> str:
    """What the goal counts, where no number stands before it."""
    return tell.known(f"noun.{data.goal.metric}", data.goal.metric)


def verdict(data: ReportData, tell: Teller) -> str:
    """The one sentence of the report: proven, not proven, harm, or how much data is missing."""
    goal = data.goal
    told = {
        "proven": tell.proven(goal.proven_at_least, goal.metric),
        "estimate": tell.amount(goal.estimate, goal.metric),
        "target": tell.amount(goal.target, goal.metric),
        "noun": noun(data, tell),
    }
    if not goal.incremental:
        return tell.words("verdict.counted", unit=unit(data, tell), **told)
    if goal.verdict == "not enough data" or goal.estimate is None:
        return " ".join(filter(None, (tell.words("verdict.not enough data"), _missing(data, tell))))
    key = f"verdict.{goal.verdict}"
    if is_proven(data) and (goal.proven_at_least or 0) >= goal.target:
        key = "verdict.proven.reached"
    return tell.words(key, unit=unit(data, tell), **told)


def _missing(data: ReportData, tell: Teller) -> str:
    parts = [
        tell.words(f"missing.{kind}", count=tell.count(count))
        for kind, count in data.goal.missing.items()
        if count > 0 and kind in ("conversions", "conversions_withheld", "withheld")
    ]
    if not parts:
        return ""
    joined = parts[0]
    for part in parts[1:]:
        joined = tell.words("and", first=joined, second=part)
    return tell.words("missing.sentence", parts=joined)


def figures(data: ReportData, tell: Teller) -> Iterator[Figure]:
    """The tiles at the top: both numbers of the goal, money, messages, return."""
    yield from _goal_figures(data, tell)
    spend = data.spend
    yield Figure(
        tell.words("tile.spent"),
        tell.money(spend.money),
        tell.words("note.of_limit", limit=tell.money(spend.limit)) if spend.limit else tell.words("note.no_limit"),
        tell.words("hover.spent", money=tell.exact_money(spend.reserved)),
        "attention" if spend.limit and spend.money + spend.reserved >= NEAR_LIMIT * spend.limit else "neutral",
    )
    limit = spend.messages_limit
    note = tell.words("note.no_limit") if limit is None else tell.words("note.of_limit", limit=tell.count(limit))
    yield Figure(tell.words("tile.messages"), tell.count(spend.messages), note, tell.words("hover.messages"))
    yield from _value_figures(data, tell)


def _goal_figures(data: ReportData, tell: Teller) -> Iterator[Figure]:
    goal, proven = data.goal, is_proven(data)
    target = tell.amount(goal.target, goal.metric)
    extra = tell.words("goal.increment", noun=noun(data, tell)) if goal.incremental else noun(data, tell)
    yield Figure(tell.words("tile.target"), target, extra, tell.words("note.until", day=tell.day(goal.deadline)))
    interval = tell.span(goal.interval, goal.metric)
    hover = tell.words("hover.estimate", interval=interval)
    yield Figure(
        tell.words("tile.estimate"),
        tell.amount(goal.estimate, goal.metric),
        interval,
        hover if proven or not goal.incremental else f"{hover} {tell.words('hover.unproven')}",
        "neutral" if proven or not goal.incremental else "quiet",
    )
    if goal.incremental:
        yield Figure(
            tell.words("tile.proven"),
            tell.proven(goal.proven_at_least, goal.metric) if proven else "–",
            extra if proven else tell.words("note.unproven"),
            _hover_two(data, tell) if proven else tell.words("hover.proven"),
            "good" if proven else "quiet",
        )


def _hover_two(data: ReportData, tell: Teller) -> str:
    goal = data.goal
    return tell.words(
        "hover.two",
        proven=tell.proven(goal.proven_at_least, goal.metric),
        estimate=tell.amount(goal.estimate, goal.metric),
        unit=unit(data, tell),
    )


def _value_figures(data: ReportData, tell: Teller) -> Iterator[Figure]:
    cost = data.cost_per_incremental
    tone: Tone = "neutral" if is_proven(data) else "quiet"
    note = tell.words("note.none") if cost is None else tell.words("note.increment")
    yield Figure(tell.words("tile.cost"), tell.exact_money(cost), note, tell.words("hover.cost"), tone)
    span = data.incremental_revenue_interval
    note = (
        tell.words("note.none")
        if span is None
        else tell.words("note.interval", low=tell.money(span[0]), high=tell.money(span[1]))
    )
    is_sure = span is not None and span[0] > 0
    revenue = tell.money(data.incremental_revenue)
    yield Figure(
        tell.words("tile.revenue"), revenue, note, tell.words("hover.revenue"), "neutral" if is_sure else "quiet"
    )
    one = tell.money(1).removesuffix(".00")
    yield Figure(
        tell.words("tile.roi"),
        tell.money(data.roi),
        tell.words("note.roi", unit=one),
        tell.words("hover.roi"),
        "neutral" if is_sure else "quiet",
    )


def forecast(data: ReportData, tell: Teller) -> str:
    """What the plans had forecast beside what came; empty before a reading."""
    goal = data.goal
    if goal.forecast_estimate is None or goal.estimate is None:
        return ""
    return tell.words(
        "forecast.sentence",
        forecast=tell.amount(goal.forecast_estimate, goal.metric),
        estimate=tell.amount(goal.estimate, goal.metric),
        unit=unit(data, tell),
    )
