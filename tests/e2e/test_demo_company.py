"""The demo company with its real past: it comes whole, adds up, and leaves nothing behind, rows and lake."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from django.apps import apps

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.reporting import report_data
from setpoint.autopilot.room import days
from setpoint.content.models import Offer
from setpoint.customers import services as customers
from setpoint.customers.models import Customer, Identity, JoinSettings, Tag
from setpoint.delivery import services as delivery
from setpoint.events.reading import recent_events
from setpoint.segments import services as segments
from setpoint.site.company import past, services
from setpoint.site.company.models import DemoCompany, DemoMail

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
SIZE = 700
LEFT = {
    "governance.auditentry",
    "customers.traitname",
    "customers.revision",
    "customers.removal",
    "governance.company",
    "autopilot.day",
}
FRAMEWORK = {"contenttypes", "auth", "sessions", "account", "mfa", "usersessions", "socialaccount"}


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's world with fewer people and a nearer goal."""
    world = json.loads(past.WORLD.read_text())
    world["population"]["size"] = SIZE
    world["brief"]["goal"]["target"] = 20
    path = tmp_path / "world.json"
    path.write_text(json.dumps(world))
    monkeypatch.setattr(past, "WORLD", path)


def _rows() -> dict[str, int]:
    """How many rows each of our tables holds, but for what is kept on purpose."""
    own = [model for model in apps.get_models() if model._meta.app_label not in FRAMEWORK]
    counted = {model._meta.label_lower: model._base_manager.count() for model in own}
    return {name: count for name, count in counted.items() if count and name not in LEFT}


def _lake_rows(lake: str) -> dict[str, int]:
    return {path.name: DeltaTable(str(path)).count() for path in Path(lake).iterdir() if (path / "_delta_log").exists()}


def _finished() -> Any:
    services.bring(actor="user:1 ann", now=NOW)
    assert services.run_next("worker", now=NOW) is True
    found = services.status()
    assert found.state == "ready", found.failure
    return found


def test_it_comes_whole_and_goes_whole(small_world, settings) -> None:
    own, _ = Customer.objects.get_or_create(created_at=NOW, updated_at=NOW)
    Identity.objects.create(customer=own, kind="user_id", value="c000001")
    days.refresh(NOW)
    _name_as_the_demo_does()
    before = _rows()
    found = _finished()
    days.refresh(NOW)
    assert Offer.objects.filter(name__in=["Four off", "Four off (2)"]).count() == 2
    assert sum(day.orders for day in days.days(NOW)[0]) > 0
    assert found.figures.customers == SIZE
    assert [one.state for one in found.campaigns] == ["ended", "draft"]
    _check_people()
    _check_report(found.campaigns[0].id, found.figures.deliveries)
    services.take_away(actor="user:1 ann", now=NOW)
    assert services.run_next("worker", now=NOW) is True
    assert _rows() == before
    assert set(_lake_rows(settings.SETPOINT_LAKE).values()) <= {0}
    assert segments.count(segments.parse_tree({"everyone": True}), as_of=NOW) == 1
    assert not DemoCompany.objects.exists()
    assert not DemoMail.objects.exists()
    days.refresh(NOW)
    assert sum(day.orders for day in days.days(NOW)[0]) == 0


def _name_as_the_demo_does() -> None:
    """What the demo's own home has too, and what a company has but once."""
    stamps = {"created_at": NOW, "updated_at": NOW}
    Offer.objects.create(name="Four off", kind="none", **stamps)
    Tag.objects.create(
        name="rfm:champions",
        kind="rule",
        layer="value",
        how={"rfm": "champions"},
        created_at=NOW,
        created_by="setpoint",
    )
    JoinSettings.objects.get_or_create(pk=1)


def _check_people() -> None:
    """Customers are found, have orders up to now, and can be reached on the demo's channel alone."""
    everybody = segments.parse_tree({"trait": "demo", "op": "=", "value": "true"})
    ids = [int(one) for one in segments.members(everybody, as_of=NOW)]
    assert len(ids) == SIZE
    reached = customers.contacts(ids, channel="demo", purpose="marketing").values()
    assert sum(bool(one.address) for one in reached) > 0.8 * SIZE
    elsewhere = customers.contacts(ids, channel="email", purpose="marketing").values()
    assert not any(one.address and not one.refusal for one in elsewhere)
    buyers = segments.parse_tree({"performed": "Order Completed", "op": ">=", "count": 1, "within_days": 8})
    recent = segments.members(buyers, as_of=NOW)
    assert len(recent) > 0
    newest = recent_events(int(recent[0]), limit=1)[0]["ts"]
    assert NOW - timedelta(days=8) < newest <= NOW


def _check_report(campaign_id: int, deliveries: int) -> None:
    """The finished campaign's report stands on its ledger, as it would had it run here."""
    campaign = Campaign.objects.get(pk=campaign_id)
    assert campaign.outcome in {"goal", "deadline", "futile", "limit"}
    assert campaign.ended_at is not None
    assert campaign.launched_at is not None
    assert NOW - timedelta(weeks=7) < campaign.launched_at < campaign.ended_at < NOW
    assert sum(delivery.ledger(campaign.key).values()) == deliveries
    data = report_data(campaign_id, now=NOW)
    assert data.spend.messages > 0
    assert len(data.rounds) >= 1
