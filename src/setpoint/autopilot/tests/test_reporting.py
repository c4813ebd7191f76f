"""Reports of drafts, live and ended campaigns, in every form and language."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import pytest

from setpoint.autopilot import reporting, services
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.report.types import ReportData
from setpoint.autopilot.tests.company import Company
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.django_db
WORDS = {"en": "Goal", "zh": "目标"}


def check_forms(campaign: Campaign, company: Company) -> ReportData:
    """Every form in both languages; the data that they tell."""
    for language, word in WORDS.items():
        for form in ("html", "text"):
            body, content_type = reporting.render(campaign.pk, form, language, now=company.now)
            assert "utf-8" in content_type
            told = body.decode()
            assert campaign.name in told
            assert "Traceback" not in told
            assert "nan" not in told.split()
            assert form == "text" or word in told
        body, content_type = reporting.render(campaign.pk, "pdf", language, now=company.now)
        assert (body[:5], content_type) == (b"%PDF-", "application/pdf")
    body, _type = reporting.render(campaign.pk, "csv", "en", now=company.now)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) > 5
    body, _type = reporting.render(campaign.pk, "json", "en", now=company.now)
    data = reporting.report_data(campaign.pk, now=company.now)
    assert msgspec.convert(json.loads(body), ReportData, strict=False) == data
    return data


def test_a_draft_has_a_report(desk: Company) -> None:
    draft = services.create_campaign("Spring", desk.spec(), actor="ann", now=desk.now)
    data = check_forms(draft, desk)
    assert (data.status, data.audience, data.spend.money, data.rounds) == ("draft", 0, 0.0, ())
    assert data.spend.limit == 100.0


def test_live_and_ended_reports_agree_with_the_ledger(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    company.turn(sends=False)
    _check_live(company, campaign)
    campaign = company.play(campaign)
    data = check_forms(campaign, company)
    assert data.status == campaign.outcome
    assert campaign.outcome in {"goal", "deadline"}  # which of them hangs on the draws, and those on the customers' ids
    _check_sums(company, campaign, data, provider)
    if campaign.outcome == "goal":
        _check_goal(data)


def _check_live(company: Company, campaign: Campaign) -> None:
    data = check_forms(campaign, company)
    assert (data.status, data.audience) == ("running", len(company.ids))
    assert data.goal.estimate is None
    assert data.funnel.sent == 0
    assert data.ledger.is_whole


def _check_sums(company: Company, campaign: Campaign, data: ReportData, provider: Any) -> None:
    rows = list(company.rows(campaign))
    assert data.ledger.is_whole
    assert data.ledger.rows == len(rows) == data.funnel.decided - data.funnel.none
    assert data.funnel.planned + data.funnel.ghost + data.funnel.held_out == len(rows)
    assert data.funnel.sent == data.spend.messages == len(provider.taken)
    spent = sum(row.cost_money + row.offer_cost for row in rows) / 1e6
    assert data.spend.money == pytest.approx(spent)
    assert sum(data.spend.by_channel.values()) == pytest.approx(spent)
    assert sum(action.sends for action in data.actions) == data.funnel.sent
    assert data.spend.money <= data.spend.limit


def _check_goal(data: ReportData) -> None:
    assert data.goal.proven_at_least is not None
    assert data.goal.proven_at_least >= data.goal.target
    assert data.goal.interval is not None
    assert data.goal.interval[0] <= data.goal.estimate <= data.goal.interval[1]
    assert [each.number for each in data.rounds] == list(range(1, len(data.rounds) + 1))
    assert data.decisions
    assert all(0 < decision.probability <= 1 for decision in data.decisions)


def test_a_cancelled_campaign_reports_so(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    services.cancel(campaign.pk, actor="ann", now=company.now)
    campaign.refresh_from_db()
    data = check_forms(campaign, company)
    assert data.status == "cancelled"
    assert data.reason is not None


def test_unknown_campaigns_and_languages_are_refused(desk: Company) -> None:
    with pytest.raises(NotFound):
        reporting.render(10**15, "text", "en", now=desk.now)
    draft = services.create_campaign("Spring", desk.spec(), actor="ann", now=desk.now)
    with pytest.raises(Invalid):
        reporting.render(draft.pk, "text", "fr", now=desk.now)
