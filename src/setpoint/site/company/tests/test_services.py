"""Bringing the demo company and taking it away; its past is faked here, and really played in tests/e2e."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from setpoint.autopilot.models import Campaign
from setpoint.content.models import Template, Variant
from setpoint.customers.models import Customer, Identity
from setpoint.delivery.models import ChannelAccount, Delivery, Stream
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, NotFound
from setpoint.site.company import moving, numbering, past, services
from setpoint.site.company.models import DemoCompany, DemoMail

pytestmark = pytest.mark.django_db
MADE: dict[str, Any] = {"actions": {"variants": []}}


def _arrive(blocks: Any, now: datetime) -> None:
    """As if a past had moved in: two customers and a campaign with one delivery, all numbered from the blocks."""
    first = blocks["customers.customer"].first
    for number in (first, first + 1):
        Customer.objects.create(pk=number, created_at=now, updated_at=now)
        Identity.objects.create(customer_id=number, kind="email", value=f"c{number}@demo.example")
    pk = blocks["autopilot.campaign"].first
    campaign = Campaign.objects.create(pk=pk, name="Demo: spring", state="ended", spec=MADE, created_at=now)
    stream = Stream.objects.create(source=campaign.key, created_at=now)
    Delivery.objects.create(
        stream=stream, round=1, customer_id=first, slot="09:00", channel="demo", variant_id=1, state="delivered",
        key="a" * 32, due_at=now,
    )  # fmt: skip


@pytest.fixture
def short_past(monkeypatch: pytest.MonkeyPatch, now: datetime) -> list[tuple[int, int]]:
    """A past that takes no time; what it told."""
    told: list[tuple[int, int]] = []

    def play(home: Path, blocks: Any, *, tell: Any, **_: Any) -> Path:
        told.append((20, 1))
        tell(20, 1)
        return home

    monkeypatch.setattr(past, "play", play)
    monkeypatch.setattr(moving, "move_in", lambda home, blocks: _arrive(blocks, now))
    return told


def test_there_is_none_at_first() -> None:
    assert services.status().state == "absent"
    assert services.run_next("w", now=datetime.now().astimezone()) is False


def test_it_comes_in_the_worker(now, short_past) -> None:
    assert services.bring(actor="user:1 ann", now=now).state == "wanted"
    assert services.run_next("w", now=now) is True
    found = services.status()
    assert (found.state, found.percent, found.figures.customers, found.figures.deliveries) == ("ready", 100, 2, 1)
    assert [one.name for one in found.campaigns] == ["Demo: spring"]
    assert ChannelAccount.objects.get(name="demo").plugin == "demo"
    assert short_past == [(20, 1)]
    assert AuditEntry.objects.filter(subject="demo-company", verb="asked for").count() == 1


def test_a_second_one_is_refused(now, short_past) -> None:
    services.bring(actor="a", now=now)
    with pytest.raises(Conflict):
        services.bring(actor="a", now=now)


def test_ones_own_channel_of_that_name_is_not_taken(now) -> None:
    ChannelAccount.objects.create(name="demo", plugin="smtp", settings="")
    with pytest.raises(Conflict):
        services.bring(actor="a", now=now)


def test_it_goes_whole_and_leaves_everything_else(now, short_past) -> None:
    own = Customer.objects.create(created_at=now, updated_at=now)
    services.bring(actor="a", now=now)
    services.run_next("w", now=now)
    later = Customer.objects.create(created_at=now, updated_at=now)
    DemoMail.objects.create(key="k", customer_id=1, address="a@demo.example", subject="s", text="t", at=now)
    services.take_away(actor="a", now=now)
    services.run_next("w", now=now)
    assert services.status().state == "absent"
    assert set(Customer.objects.values_list("pk", flat=True)) == {own.pk, later.pk}
    assert not Campaign.objects.exists()
    assert not Delivery.objects.exists()
    assert not Stream.objects.exists()
    assert not DemoMail.objects.exists()
    assert not ChannelAccount.objects.exists()


def test_a_campaign_made_with_the_demos_templates_goes_too(now, short_past) -> None:
    services.bring(actor="a", now=now)
    services.run_next("w", now=now)
    variant = numbering.from_json(DemoCompany.objects.get().blocks)["content.variant"].first
    template = Template.objects.create(name="Messages", channel="email", created_at=now, updated_at=now)
    Variant.objects.create(
        pk=variant, template=template, name="a", body="b", format="text", created_at=now, updated_at=now
    )
    spec = {"actions": {"variants": [variant]}}
    mine = Campaign.objects.create(name="Mine, with demo words", spec=spec, created_at=now)
    kept = Campaign.objects.create(name="Mine", spec={"actions": {"variants": []}}, created_at=now)
    assert mine.pk in {one.id for one in services.status().campaigns}
    services.take_away(actor="a", now=now)
    services.run_next("w", now=now)
    assert list(Campaign.objects.values_list("pk", flat=True)) == [kept.pk]


def test_a_change_of_mind_while_it_is_made(now, monkeypatch) -> None:
    def play(home: Path, blocks: Any, *, tell: Any, **_: Any) -> Path:
        services.take_away(actor="a", now=now)
        tell(20, 1)
        raise AssertionError("it went on")

    monkeypatch.setattr(past, "play", play)
    services.bring(actor="a", now=now)
    services.run_next("w", now=now)
    assert services.status().state == "unwanted"
    services.run_next("w", now=now)
    assert services.status().state == "absent"


def test_a_failure_is_told_and_can_be_tried_again(now, short_past, monkeypatch) -> None:
    monkeypatch.setattr(moving, "move_in", lambda home, blocks: 1 / 0)
    services.bring(actor="a", now=now)
    services.run_next("w", now=now)
    failed = services.status()
    assert failed.state == "failed"
    assert failed.failure.endswith("(ZeroDivisionError: division by zero)")
    monkeypatch.setattr(moving, "move_in", lambda home, blocks: _arrive(blocks, now))
    services.bring(actor="a", now=now)
    services.run_next("w", now=now)
    assert services.status().state == "ready"


def test_a_killed_makers_work_is_taken_up(now, short_past) -> None:
    services.bring(actor="a", now=now)
    DemoCompany.objects.update(state="making", worker="killed", beat=0.0)
    assert services.run_next("other", now=now) is True
    assert services.status().state == "ready"


def test_a_living_makers_work_is_left_alone(now, short_past) -> None:
    services.bring(actor="a", now=now)
    claimed = services._claimed("one", now)
    assert claimed is not None
    assert services.run_next("two", now=now) is False


def test_removing_nothing_is_an_error(now) -> None:
    with pytest.raises(NotFound):
        services.take_away(actor="a", now=now)


def test_the_past_ends_before_now(now) -> None:
    world = past.demo_world("CNY", now)
    assert world.currency == "CNY"
    assert world.start == (now - timedelta(weeks=6)).replace(hour=6, minute=0)
    assert world.start + timedelta(days=world.brief["deadline_days"] + world.brief["window_days"]) < now
