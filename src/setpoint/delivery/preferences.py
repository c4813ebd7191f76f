"""A customer's own word on what they want to receive, given by a signed link."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.customers.services import consent_history, consents_of, record_consent
from setpoint.delivery.announcing import announce
from setpoint.delivery.links import Choice
from setpoint.delivery.models import ChannelAccount, Delivery, Stream
from setpoint.delivery.pauses import end_pause
from setpoint.governance.services import record_audit

UNSUBSCRIBED_BY = "unsubscribe link"
UNDO_WITHIN = timedelta(hours=24)


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
    def purpose_label(self) -> str:
        """What it is about, as people read it."""
        known = {"marketing": _("News and offers"), "transactional": _("Orders and account")}
        return known.get(self.purpose, self.purpose.replace("_", " ").capitalize())

    @property
    def about(self) -> str:
        """What would come."""
        known = {
            "marketing": _("What is new, and offers we think you will like."),
            "transactional": _("What you need to know about what you ordered."),
        }
        return known.get(self.purpose, "")


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """All that can be chosen of one channel."""

    channel: str
    label: str
    topics: tuple[Topic, ...]


def channel_label(channel: str) -> str:
    """A channel's name as customers read it."""
    known = {"email": _("E-mail"), "sms": _("Text message"), "webhook": _("App"), "push": _("Push message")}
    return known.get(channel, channel.replace("_", " ").capitalize())


@transaction.atomic
def unsubscribe(choice: Choice, *, now: datetime) -> None:
    """Withdraw the consent that a message relied on, at once. Safe to repeat."""
    changed = record_consent(
        [choice.customer_id], choice.channel, choice.purpose, "denied", source=UNSUBSCRIBED_BY, now=now
    )
    if changed:
        _note("unsubscribed", choice, now)
    row = Delivery.objects.filter(id=choice.delivery_id, customer_id=choice.customer_id).first()
    if row is not None:
        Delivery.objects.filter(id=row.id, unsubscribed_at=None).update(unsubscribed_at=now)
        announce("Unsubscribed", [row], Stream.objects.in_bulk([row.stream_id]), at=now, now=now)


@transaction.atomic
def undo_unsubscribe(choice: Choice, *, now: datetime) -> bool:
    """Give back the consent that the link took away, within a day; False where that is not what happened last."""
    if not can_undo(choice, now=now):
        return False
    record_consent(
        [choice.customer_id], choice.channel, choice.purpose, "granted", source="undone by the customer", now=now
    )
    _note("undid unsubscribe", choice, now)
    return True


def can_undo(choice: Choice, *, now: datetime) -> bool:
    """Whether the last thing said was an unsubscription by link, less than a day ago, of somebody who had agreed."""
    said = [
        (one.state, one.source, one.at)
        for one in consent_history(choice.customer_id)
        if (one.channel, one.purpose) == (choice.channel, choice.purpose)
    ]
    if len(said) < 2:
        return False
    (before, _source, _at), (state, source, at) = said[-2:]
    return (before, state, source) == ("granted", "denied", UNSUBSCRIBED_BY) and now - at <= UNDO_WITHIN


def topics_of(choice: Choice) -> list[Topic]:
    """All a customer can choose: every channel we have, by every purpose that was ever asked of them."""
    said = {(one.channel, one.purpose): one.state == "granted" for one in consents_of(choice.customer_id)}
    channels = set(ChannelAccount.objects.values_list("name", flat=True)) | {choice.channel}
    purposes = {choice.purpose} | {purpose for _channel, purpose in said}
    places = sorted({(channel, purpose) for channel in channels for purpose in purposes} | set(said))
    return [Topic(channel, purpose, said.get((channel, purpose), False)) for channel, purpose in places]


def grouped(topics: Collection[Topic], first: str) -> list[TopicGroup]:
    """Topics by channel, the one that brought the customer here before the others."""
    channels = sorted({topic.channel for topic in topics}, key=lambda name: (name != first, name))
    return [
        TopicGroup(name, channel_label(name), tuple(topic for topic in topics if topic.channel == name))
        for name in channels
    ]


@transaction.atomic
def choose(choice: Choice, wanted: Collection[str], *, now: datetime) -> list[Topic]:
    """Grant the named topics and deny all others that can be chosen; returns how they stand now.

    Choosing something ends a pause, because it asks for messages.
    """
    before = topics_of(choice)
    for topic in before:
        state = "granted" if topic.name in wanted else "denied"
        record_consent(
            [choice.customer_id], topic.channel, topic.purpose, state, source="preference page", now=now  # type: ignore[arg-type]
        )  # fmt: skip
    if any(topic.name in wanted and not topic.granted for topic in before):
        end_pause(choice.customer_id, now=now)
    after = topics_of(choice)
    if after != before:
        _note("chose", choice, now, after={topic.name: topic.granted for topic in after})
    return after


def _note(verb: str, choice: Choice, now: datetime, after: dict[str, bool] | None = None) -> None:
    said: Mapping[str, object] = after or {"channel": choice.channel, "purpose": choice.purpose}
    record_audit("customer", verb, f"customer:{choice.customer_id}", after=dict(said), now=now)
