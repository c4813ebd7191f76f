"""What following a segment is told by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Mode = Literal["starting", "live", "reviewed"]
"""starting: members are being read; live: by each event; reviewed: by comparison with all data alone."""

Cause = Literal["event", "edit", "review", "correction"]
"""event: an event; edit: the segment's rule was changed; review: time passed, or data was changed otherwise;
correction: the live reading had missed something."""

Reason = Literal["", "condition", "events"]
"""Why a segment is reviewed only: it has conditions that need all data, or asks for too many past events."""


@dataclass(frozen=True, slots=True)
class FollowedView:
    """A followed segment, how it is followed, how many are in it now."""

    segment_id: int
    name: str
    mode: Mode
    reason: Reason
    since: datetime
    reviewed_at: datetime | None
    members: int


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A customer entered or left a segment at a moment; the event that caused it and when that happened, if any."""

    id: int
    segment_id: int
    customer_id: int
    entered: bool
    at: datetime
    cause: Cause
    message_id: str
    event: str
    event_at: datetime | None
