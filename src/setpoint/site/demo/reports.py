"""The demo's report: that of the campaign, with the usual way and the best reachable result beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from setpoint.autopilot.report.page import to_html
from setpoint.autopilot.report.paper import to_pdf
from setpoint.autopilot.report.rows import to_csv
from setpoint.autopilot.report.text import to_text
from setpoint.autopilot.report.types import BaselinePart, ReportData
from setpoint.site.demo.instance import Instance

NAME = "usual"


def write_reports(
    instances: Mapping[str, Instance], found: Mapping[str, Mapping[str, Any]], best: Mapping[str, Any], home: Path
) -> dict[str, str]:
    """Write the report in all forms and both languages; form and language to path."""
    data = replace(_data(instances["setpoint"], found["setpoint"]), oracle=_reachable(best))
    if "baseline" in found:
        data = replace(data, baseline=_baseline(_data(instances["baseline"], found["baseline"])))
    kept = {"html.en": home / "report.html", "csv.en": home / "report.csv"}
    kept["html.en"].write_text(to_html(data))
    kept["csv.en"].write_text(to_csv(data))
    for language in ("en", "zh"):
        kept[f"pdf.{language}"] = home / f"report.{language}.pdf"
        kept[f"pdf.{language}"].write_bytes(to_pdf(data, language))
        kept[f"text.{language}"] = home / f"report.{language}.txt"
        kept[f"text.{language}"].write_text(to_text(data, language))
    return {name: str(path) for name, path in kept.items()}


def _data(instance: Instance, own: Mapping[str, Any]) -> ReportData:
    told = instance.api("GET", f"/campaigns/{own['campaign']}/report?format=json")
    return msgspec.convert(told, ReportData, strict=False)


def _reachable(best: Mapping[str, Any]) -> float | None:
    metric = best["goal"]["metric"]
    if metric == "conversion_rate":
        return None
    return float(best["reachable"]["revenue" if metric == "revenue" else "conversions"])


def _baseline(data: ReportData) -> BaselinePart:
    return BaselinePart(
        name=NAME,
        status=data.status,
        estimate=data.goal.estimate,
        proven_at_least=data.goal.proven_at_least,
        money=data.spend.money,
        messages=data.spend.messages,
        converted=data.funnel.converted,
        cost_per_incremental=data.cost_per_incremental,
        rounds=len(data.rounds),
    )
