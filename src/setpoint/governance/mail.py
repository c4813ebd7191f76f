"""Mail about accounts: invitations here, the rest by allauth. Only where `SETPOINT_MAIL` names a server."""

from __future__ import annotations

import logging
from threading import Thread

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from setpoint.governance.company import company
from setpoint.governance.invitations import link_of
from setpoint.governance.models import Invitation

logger = logging.getLogger(__name__)


def mail_invitation(invitation: Invitation) -> None:
    """Send the link to the invited person, in the company's language; nothing where mail is not set up."""
    if not settings.SETPOINT_MAIL:
        return
    record = company()
    shown = {"company": record, "invitation": invitation, "link": link_of(invitation)}
    with translation.override(record.language):
        subject = _("%(company)s invites you to Setpoint") % {"company": record.name}
        body = render_to_string("governance/mail/invitation.txt", shown)
    send_aside(EmailMessage(subject, body, to=[invitation.email]))


def send_aside(message: EmailMessage) -> None:
    """Hand a mail over in a thread of its own, so that no answer waits for it or tells by its time what was sent."""
    Thread(target=hand_over, args=(message,), daemon=True).start()


def hand_over(message: EmailMessage) -> None:
    """Send one mail; a failure is logged, for nobody waits for the answer."""
    try:
        message.send()
    except OSError:
        logger.exception("A mail about an account could not be sent; check SETPOINT_MAIL.")
