"""The report's charts as SVG: Vega-Lite specifications, drawn by vl-convert without a browser.

One motif: a dashed line for the goal or zero, the measured line, and a band down to what is proven. Grey until proven.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import vl_convert

from setpoint.autopilot.report import figures
from setpoint.autopilot.report.telling import Teller, teller
from setpoint.autopilot.report.types import ReportData

Spec = dict[str, Any]
PAGE_FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
)
MOST_ACTIONS = 8
COLOURS: Mapping[str, str] = {
    "ink": "#1f2329",
    "muted": "#6b7075",
    "line": "#dfe1e5",
    "accent": "#1660c4",
    "quiet": "#8a8f96",
    "put": "#9dbfee",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """Where charts go: their font and the widths in pixels of a full and of a half column."""

    font: str
    full: int
    half: int


def goal_chart(data: ReportData, language: str, paper: Paper) -> str:
    """Target dashed, best estimate as the line, a band down to "proven at least"; empty before a reading."""
    tell = teller(language, data.currency)
    rows = _readings(data)
    if len(rows) < 2:
        return ""
    colour = COLOURS["accent" if figures.is_proven(data) or not data.goal.incremental else "quiet"]
    x = {"field": "round", "type": "quantitative", "axis": _round_axis(int(rows[-1]["round"]), tell)}
    y = {"type": "quantitative", "axis": _axis(title=None, format=_number_format(data))}
    low, best = y | {"field": "proven"}, y | {"field": "estimate"}
    dots = {"color": colour, "size": 45}
    layers = [
        _layer({"type": "area", "color": colour, "opacity": 0.18}, x, low, y2={"field": "estimate"}),
        _layer({"type": "line", "color": colour, "strokeWidth": 1, "opacity": 0.6}, x, low),
        _layer({"type": "line", "color": colour, "strokeWidth": 2.5, "point": dots}, x, best),
        *_target_layers(data, tell),
        *_end_labels(data, tell, rows[-1], colour),
    ]
    return _draw({"data": {"values": rows}, "layer": layers, "width": paper.full, "height": 240}, paper)


def actions_chart(data: ReportData, paper: Paper) -> str:
    """Each action's likely effect as a dot with its range, zero as the dashed line; empty without posteriors."""
    known = [each for each in data.actions if each.labels and None not in (each.mean, each.low, each.high)]
    rows = [
        {
            "name": " · ".join(each.labels),
            "order": index,
            "mean": 1000 * (each.mean or 0),
            "low": 1000 * (each.low or 0),
            "high": 1000 * (each.high or 0),
            "colour": COLOURS["accent" if (each.low or 0) > 0 else "quiet"],
        }
        for index, each in enumerate(sorted(known, key=lambda each: -(each.mean or 0))[:MOST_ACTIONS])
    ]
    if not rows:
        return ""
    spec = {"data": {"values": rows}, "layer": _action_layers(paper), "width": paper.half, "height": {"step": 46}}
    return _draw(spec, paper)


def _action_layers(paper: Paper) -> list[Spec]:
    y = {"field": "order", "type": "ordinal", "axis": None}
    x = {"type": "quantitative", "axis": _axis(title=None, tickCount=5)}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    name = {"type": "text", "align": "left", "dy": -13, "color": COLOURS["ink"], "limit": paper.half}
    dot = {"type": "point", "filled": True, "size": 80, "opacity": 1}
    return [
        _layer({"type": "rule", "strokeDash": [4, 4], "color": COLOURS["muted"]}, {"datum": 0, **x}, None),
        _layer({"type": "rule", "strokeWidth": 3}, x | {"field": "low"}, y, x2={"field": "high"}, color=colour),
        _layer(dot, x | {"field": "mean"}, y, color=colour),
        _layer(name, {"value": 0}, y, text={"field": "name"}),
    ]


def rounds_chart(data: ReportData, paper: Paper) -> str:
    """Messages sent and held back by round, stacked, without a legend; empty before the first round."""
    rows = [
        {"round": each.number, "order": order, "count": getattr(each, kind), "colour": COLOURS[colour]}
        for each in data.rounds
        for order, (kind, colour) in enumerate((("sent", "accent"), ("held_back", "put")))
    ]
    if not rows:
        return ""
    axis = _axis(title=None, format=",.0f", tickCount=4)
    encoding = {
        "x": {"field": "round", "type": "ordinal", "axis": _axis(title=None, labelAngle=0, grid=False)},
        "y": {"field": "count", "type": "quantitative", "axis": axis},
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "order": {"field": "order"},
    }
    mark = {"type": "bar", "width": {"band": 0.6}}
    spec = {"data": {"values": rows}, "mark": mark, "encoding": encoding, "width": paper.half, "height": 170}
    return _draw(spec, paper)


def themed(svg: str) -> str:
    """The same picture in the page's colours, so that it follows light and dark."""
    for name, colour in COLOURS.items():
        svg = svg.replace(f'"{colour}"', f'"var(--{name})"')
    return svg


def _readings(data: ReportData) -> list[dict[str, float]]:
    scale = 100 if data.goal.metric == "conversion_rate" else 1
    rows = [{"round": 0.0, "estimate": 0.0, "proven": 0.0}]
    for each in data.rounds:
        if each.estimate is not None:
            proven = each.proven_at_least if data.goal.incremental else each.estimate
            low = each.estimate if proven is None else proven
            rows.append({"round": each.number, "estimate": scale * each.estimate, "proven": scale * low})
    return rows


def _target(data: ReportData) -> float:
    return data.goal.target * (100 if data.goal.metric == "conversion_rate" else 1)


def _target_layers(data: ReportData, tell: Teller) -> list[Spec]:
    y = {"datum": _target(data), "type": "quantitative"}
    label = tell.words("chart.target", value=tell.amount(data.goal.target, data.goal.metric))
    text = {"type": "text", "align": "left", "dy": -7, "color": COLOURS["ink"], "fontWeight": 600}
    rule = {"type": "rule", "strokeDash": [6, 5], "color": COLOURS["ink"], "strokeWidth": 1.4}
    one: Spec = {"values": [{}]}
    return [
        {"data": one, "mark": rule, "encoding": {"y": y}},
        {"data": one, "mark": text, "encoding": {"y": y, "x": {"value": 4}, "text": {"value": label}}},
    ]


def _end_labels(data: ReportData, tell: Teller, last: Mapping[str, float], colour: str) -> list[Spec]:
    if not data.goal.incremental:
        return []
    metric = data.goal.metric
    labels = [("estimate", f"{tell.words('tile.estimate')} {tell.amount(data.goal.estimate, metric)}", -12)]
    if figures.is_proven(data):
        labels.append(("proven", f"{tell.words('tile.proven')} {tell.proven(data.goal.proven_at_least, metric)}", 18))
    return [
        {
            "data": {"values": [dict(last)]},
            "mark": {"type": "text", "align": "right", "dx": -6, "dy": shift, "color": colour, "fontWeight": 600},
            "encoding": {
                "x": {"field": "round", "type": "quantitative"},
                "y": {"field": name, "type": "quantitative"},
                "text": {"value": label},
            },
        }
        for name, label, shift in labels
    ]


def _round_axis(last: int, tell: Teller) -> Spec:
    values = list(range(last + 1)) if last <= 12 else None
    return _axis(title=tell.words("col.round"), values=values, format="d", grid=False, labelOverlap=False)


def _number_format(data: ReportData) -> str:
    return ".1f" if data.goal.metric == "conversion_rate" else ",.0f"


def _axis(**given: Any) -> Spec:
    return {
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        **{k: v for k, v in given.items() if v is not None or k == "title"},
    }


def _layer(mark: Spec, x: Spec, y: Spec | None, **more: Spec) -> Spec:
    return {"mark": mark, "encoding": {"x": x, **({"y": y} if y else {}), **more}}


def _draw(spec: Spec, paper: Paper) -> str:
    config = {
        "font": paper.font,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {
            "labelColor": COLOURS["muted"],
            "titleColor": COLOURS["muted"],
            "gridColor": COLOURS["line"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 400,
        },
        "text": {"fontSize": 12},
    }
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "padding": 4, **spec, "config": config}
    svg: str = vl_convert.vegalite_to_svg(whole)
    return re.sub(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*?>', _head, svg, count=1)


def _head(found: re.Match[str]) -> str:
    """The outer tag, so that the picture shrinks with its column and never grows."""
    width, height = found.groups()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">'
    )
