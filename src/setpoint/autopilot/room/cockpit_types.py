"""What the home page reads: days, alarms, advice, news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal

from setpoint.autopilot.room.list_types import CampaignRow
from setpoint.autopilot.room.types import view


@view
class DayView:
    """What one day brought, in the company's time zone."""

    day: date
    sent: int
    orders: int
    revenue: float


@view
class Alarm:
    """Something that needs a person, with the record it is about."""

    code: Literal[
        "failing", "awaiting_approval", "limit_near", "limit_reached", "ratio", "harm", "guard", "channel_resting",
        "frozen", "deadline_near",
    ]  # fmt: skip
    level: Literal["attention", "stop"]
    campaign_id: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    at: datetime | None = None


@view
class Suggestion:
    """Advice with what it is expected to bring, as a share of the campaign's target."""

    code: Literal["approve", "raise_limit", "lower_target", "extend", "best_action_alone", "launch_draft"]
    campaign_id: int
    gain_share: float
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@view
class News:
    """Something that happened since yesterday."""

    code: Literal["launched", "planned", "measured", "ended", "told", "limit", "created"]
    at: datetime
    campaign_id: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@view
class Cockpit:
    """The home page: everything at a glance, in one answer."""

    currency: str
    timezone: str
    now: datetime
    since: datetime
    today: DayView
    days: tuple[DayView, ...]
    campaigns: tuple[CampaignRow, ...]
    states: Mapping[str, int]
    alarms: tuple[Alarm, ...]
    advice: tuple[Suggestion, ...]
    news: tuple[News, ...]
    counted_at: datetime | None
