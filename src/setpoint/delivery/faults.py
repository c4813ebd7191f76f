"""A provider's words for what went wrong, as cause and remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.governance.failures import outage
from setpoint.kernel.outages import UNFORESEEN


@dataclass(frozen=True, slots=True)
class Fault:
    """What happened, what to do, and the provider's own words."""

    cause: str
    remedy: str
    words: str


_KNOWN: Sequence[tuple[str, str, str]] = (
    (
        r"^5(30|34|35)|authenticat|auth.*fail|credential",
        _noop("The mail server refused the user name or the password."),
        _noop("Check both; many providers want an app password made for this purpose."),
    ),
    (
        r"^40[13]\b",
        _noop("The receiver does not accept our signature."),
        _noop("Give it the same secret as here."),
    ),
    (r"^404\b", _noop("There is nothing at this address."), _noop("Check the address.")),
    (
        r"^4\d\d\b|^429|Too Many|throttl",
        _noop("The provider asks to slow down, or is busy."),
        _noop("Nothing is lost: messages wait and go out later. Lower the messages a second if it goes on."),
    ),
    (
        r"^55[013]\b(?!.*(policy|spam|5\.7))",
        _noop("This address takes no mail."),
        _noop("Check the address; Setpoint will not write to it again."),
    ),
    (r"^552\b", _noop("The message is too large."), _noop("Shorten it, or link to pictures.")),
    (
        r"^5(54|56|50)\b|policy|spam|5\.7\.",
        _noop("The receiver's server does not want this message."),
        _noop("Set up SPF, DKIM and DMARC for the sender's domain, and look at the wording."),
    ),
    (
        r"^5\d\d\b",
        _noop("The receiver failed while it took the message."),
        _noop("Look at its log; messages wait and go out later."),
    ),
)


def explain_fault(words: str) -> Fault:
    """What a provider's words mean; those we do not know are shown as they are."""
    for pattern, cause, remedy in _KNOWN:
        if re.search(pattern, words):
            return Fault(_(cause), _(remedy), words)
    failure = outage(words)
    if failure.details["code"] != UNFORESEEN:
        return Fault(failure.message, failure.remedy, words)
    return Fault(
        _("The provider answered: %(words)s") % {"words": words or _("nothing")},
        _("Look at the provider's own log."),
        words,
    )
