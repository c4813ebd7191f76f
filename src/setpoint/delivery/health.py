"""How well a channel is: its breaker, its last word, and its counts of the last seven days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from setpoint.delivery.faults import Fault, explain_fault
from setpoint.delivery.models import ChannelAccount, ChannelDay

FAULTS_TO_PAUSE = 10
"""Faults of the provider in a row after which its channel rests."""
DAYS = 7
MOST_BOUNCED = 0.02
MOST_COMPLAINED = 0.001
"""Where large mailbox providers begin to look askance: 2 % bounced, 0.1 % complained (0.3 % is their end)."""
ENOUGH = 50
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_COUNTED = ("handed", "delivered", "bounced", "complained", "failed")
ChannelState = Literal["ready", "resting", "disabled"]


@dataclass(frozen=True, slots=True)
class Week:
    """What a channel did in the last seven days."""

    handed: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    failed: int = 0

    @property
    def bounce_rate(self) -> float | None:
        """Of those handed over; None where too few were."""
        return self.bounced / self.handed if self.handed >= ENOUGH else None

    @property
    def complaint_rate(self) -> float | None:
        """Of those handed over; None where too few were."""
        return self.complained / self.handed if self.handed >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Health:
    """A channel's state, the faults of its provider in a row, its rest, its week, and what needs attention."""

    name: str
    state: ChannelState
    verdict: Literal["good", "attention", "stop"]
    words: str
    faults: int
    paused_until: datetime | None
    pause_reason: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: Fault | None
    week: Week


def note_health(
    name: str, *, faults: int, last_fault: str, successes: int, now: datetime, failure: str = "", sent: bool = False
) -> None:
    """Count the provider's faults in a row; pause the channel after too many, and open it with the next success.

    `failure` is the last refusal of any kind, `sent` whether a message was taken.
    """
    account = ChannelAccount.objects.filter(name=name)
    if successes:
        account.exclude(faults=0, paused_until=None).update(faults=0, trips=0, paused_until=None, pause_reason="")
    if sent:
        account.update(last_success_at=now)
    if failure:
        account.update(last_failure_at=now, last_failure=failure[:300])
    if faults:
        account.update(faults=F("faults") + faults)
        _trip(name, last_fault, now)


def _trip(name: str, last_fault: str, now: datetime) -> None:
    account = ChannelAccount.objects.get(name=name)
    if account.faults >= FAULTS_TO_PAUSE or account.paused_until is not None:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(account.trips, 10))
        ChannelAccount.objects.filter(id=account.id).update(
            trips=F("trips") + 1, paused_until=now + pause, pause_reason=last_fault[:300]
        )


def count_day(channel: str, counts: Mapping[str, int], *, now: datetime) -> None:
    """Add to a channel's day. Within the transaction of what is counted."""
    more = {name: F(name) + number for name, number in counts.items() if number}
    if not more:
        return
    today = ChannelDay.objects.filter(channel=channel, day=now.date())
    if today.update(**more):
        return
    try:
        with transaction.atomic():
            ChannelDay.objects.create(channel=channel, day=now.date(), **{k: v for k, v in counts.items() if v})
    except IntegrityError:  # another worker was first
        today.update(**more)


def health_of(account: ChannelAccount, week: Week, *, now: datetime) -> Health:
    """How well a channel is, in a state, a verdict and a sentence."""
    rests = account.paused_until is not None and account.paused_until > now
    state: ChannelState = "disabled" if not account.enabled else "resting" if rests else "ready"
    fault = explain_fault(account.last_failure) if account.last_failure else None
    verdict, words = _verdict(account, state, week)
    return Health(
        account.name,
        state,
        verdict,
        words,
        account.faults,
        account.paused_until,
        account.pause_reason,
        account.last_success_at,
        account.last_failure_at,
        fault,
        week,
    )


def weeks(*, now: datetime) -> dict[str, Week]:
    """Every channel's counts of the last seven days, by name."""
    since = now.date() - timedelta(days=DAYS - 1)
    rows = ChannelDay.objects.filter(day__gte=since).order_by("channel").values_list("channel")
    return {channel: Week(*counts) for channel, *counts in rows.annotate(*(Sum(name) for name in _COUNTED))}


def _verdict(
    account: ChannelAccount, state: ChannelState, week: Week
) -> tuple[Literal["good", "attention", "stop"], str]:
    if state == "disabled":
        return "stop", _("Paused: nothing is sent, messages wait.")
    if state == "resting":
        return "attention", _("Resting after faults of its provider; it tries again by itself.")
    if (week.complaint_rate or 0) > MOST_COMPLAINED:
        return "attention", _("More than 1 in 1,000 complain: mail programs may begin to refuse your mail.")
    if (week.bounce_rate or 0) > MOST_BOUNCED:
        return "attention", _("More than 2 in 100 come back: look at where the addresses are from.")
    if account.last_success_at is None:
        return "attention", _("Nothing was sent yet. Send a test message.")
    if account.faults:
        return "attention", _("The provider's last answer was a fault.")
    return "good", _("All is well.")
