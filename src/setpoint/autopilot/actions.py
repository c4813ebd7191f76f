"""The actions that a campaign's specification allows."""

from __future__ import annotations

from setpoint.autopilot.types import CampaignSpec
from setpoint.content import services as content
from setpoint.decisions import services as decisions
from setpoint.decisions.types import Action
from setpoint.delivery.models import ChannelAccount


def actions_of(spec: CampaignSpec) -> tuple[Action, ...]:
    """Offer x variant x channel x slot of the specification, "no action" first."""
    offers = [content.offer_view(offer or None) for offer in spec.actions.offers]
    variants = content.variant_views(spec.actions.variants)
    return decisions.build_actions(offers, variants, channel_costs(), spec.actions.slots)


def channel_costs() -> dict[str, tuple[int, int]]:
    """Each channel's cost of one message: (micros, seconds of people's time)."""
    rows = ChannelAccount.objects.values_list("name", "cost_per_message", "seconds_per_message")
    return {name: (money, seconds) for name, money, seconds in rows}
