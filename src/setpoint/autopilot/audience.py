"""Whom a campaign is for: its segment, narrowed by what its goal can count; how many of them can be reached, and who
else is writing to them.

Questions of pages are answered as of the last full minute, so that what was counted once is not counted at every key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection

from setpoint.autopilot.models import Campaign
from setpoint.autopilot.reach import reachable_ids
from setpoint.autopilot.types import CampaignSpec
from setpoint.customers.revisions import mark
from setpoint.events import services as events
from setpoint.segments import services as segments

Ids = npt.NDArray[np.int64]
MOST_OVERLAPS = 20
State = Campaign.State


@dataclass(frozen=True, slots=True)
class ChannelReach:
    """How many of an audience may be written to on a channel."""

    channel: str
    reachable: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """A live campaign that is for some of the same people; the shares are of this audience and of that one."""

    campaign_id: int
    name: str
    shared: int
    share_of_this: float
    share_of_that: float


def audience_tree(spec: CampaignSpec) -> Mapping[str, Any]:
    """The segment's tree; for a reactivation goal, only those dormant long enough to be reactivated."""
    if spec.goal.metric != "reactivated":
        return spec.audience
    recent = {"performed": spec.goal.event, "op": ">=", "count": 1, "within_days": spec.goal.dormant_days}
    return {"all": [dict(spec.audience), {"not": recent}]}


def audience_of(spec: CampaignSpec, as_of: datetime) -> Ids:
    """Ids of the customers in the audience at a moment, sorted."""
    tree = segments.parse_tree(audience_tree(spec))
    return segments.members(tree, as_of=as_of)


def members_lately(tree: Mapping[str, Any], now: datetime) -> Ids:
    """Ids of those in a tree as of the last full minute, sorted; not to be changed."""
    told = segments.to_json(segments.parse_tree(tree))
    return _members(msgspec.json.encode(told), now.replace(second=0, microsecond=0), read_state())


def reach(ids: Ids, channels: Sequence[str], purpose: str, now: datetime) -> tuple[list[ChannelReach], int]:
    """How many of these may be written to on each channel, and on any of them at all."""
    anywhere = np.zeros(len(ids), dtype=bool)
    found = []
    for channel in channels:
        allowed = np.isin(ids, reachable_ids(channel, purpose, now), assume_unique=True)
        anywhere |= allowed
        found.append(ChannelReach(channel, int(np.count_nonzero(allowed))))
    return found, int(np.count_nonzero(anywhere))


def overlaps(ids: Ids, now: datetime, *, but: int = 0) -> list[Overlap]:
    """Live campaigns for some of the same people, the largest overlap first; the campaign `but` is left out."""
    live = Campaign.objects.filter(state__in=(State.RUNNING, State.PAUSED)).exclude(pk=but).order_by("-pk")
    found = []
    for campaign in live[:MOST_OVERLAPS]:
        theirs = members_lately(audience_tree(msgspec.convert(campaign.spec, CampaignSpec, strict=False)), now)
        shared = int(np.count_nonzero(np.isin(ids, theirs, assume_unique=True)))
        if shared:
            shares = shared / len(ids), shared / len(theirs)
            found.append(Overlap(campaign.pk, campaign.name, shared, *shares))
    return sorted(found, key=lambda overlap: -overlap.shared)


def read_state() -> tuple[object, ...]:
    """What the answer depends on besides tree and time."""
    return mark(), events.last_fold(), settings.SETPOINT_LAKE, connection.settings_dict["NAME"]


@lru_cache(maxsize=12)
def _members(tree: bytes, as_of: datetime, state: tuple[object, ...]) -> Ids:
    found = segments.members(segments.parse_tree(msgspec.json.decode(tree)), as_of=as_of)
    found.flags.writeable = False
    return found
