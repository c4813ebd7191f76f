"""The channel of the demo company: what it sends is kept and shown in the demo inbox, and goes nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setpoint.delivery.types import ChannelLimits, Feedback, FeedbackRequest, OutgoingMessage, Receipt
from setpoint.kernel import clock

CHANNEL = "demo"


class DemoChannel:
    """Takes every message and proves its delivery. A repeated key is the same message."""

    name = CHANNEL

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)

    @property
    def limits(self) -> ChannelLimits:
        """Batches of a hundred, one at a time."""
        return ChannelLimits(batch=100, connections=1)

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Keep the messages; each counts as delivered."""
        from setpoint.site.company.models import DemoMail

        now = clock.now()
        DemoMail.objects.bulk_create([_row(message, now) for message in batch], ignore_conflicts=True)
        return [Receipt(message.key, "delivered") for message in batch]

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """Nobody calls back."""
        return []

    def find(self, keys: Sequence[str]) -> Mapping[str, bool | None]:
        """The mail box is the proof."""
        from setpoint.site.company.models import DemoMail

        kept = set(DemoMail.objects.filter(key__in=list(keys)).values_list("key", flat=True))
        return {key: key in kept for key in keys}

    def close(self) -> None:
        """Nothing is open."""


def _row(message: OutgoingMessage, now: Any) -> Any:
    from setpoint.site.company.models import DemoMail

    return DemoMail(
        key=message.key,
        customer_id=int(message.metadata.get("customer_id") or 0),
        address=message.address,
        subject=message.subject,
        text=message.text,
        html=message.html,
        at=now,
    )
