"""What to enter in the sender's domain, so that mailbox providers believe its mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class DnsEntry:
    """One entry to copy: its kind, the name it stands at, its value, and what it is for."""

    kind: Literal["SPF", "DKIM", "DMARC"]
    host: str
    type: Literal["TXT", "CNAME"]
    value: str
    why: str


def dns_advice(from_address: str, host: str = "") -> list[DnsEntry]:
    """The entries for a sender's domain. Nothing is looked up; what only the provider knows is left to fill in."""
    domain = from_address.rpartition("@")[2].strip().lower()
    if "." not in domain:
        return []
    return [
        DnsEntry(
            "SPF",
            domain,
            "TXT",
            f"v=spf1 a:{host or 'smtp.' + domain} ~all",
            _("Says which servers may send for your domain. If you have an entry that begins with v=spf1, add to it."),
        ),
        DnsEntry(
            "DKIM",
            f"SELECTOR._domainkey.{domain}",
            "TXT",
            "v=DKIM1; k=rsa; p=PUBLIC-KEY",
            _(
                "Lets receivers check that a mail is unchanged. Your provider signs and names SELECTOR and PUBLIC-KEY; "
                "the signature must cover List-Unsubscribe and List-Unsubscribe-Post."
            ),
        ),
        DnsEntry(
            "DMARC",
            f"_dmarc.{domain}",
            "TXT",
            f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}",
            _(
                "Says what to do with mail that fails both. Begin with p=none, read the reports, then ask for quarantine."
            ),
        ),
    ]
