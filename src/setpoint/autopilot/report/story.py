"""The report as a reader meets it: sentences, figures and tables in one language, before any form is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from setpoint.autopilot.report import figures, tables
from setpoint.autopilot.report.parts import Bar, Figure, Step, Table, Tone, Turn
from setpoint.autopilot.report.telling import Teller, teller
from setpoint.autopilot.report.types import ReportData

_TONES: dict[str, Tone] = {"goal": "good", "harm": "attention", "frozen": "attention", "limit": "attention"}


@dataclass(frozen=True, slots=True)
class Story:
    """A report in one language."""

    teller: Teller
    campaign: str
    company: str
    period: str
    made: str
    status: str
    tone: Tone
    reason: str
    verdict: str
    is_proven: bool
    figures: tuple[Figure, ...]
    forecast: str
    bars: tuple[Bar, ...]
    funnel: tuple[Step, ...]
    actions: Table
    personalisation: str
    rounds: Table
    turns: tuple[Turn, ...]
    people: Table
    segments: Table
    baseline: Table
    baseline_sentence: str
    checks: tuple[str, ...]
    advice: tuple[str, ...]
    method: tuple[str, ...]


def story_of(data: ReportData, language: str) -> Story:
    """The report in a language ("en" or "zh"); Invalid for any other."""
    tell = teller(language, data.currency)
    return Story(
        teller=tell,
        campaign=data.campaign,
        company=data.company,
        period=_period(data, tell),
        made=tell.words("made", when=tell.moment(data.made_at)),
        status=tell.known(f"status.{data.status}", data.status),
        tone=_TONES.get(data.status, "neutral"),
        reason=tell.said(data.reason),
        verdict=figures.verdict(data, tell),
        is_proven=figures.is_proven(data),
        figures=tuple(figures.figures(data, tell)),
        forecast=figures.forecast(data, tell),
        bars=tuple(tables.bar(line, data, tell) for line in data.spend.lines),
        funnel=tuple(tables.funnel(data, tell)),
        actions=tables.actions(data, tell),
        personalisation=tables.personalisation(data, tell),
        rounds=tables.rounds(data, tell),
        turns=tuple(tables.turn(each, data, tell) for each in data.rounds),
        people=tables.people(data, tell),
        segments=tables.segments(data, tell),
        baseline=tables.baseline(data, tell),
        baseline_sentence=tables.baseline_sentence(data, tell),
        checks=tuple(_checks(data, tell)),
        advice=tuple(tell.said(each) for each in data.advice) or (tell.words("advice.none"),),
        method=tuple(_method(data, tell)),
    )


def _period(data: ReportData, tell: Teller) -> str:
    if data.started_at is None:
        return tell.words("period.none")
    if data.ended_at is None:
        return tell.words("period.open", start=tell.day(data.started_at))
    return tell.words("period.closed", start=tell.day(data.started_at), end=tell.day(data.ended_at))


def _checks(data: ReportData, tell: Teller) -> Iterator[str]:
    ratio = data.ratio
    if ratio is None:
        yield tell.words("check.ratio.none")
    else:
        key = "check.ratio.bad" if ratio.alarm else "check.ratio.good"
        yield tell.words(key, observed=tell.share(ratio.observed), expected=tell.share(ratio.expected))
    yield _ledger_check(data, tell)
    if data.funnel.unknown:
        yield tell.words("check.unknown", count=tell.count(data.funnel.unknown))
    yield tell.words("check.machines")
    if data.oracle is not None:
        yield tell.words(
            "oracle.sentence", value=tell.amount(data.oracle, data.goal.metric), unit=figures.unit(data, tell)
        )


def _ledger_check(data: ReportData, tell: Teller) -> str:
    ledger = data.ledger
    if not ledger.rows_expected:
        return tell.words("check.ledger.none")
    if ledger.is_whole:
        return tell.words("check.ledger.good", rows=tell.count(ledger.rows))
    return tell.words("check.ledger.bad", rows=tell.count(ledger.rows), expected=tell.count(ledger.rows_expected))


def _method(data: ReportData, tell: Teller) -> Iterator[str]:
    yield from (tell.words(f"method.{number}") for number in (1, 2, 3))
    if data.policy:
        yield tell.words("method.4", policy=data.policy)
