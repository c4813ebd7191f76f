"""Reports for people without an API key: a signed address that expires."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.autopilot.services import find_campaign
from setpoint.governance import services as governance
from setpoint.kernel.errors import NotFound

PURPOSE = "report"


class _Pass(msgspec.Struct, array_like=True):
    campaign: int
    until: int


def share_report(campaign_id: int, *, days: int, now: datetime) -> str:
    """The address of a campaign's report, open to whoever knows it, for so many days."""
    campaign = find_campaign(campaign_id)
    until = int((now + timedelta(days=days)).timestamp())
    token = governance.sign(msgspec.msgpack.encode(_Pass(campaign.pk, until)), PURPOSE)
    return f"{settings.SETPOINT_BASE_URL}/r/{token}"


def shared_campaign(token: str, *, now: datetime) -> int:
    """The campaign that a token opens; NotFound when it has expired."""
    found = msgspec.msgpack.decode(governance.verify(token, PURPOSE), type=_Pass)
    if found.until < now.timestamp():
        raise NotFound(_("This link has expired."), remedy=_("Ask for a new one."))
    return found.campaign
