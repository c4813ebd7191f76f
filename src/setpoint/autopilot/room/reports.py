"""Reports kept ready: gathering one reads every decision of a campaign, which no page should wait for."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import Max

from setpoint.autopilot import reporting
from setpoint.autopilot.models import Campaign, Summary
from setpoint.autopilot.report.told import ReportStory, told
from setpoint.autopilot.report.types import ReportData

MOST_AT_ONCE = 1
SLOW_SECONDS = 0.5
"""Where counting takes longer than this, a report of the step before is shown until the new one is ready."""


def refresh(now: datetime) -> bool:
    """Gather the report of a campaign that has finished a step since its last one; whether there was any."""
    kept = Summary.objects.select_related("campaign").annotate(last=Max("campaign__steps__pk")).order_by("pk")
    stale = [each for each in kept if each.report_mark != mark_of(each.campaign, each.last)]
    for summary in stale[:MOST_AT_ONCE]:
        mark = mark_of(summary.campaign, summary.last)
        data = msgspec.to_builtins(reporting.report_data(summary.campaign_id, now=now))
        Summary.objects.filter(pk=summary.pk).update(report=data, report_mark=mark)
    return bool(stale)


def story(campaign_id: int, language: str, *, now: datetime) -> ReportStory:
    """The report told in one language: the kept one while nothing has happened since, else gathered now."""
    kept = Summary.objects.filter(campaign=campaign_id, report__isnull=False).select_related("campaign")
    summary = kept.annotate(last=Max("campaign__steps__pk")).first()
    if summary is None or not _is_good(summary, mark_of(summary.campaign, summary.last)):
        return reporting.story(campaign_id, language, now=now)
    return told(msgspec.convert(summary.report, ReportData, strict=False), language)


def mark_of(campaign: Campaign, last_step: int | None) -> str:
    """What a report was gathered from."""
    return f"{campaign.version}:{campaign.state}:{last_step or 0}"


def _is_good(summary: Summary, mark: str) -> bool:
    return summary.report_mark == mark or summary.seconds > SLOW_SECONDS
