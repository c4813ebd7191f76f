"""What followed segments take and answer over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from setpoint.segments.following.types import Cause, Mode, Reason


class FollowedOut(Schema):
    """A followed segment: how it is followed and why, since when, and how many customers are in it now."""

    segment_id: int
    name: str
    mode: Mode
    reason: Reason
    since: datetime
    reviewed_at: datetime | None
    members: int


class FollowedListOut(Schema):
    """All followed segments, and how many there may be."""

    items: list[FollowedOut]
    most: int


class ChangesQuery(Schema):
    """Which changes: those with an id below `before` (0: the newest)."""

    before: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ChangeOut(Schema):
    """A customer entered or left, when and why; the event that caused it and when that happened, if any."""

    id: int
    segment_id: int
    customer_id: int
    customer_name: str
    entered: bool
    at: datetime
    cause: Cause
    message_id: str
    event: str
    event_at: datetime | None


class ChangesOut(Schema):
    """Changes, newest first; `next` is the `before` of the page that follows."""

    items: list[ChangeOut]
    next: int | None
