"""The report as a PDF: the same story set by Typst, with its own font, so that it looks alike everywhere."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import noto_cjk_sans_otc
import typst

from setpoint.autopilot.report import charts, figures
from setpoint.autopilot.report.story import story_of
from setpoint.autopilot.report.types import ReportData

# The Korean face sets Latin quotes and dots narrow, the Chinese one wide.
FONTS = {"en": "Noto Sans CJK KR", "zh": "Noto Sans CJK SC"}
MOST_TURNS = 12
_HEADS = ("money", "baseline", "actions", "funnel", "rounds", "segments", "people", "checks", "advice", "method")


def to_pdf(data: ReportData, language: str = "en") -> bytes:
    """The document in one language; two to four A4 pages. Invalid for a language it does not speak."""
    template = files(__package__).joinpath("report.typ").read_bytes()
    made: bytes = typst.compile(
        template,
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"report": json.dumps(_told(data, language), ensure_ascii=False)},
    )
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(noto_cjk_sans_otc.__file__).parent)])


def _told(data: ReportData, language: str) -> dict[str, Any]:
    story = story_of(data, language)
    paper = charts.Paper(FONTS[language], 760, 520)
    tell = story.teller
    tables = {name: asdict(getattr(story, name)) for name in ("baseline", "actions", "rounds", "segments", "people")}
    for table in tables.values():
        table["text_columns"] = sorted(table["text_columns"])
    plain = ("campaign", "company", "period", "made", "status", "tone", "reason", "verdict", "is_proven", "forecast",
             "personalisation", "baseline_sentence", "checks", "advice", "method")  # fmt: skip
    words = {name: tell.words(f"head.{name}") for name in _HEADS}
    return {
        **{name: getattr(story, name) for name in plain},
        **tables,
        "lang": language,
        "font": FONTS[language],
        "region": "cn" if language == "zh" else "gb",
        "words": words | {"title": tell.words("title"), "empty": tell.words("chart.empty")},
        "figures": [asdict(figure) for figure in story.figures],
        "bars": [asdict(bar) for bar in story.bars],
        "funnel": [{"label": step.label, "value": step.value, "share": step.told_share} for step in story.funnel],
        "turns": [asdict(turn) for turn in story.turns[-MOST_TURNS:]],
        "goal_caption": tell.words("chart.goal", noun=figures.noun(data, tell)),
        "goal_chart": charts.goal_chart(data, language, paper),
        "actions_chart": charts.actions_chart(data, paper),
    }
