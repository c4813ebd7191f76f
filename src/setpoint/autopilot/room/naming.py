"""An action's key put into the names people gave its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from setpoint.content.models import Offer, Variant


@dataclass(frozen=True, slots=True)
class Parts:
    """The named parts of one action; all empty for "no action"."""

    key: str
    offer: str = ""
    variant: str = ""
    channel: str = ""
    slot: str = ""
    offer_id: int = 0
    variant_id: int = 0


def parts_of(keys: Iterable[str]) -> dict[str, Parts]:
    """The parts of many actions' keys, offers and variants by name; two queries."""
    split = {key: dict(part.partition("=")[::2] for part in key.split("|") if "=" in part) for key in keys}
    offers = _names(Offer, (found.get("offer", "") for found in split.values()))
    variants = _names(Variant, (found.get("variant", "") for found in split.values()))
    return {
        key: Parts(
            key=key,
            offer=offers.get(_id(found.get("offer", "")), ""),
            variant=variants.get(_id(found.get("variant", "")), ""),
            channel=found.get("channel", ""),
            slot=found.get("slot", ""),
            offer_id=_id(found.get("offer", "")),
            variant_id=_id(found.get("variant", "")),
        )
        for key, found in split.items()
    }


def _names(model: type[Offer] | type[Variant], texts: Iterable[str]) -> dict[int, str]:
    ids = {_id(text) for text in texts} - {0}
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))


def _id(text: str) -> int:
    return int(text) if text.isdigit() else 0
