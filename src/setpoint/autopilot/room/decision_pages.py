"""Pages of decisions: from the kept sample where one is asked for, else from the log itself."""

from __future__ import annotations

from setpoint.autopilot.records import find_campaign
from setpoint.autopilot.room.deciding import Kind, decided_in, decisions_of_round
from setpoint.autopilot.room.decision_types import DecisionPage
from setpoint.autopilot.room.samples import kept_sample


def sampled(campaign_id: int, number: int, *, kind: Kind, after: int, limit: int) -> DecisionPage:
    """A page of the round's sample; of the whole log where no sample is kept."""
    campaign = find_campaign(campaign_id)
    kept = kept_sample(campaign.pk, number, kind)
    if kept is None:
        return decisions_of_round(campaign_id, number, kind=kind, after=after, limit=limit)
    rest = [view for view in kept if view.customer_id > after]
    page = tuple(rest[:limit])
    return DecisionPage(page, page[-1].customer_id if len(rest) > limit else None, decided_in(campaign, number))
