"""Turns each running campaign's loop when its time has come; any number of workers may call this at once."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _noop

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.journal import Journal
from setpoint.autopilot.loop import run_round
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.noticing import tell_end, tell_fault, tell_limits, tell_wait
from setpoint.autopilot.records import spec_of
from setpoint.autopilot.types import Conclusion, Running
from setpoint.delivery import services as delivery
from setpoint.governance import services as governance
from setpoint.governance.failures import kept

logger = logging.getLogger(__name__)
LEASE_SECONDS = 900.0
RETRY = timedelta(minutes=5)
_SAFE = _noop("Nothing was sent twice and nothing is lost; the round goes on where it stopped.")


def tick(now: datetime, worker: str = "worker") -> bool:
    """Turn one campaign that is due. True when there was one."""
    campaign = _take(now, worker)
    if campaign is None:
        return False
    try:
        conclusion = run_round(as_running(campaign, now), campaign.round, Journal())
    except Waiting as waiting:
        _wait(campaign, waiting)
        tell_wait(campaign, waiting, now=now)
    except Exception as error:
        logger.exception("Campaign %s stopped in round %s; it is tried again.", campaign.pk, campaign.round)
        _release(campaign, next_at=now + RETRY, failure=kept(error, safe=_SAFE))
        tell_fault(campaign, now=now)
    else:
        tell_limits(campaign, now=now)
        _advance(campaign, conclusion, now)
    return True


def take_over(worker: str) -> int:
    """Free what this worker held when it was stopped; called when it starts again. How many campaigns."""
    return Campaign.objects.filter(leased_by=worker, leased_until__gt=0).update(leased_until=0.0)


def next_due() -> datetime | None:
    """When the next campaign wants its turn."""
    return _due().order_by("next_at").values_list("next_at", flat=True).first()


def as_running(campaign: Campaign, now: datetime) -> Running:
    """The campaign as one turn of the loop sees it."""
    if campaign.launched_at is None or campaign.round_started_at is None:
        raise ValueError(f"Campaign {campaign.pk} has not been launched.")
    return Running(
        id=campaign.pk,
        key=campaign.key,
        name=campaign.name,
        spec=spec_of(campaign),
        number=campaign.round,
        launched_at=campaign.launched_at,
        round_started_at=campaign.round_started_at,
        now=now,
        plan_changed=campaign.plan_changed,
        currency=governance.company().currency,
    )


def _due() -> QuerySet[Campaign]:
    return Campaign.objects.filter(state=Campaign.State.RUNNING, next_at__isnull=False)


def _take(now: datetime, worker: str) -> Campaign | None:
    """Lease one due campaign. Leases run on the machine's clock: simulated time may jump."""
    moment = time.time()
    for pk in (
        _due().filter(next_at__lte=now, leased_until__lt=moment).order_by("next_at").values_list("pk", flat=True)[:8]
    ):
        taken = (
            _due().filter(pk=pk, leased_until__lt=moment).update(leased_until=moment + LEASE_SECONDS, leased_by=worker)
        )
        if taken:
            return Campaign.objects.get(pk=pk)
    return None


def _wait(campaign: Campaign, waiting: Waiting) -> None:
    reason = waiting.reason if waiting.until is None else ""
    _release(campaign, next_at=waiting.until, waiting_for=reason, failure=None)


def _advance(campaign: Campaign, conclusion: Conclusion, now: datetime) -> None:
    if conclusion.outcome != "next":
        return _end(campaign, conclusion.outcome, now)
    spec = spec_of(campaign)
    started = campaign.round_started_at or now
    begins = max(now, started + timedelta(days=spec.cadence_days))
    _release(campaign, round=campaign.round + 1, round_started_at=begins, next_at=begins, waiting_for="", failure=None)


def _end(campaign: Campaign, outcome: str, now: datetime) -> None:
    with transaction.atomic():
        delivery.set_stream_state(campaign.key, "closed", now=now)
        delivery.recall(campaign.key, now=now, reason=outcome)
        _release(campaign, state=Campaign.State.ENDED, outcome=outcome, ended_at=now, next_at=None, failure=None)
        tell_end(campaign, outcome, now=now)


def _release(campaign: Campaign, **fields: object) -> None:
    """Write the turn's result unless a person has ended the campaign meanwhile; their word stands."""
    still_theirs = Q(pk=campaign.pk) & ~Q(state=Campaign.State.ENDED)
    Campaign.objects.filter(still_theirs).update(leased_until=0.0, **fields)
