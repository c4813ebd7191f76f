"""What all routes of campaigns share: the router, who may call it, and how a campaign is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Path, Router, Schema

from setpoint.governance.auth import ErrorOut, require
from setpoint.governance.failures import ToldFailure

router = Router(tags=["campaigns"])
Id = Annotated[int, Path(ge=1, le=2**53)]
ERRORS: dict[Any, Any] = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
READ = require("campaigns:read")
WRITE = require("campaigns:write")


class CampaignOut(Schema):
    """A campaign and where it stands."""

    id: int
    name: str
    state: Literal["draft", "running", "paused", "ended"]
    outcome: str
    waiting_for: str
    round: int
    version: int
    spec: dict[str, Any]
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None
    failure: ToldFailure | None
