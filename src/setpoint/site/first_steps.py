"""The set-up check-list: what a company needs before its first campaign, what of it is there, and where to do the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from setpoint.autopilot.models import Campaign
from setpoint.content.models import Variant
from setpoint.customers.models import Customer
from setpoint.delivery.models import ChannelAccount
from setpoint.governance import services as governance
from setpoint.governance.models import User
from setpoint.governance.second_factor import has_second_factor
from setpoint.segments.models import Segment
from setpoint.site.company import numbering
from setpoint.site.company.channel import CHANNEL

Step = Literal["customers", "channel", "template", "segment", "campaign", "address", "second_factor", "people"]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do once. `address` is the page where it is done; `needed` before the first message can leave."""

    name: Step
    done: bool
    needed: bool
    address: str


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The list, and how much of it is done. What the demo company brought does not count: it goes again."""

    steps: tuple[FirstStep, ...]
    done: int
    total: int


def first_steps(user_id: int | None) -> FirstSteps:
    """The check-list for one signed-in person; a program with a key sees the company's steps as for nobody."""
    found = (
        FirstStep("address", bool(governance.company().physical_address.strip()), True, "/settings"),
        FirstStep("customers", _own(Customer.objects.all()), True, "/imports/new"),
        FirstStep("channel", ChannelAccount.objects.exclude(name=CHANNEL).exists(), True, "/channels"),
        FirstStep("template", _own(Variant.objects.all()), True, "/templates"),
        FirstStep("segment", _own(Segment.objects.all()), False, "/segments/new"),
        FirstStep("campaign", _own(Campaign.objects.exclude(launched_at=None)), False, "/campaigns/new"),
        FirstStep("second_factor", has_second_factor(user_id), False, "/security"),
        FirstStep("people", User.objects.count() > 1, False, "/people"),
    )
    return FirstSteps(found, sum(step.done for step in found), len(found))


def _own(rows: QuerySet[Any]) -> bool:
    """Whether there is a row that the demo company did not bring. Looks at one row on either side of its numbers."""
    block = numbering.block_of(rows.model._meta.label_lower)
    if block is None:
        return rows.exists()
    return rows.filter(pk__lt=block.first).exists() or rows.filter(pk__gt=block.last).exists()
