"""Invitations: leave to sign up once, by a signed link, with the role that the owner chose.

Invitations live on the machine's time: a link must not expire, or live for ever, because a demo runs in simulated time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from setpoint.governance.acting import needs
from setpoint.governance.audit import record_audit
from setpoint.governance.models import Invitation, User
from setpoint.governance.people import checked_email, checked_role
from setpoint.governance.secrecy import sign, verify
from setpoint.governance.types import Role
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

LIFETIME = timedelta(days=7)
_PURPOSE = "invitation"


@needs("users:write")
@transaction.atomic
def invite(email: str, role: Role, *, now: datetime, actor: str = "system") -> Invitation:
    """Make an invitation; an earlier open one for the same address ends. `now` is the audit trail's time."""
    address = checked_email(email)
    if User.objects.filter(email__iexact=address).exists():
        raise Conflict(
            _("Somebody with this e-mail already has an account."),
            remedy=_("Use another address, or change the person's role."),
            field="email",
        )
    made = timezone.now()
    _open().filter(email=address).update(revoked_at=made)
    invitation = Invitation.objects.create(
        email=address, role=checked_role(role), invited_by=actor[:250], created_at=made, expires_at=made + LIFETIME
    )
    after = {"email": address, "role": invitation.role}
    record_audit(actor, "invited", f"invitation:{invitation.pk}", after=after, now=now)
    return invitation


@needs("users:write")
@transaction.atomic
def revoke_invitation(invitation_id: int, *, now: datetime, actor: str = "system") -> Invitation:
    """End an invitation, so that its link opens nothing. Revoking twice changes nothing."""
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound(_("There is no invitation with this id."), remedy=_("List the invitations to see their ids."))
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        record_audit(actor, "revoked", f"invitation:{invitation.pk}", before={"email": invitation.email}, now=now)
    return invitation


def list_invitations() -> list[Invitation]:
    """Invitations that can still be accepted, newest first."""
    return list(_open().order_by("-pk")[:200])


def link_of(invitation: Invitation) -> str:
    """The address to hand to the invited person."""
    token = sign(str(invitation.pk).encode(), _PURPOSE)
    return f"{settings.SETPOINT_BASE_URL.rstrip('/')}/join/{token}"


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link; Invalid when it is forged, used, revoked or expired."""
    try:
        found = _open().filter(pk=int(verify(token, _PURPOSE))).first()
    except (SetpointError, ValueError):
        found = None
    if found is None:
        raise Invalid(
            _("This invitation was used, was taken back, or has expired."),
            remedy=_("Ask the person who invited you for a new link."),
            field="invitation",
        )
    return found


def any_open() -> bool:
    """Whether anybody could sign up by an invitation now."""
    return _open().exists()


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
