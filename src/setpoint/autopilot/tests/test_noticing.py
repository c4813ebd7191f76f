"""Notices of campaigns: told once, to those who may see campaigns."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from setpoint.autopilot import noticing
from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.models import Campaign
from setpoint.delivery import services as delivery
from setpoint.governance.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(now: datetime) -> Campaign:
    return Campaign.objects.create(name="Spring", spec={}, created_at=now, round=3)


def told() -> list[tuple[str, dict[str, Any]]]:
    return [(notice.kind, notice.data) for notice in Notice.objects.order_by("pk")]


def test_the_end_is_told_with_its_reason(campaign: Campaign, now: datetime) -> None:
    noticing.tell_end(campaign, "goal", now=now)
    assert told() == [("campaign_concluded", {"name": "Spring", "outcome": "goal", "round": 3})]


def test_waiting_for_a_person_is_told_once_and_waiting_for_time_never(campaign: Campaign, now: datetime) -> None:
    for _turn in range(3):
        noticing.tell_wait(campaign, Waiting(None, "approval"), now=now)
        noticing.tell_wait(campaign, Waiting(now + timedelta(days=1), "response_window"), now=now)
    assert told() == [("approval_needed", {"name": "Spring", "round": 3, "reason": "approval"})]


def test_a_fault_is_told(campaign: Campaign, now: datetime) -> None:
    noticing.tell_fault(campaign, now=now)
    assert told() == [("campaign_held", {"name": "Spring", "round": 3, "reason": "fault"})]


def test_each_limit_is_told_once(campaign: Campaign, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        SimpleNamespace(scope="campaign", resource="money", level="near"),
        SimpleNamespace(scope="campaign", resource="messages", level="reached"),
    ]
    monkeypatch.setattr(delivery, "warnings", lambda key: found)
    for _round in range(2):
        noticing.tell_limits(campaign, now=now)
    assert [data["resource"] for _kind, data in told()] == ["money", "messages"]
