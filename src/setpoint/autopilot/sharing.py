"""Reports for people without an account: signed addresses that expire and can be revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.autopilot.models import Share
from setpoint.autopilot.records import find_campaign
from setpoint.governance import services as governance
from setpoint.kernel.errors import NotFound

PURPOSE = "report"


class _Pass(msgspec.Struct, array_like=True):
    share: int


@governance.needs("campaigns:write")
def share_report(campaign_id: int, *, days: int, actor: str, now: datetime) -> Share:
    """Make an address of a campaign's report, open to whoever knows it, for so many days."""
    campaign = find_campaign(campaign_id)
    with transaction.atomic():
        share = Share.objects.create(
            campaign=campaign, created_by=actor, created_at=now, expires_at=now + timedelta(days=days)
        )
        after = {"share": share.pk, "expires_at": share.expires_at.isoformat()}
        governance.record_audit(actor, "share", campaign.key, before=None, after=after, now=now)
    return share


@governance.needs("campaigns:write")
def revoke_share(campaign_id: int, share_id: int, *, actor: str, now: datetime) -> Share:
    """Close an address now. Closing it again changes nothing."""
    with transaction.atomic():
        share = Share.objects.select_for_update().filter(campaign_id=campaign_id, pk=share_id).first()
        if share is None:
            raise NotFound(
                _("There is no such link to this report."), remedy=_("List the links to see those there are.")
            )
        if share.revoked_at is None:
            share.revoked_at, share.revoked_by = now, actor
            share.save()
        governance.record_audit(actor, "revoke", share.campaign.key, before={"share": share.pk}, after=None, now=now)
    return share


def list_shares(campaign_id: int) -> list[Share]:
    """The addresses ever made of a campaign's report, newest first."""
    return list(find_campaign(campaign_id).shares.all()[:200])


def address_of(share: Share) -> str:
    """Where a share can be read."""
    token = governance.sign(msgspec.msgpack.encode(_Pass(share.pk)), PURPOSE)
    return f"{settings.SETPOINT_BASE_URL}/r/{token}"


def shared_campaign(token: str, *, now: datetime) -> int:
    """The campaign that a token opens; NotFound when it has expired or was revoked."""
    found = msgspec.msgpack.decode(governance.verify(token, PURPOSE), type=_Pass)
    share = Share.objects.filter(pk=found.share).first()
    if share is None or share.revoked_at is not None or share.expires_at < now:
        raise NotFound(_("This link has expired."), remedy=_("Ask for a new one."))
    return share.campaign_id
