"""The actions of a campaign: every offer with every variant, each on the variant's own channel, in every slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from setpoint.content.types import OfferView, VariantView
from setpoint.decisions.types import NO_ACTION, Action
from setpoint.kernel.errors import Invalid
from setpoint.learning.types import ActionView

MOST_ACTIONS = 500


def build_actions(
    offers: Sequence[OfferView],
    variants: Sequence[VariantView],
    channels: Mapping[str, tuple[int, int]],
    slots: Sequence[str],
) -> tuple[Action, ...]:
    """All actions, "no action" first. `channels`: name -> (cost of one send in micros, seconds of people's time).

    A variant of a channel that is not listed gives no action. No offers = the offer "none"; no slots = one slot "".
    Raises Invalid above 500 actions.
    """
    chosen: list[OfferView | None] = list(offers) or [None]
    usable = [variant for variant in variants if variant.channel in channels]
    sends = [
        _action(offer, variant, channels[variant.channel], slot)
        for offer, variant, slot in product(chosen, usable, list(slots) or [""])
    ]
    if len(sends) > MOST_ACTIONS:
        raise Invalid(
            f"{len(sends)} actions are more than can be learned about.", remedy=f"Stay at or below {MOST_ACTIONS}."
        )
    return (NO_ACTION, *sends)


def _action(offer: OfferView | None, variant: VariantView, channel: tuple[int, int], slot: str) -> Action:
    free = offer is None or offer.kind == "none"
    name = "none" if offer is None or free else str(offer.id)
    factors = (("offer", name), ("variant", str(variant.id)), ("channel", variant.channel), ("slot", slot))
    return Action(
        key="|".join(f"{factor}={level}" for factor, level in factors),
        factors=factors,
        variant_id=variant.id,
        offer_id=None if offer is None else offer.id,
        channel=variant.channel,
        slot=slot,
        send_cost=channel[0],
        send_seconds=channel[1],
        offer_kind="none" if offer is None else offer.kind,
        offer_value=0 if offer is None else offer.value,
        offer_cap=0 if offer is None else offer.cap,
    )


def view(action: Action) -> ActionView:
    """The action as learning sees it."""
    return ActionView(action.key, action.factors, action.channel)
