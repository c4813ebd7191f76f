"""Step six: wait for the ledger to come to rest, settle the offers, count what customers did."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from setpoint.autopilot.errors import Waiting
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.outcomes import outcomes_of
from setpoint.autopilot.responses import response_counts
from setpoint.autopilot.types import Collected, Executed, Running
from setpoint.decisions import services as decisions
from setpoint.delivery import services as delivery
from setpoint.delivery.models import Delivery
from setpoint.delivery.types import OPEN_STATES, Redemption
from setpoint.events import services as events
from setpoint.kernel import money

SOON = timedelta(minutes=1)


def collect(campaign: Running, deliveries: Executed) -> Collected:
    """Everything that came of this round, once nothing of it is under way any more."""
    _wait_for_rest(campaign)
    delivery.check_complete(campaign.key, campaign.number, sum(deliveries.states.values()))
    settle_offers(campaign.key, since=campaign.launched_at, now=campaign.now)
    found = outcomes_of(campaign)
    mine = found.rounds == campaign.number
    counts = response_counts(campaign.key)
    return Collected(
        ledger={str(state): count for state, count in delivery.ledger(campaign.key, campaign.number).items()},
        converted=int(np.count_nonzero(found.converted & mine)),
        revenue=float(found.value[mine].sum()),
        redeemed=int(np.count_nonzero(found.redeemed & mine)),
        unsubscribed=counts.unsubscribed,
        complained=counts.complained,
    )


def settle_offers(key: str, *, since: datetime, now: datetime) -> None:
    """Turn used offers into cost and give back what was put aside for expired ones; exactly once each."""
    codes = Delivery.objects.filter(stream__source=key, offer_state="open").values_list("offer_code", flat=True)
    used = decisions.redemptions(list(codes), since=since, as_of=now)
    found = [Redemption(one.code, money.to_micros(round(one.value, 6)), one.at, one.message_id) for one in used]
    delivery.settle(key, now=now, redemptions=found)


def settle_ended(*, now: datetime) -> int:
    """Settle the offers of campaigns that have ended while some of their offers are still open; how many campaigns."""
    open_sources = Delivery.objects.filter(offer_state="open").values_list("stream__source", flat=True).distinct()
    ended = Campaign.objects.filter(state=Campaign.State.ENDED, launched_at__isnull=False)
    waiting = [campaign for campaign in ended if campaign.key in set(open_sources)]
    for campaign in waiting:
        settle_offers(campaign.key, since=campaign.launched_at or now, now=now)
    return len(waiting)


def _wait_for_rest(campaign: Running) -> None:
    under_way = delivery.ledger(campaign.key, campaign.number)
    if any(under_way.get(state, 0) for state in OPEN_STATES):
        raise Waiting(campaign.now + SOON, "messages_under_way")
    if not events.is_idle():
        raise Waiting(campaign.now + SOON, "events_under_way")
