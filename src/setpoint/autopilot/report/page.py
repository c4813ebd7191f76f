"""The report as one HTML file that needs nothing else: both languages, light and dark, phone, desk and print."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from minijinja import Environment

from setpoint.autopilot.report import charts, figures
from setpoint.autopilot.report.parts import Bar, Step
from setpoint.autopilot.report.story import Story, story_of
from setpoint.autopilot.report.telling import WORDS, teller
from setpoint.autopilot.report.types import ReportData

LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans"}
WIDE = charts.Paper(charts.PAGE_FONT, 900, 560)
NARROW = charts.Paper(charts.PAGE_FONT, 300, 280)


def to_html(data: ReportData, language: str = "en") -> str:
    """The page, opening in `language` with a switch to the other; Invalid for a language it does not speak."""
    opened = teller(language, data.currency).language
    shared = {
        "actions_wide": _inline(charts.actions_chart(data, WIDE)),
        "actions_narrow": _inline(charts.actions_chart(data, NARROW)),
        "rounds_wide": _inline(charts.rounds_chart(data, WIDE)),
        "rounds_narrow": _inline(charts.rounds_chart(data, NARROW)),
    }
    told = [_told(data, code) | shared for code in WORDS]
    page: str = _engine().render_template(
        "report.html", stories=told, language=opened, tags=LANGUAGE_TAGS, style=_asset("report.css")
    )
    return page


def _told(data: ReportData, language: str) -> dict[str, Any]:
    story = story_of(data, language)
    tell = story.teller
    return {
        "code": language,
        "words": dict(WORDS[tell.language]),
        "s": _with_widths(story),
        "goal_caption": tell.words("chart.goal", noun=figures.noun(data, tell)),
        "goal_wide": _inline(charts.goal_chart(data, language, WIDE)),
        "goal_narrow": _inline(charts.goal_chart(data, language, NARROW)),
        "footer": tell.words("footer", company=data.company),
    }


def _with_widths(story: Story) -> dict[str, Any]:
    seen = {name: getattr(story, name) for name in Story.__dataclass_fields__}
    return seen | {"bars": [_bar(bar) for bar in story.bars], "funnel": [_step(step) for step in story.funnel]}


def _bar(bar: Bar) -> dict[str, Any]:
    widths = {"committed_width": _width(bar.committed), "reserved_width": _width(bar.reserved)}
    return {"label": bar.label, "sentence": bar.sentence, "tone": bar.tone, "price": bar.price, **widths}


def _step(step: Step) -> dict[str, Any]:
    seen = {name: getattr(step, name) for name in ("label", "value", "told_share", "title")}
    return seen | {"width": _width(step.share)}


def _width(share: float) -> str:
    return f"{100 * share:.1f}%"


def _inline(svg: str) -> str:
    return charts.themed(svg).replace('xmlns="http://www.w3.org/2000/svg" ', "")


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


@cache
def _engine() -> Environment:
    return Environment(templates={"report.html": _asset("report.html")}, trim_blocks=True, lstrip_blocks=True)
