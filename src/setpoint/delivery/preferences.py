"""A customer's own word on what they want to receive, given by a signed link."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.services import consents_of, record_consent
from setpoint.delivery.announcing import announce
from setpoint.delivery.links import Choice
from setpoint.delivery.models import ChannelAccount, Delivery, Stream


@dataclass(frozen=True, slots=True)
class Topic:
    """One channel and purpose, and whether the customer agreed to it."""

    channel: str
    purpose: str
    granted: bool

    @property
    def name(self) -> str:
        """How the form names it."""
        return f"{self.channel}/{self.purpose}"

    @property
    def label(self) -> str:
        """How people read it."""
        channel = {"email": _("E-mail"), "sms": _("Text message"), "webhook": _("App")}.get(self.channel, self.channel)
        purpose = {"marketing": _("news and offers")}.get(self.purpose, self.purpose)
        return f"{channel} · {purpose}"


def unsubscribe(choice: Choice, *, now: datetime) -> None:
    """Withdraw the consent that a message relied on, at once. Safe to repeat."""
    with transaction.atomic():
        record_consent(
            [choice.customer_id], choice.channel, choice.purpose, "denied", source="unsubscribe link", now=now
        )
        row = Delivery.objects.filter(id=choice.delivery_id, customer_id=choice.customer_id).first()
        if row is not None:
            Delivery.objects.filter(id=row.id, unsubscribed_at=None).update(unsubscribed_at=now)
            announce("Unsubscribed", [row], Stream.objects.in_bulk([row.stream_id]), at=now, now=now)


def topics_of(choice: Choice) -> list[Topic]:
    """All a customer can choose: every channel we have, by every purpose that was ever asked of them."""
    said = {(one.channel, one.purpose): one.state == "granted" for one in consents_of(choice.customer_id)}
    channels = set(ChannelAccount.objects.values_list("name", flat=True)) | {choice.channel}
    purposes = {choice.purpose} | {purpose for _channel, purpose in said}
    places = sorted({(channel, purpose) for channel in channels for purpose in purposes} | set(said))
    return [Topic(channel, purpose, said.get((channel, purpose), False)) for channel, purpose in places]


def choose(choice: Choice, wanted: Collection[str], *, now: datetime) -> list[Topic]:
    """Grant the named topics and deny all others that can be chosen; returns how they stand now."""
    with transaction.atomic():
        for topic in topics_of(choice):
            state = "granted" if topic.name in wanted else "denied"
            record_consent(
                [choice.customer_id], topic.channel, topic.purpose, state, source="preference page", now=now  # type: ignore[arg-type]
            )  # fmt: skip
    return topics_of(choice)
