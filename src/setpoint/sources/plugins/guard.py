"""Where a source may reach to: public addresses, and inner ones only where an owner allowed it."""

from __future__ import annotations

import socket
from pathlib import Path

from django.conf import settings

from setpoint.governance.failures import worded as _
from setpoint.kernel.addresses import Address, keeps_secrets, plain
from setpoint.kernel.errors import Invalid, Refused, Unavailable
from setpoint.kernel.outages import technical_of


def safe_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The host's addresses, all of them allowed. The caller connects to one of these, so that no second look-up of
    the name can lead elsewhere. Raises Refused or Unavailable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(
            _("The host %(host)s cannot be found.") % {"host": host[:200]},
            remedy=_("Check its spelling."),
            technical=technical_of(error),
            details={"code": "host_unknown"},
        ) from None
    addresses = list(dict.fromkeys(str(place[0]) for *_rest, place in found))
    for address in addresses:
        _refuse_forbidden(host, plain(address), allow_private)
    return addresses


def _refuse_forbidden(host: str, address: Address, allow_private: bool) -> None:
    if keeps_secrets(address):
        raise Refused(
            _("%(host)s leads to an address at which machines keep their own secrets.") % {"host": host[:200]},
            remedy=_("Give the source's own address."),
        )
    if not address.is_global and not allow_private:
        raise Refused(
            _("%(host)s lies in an inner network.") % {"host": host[:200]},
            remedy=_("Tick “Allow addresses of inner networks”, which an owner may, or use a public address."),
            details={"code": "private_address"},
        )


def safe_path(text: str, own: Path) -> Path:
    """A folder or file below the home, the connection's own folder, or a folder in SETPOINT_SOURCE_FOLDERS.

    Links are followed before judging. Raises Invalid when nothing is given, Refused when it lies elsewhere.
    """
    if not text.strip() or "\0" in text:
        raise Invalid(_("No path is given."), remedy=_("Write the path on Setpoint's machine."))
    listed: str = settings.SETPOINT_SOURCE_FOLDERS
    allowed = [own, Path(settings.SETPOINT_HOME) / "sources", *(Path(each) for each in listed.split(":") if each)]
    path = Path(text).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in allowed):
        raise Refused(
            _("%(path)s is not in a folder that Setpoint may read.") % {"path": text[:200]},
            remedy=_("Put it under %(home)s, or name its folder in SETPOINT_SOURCE_FOLDERS.")
            % {"home": Path(settings.SETPOINT_HOME) / "sources"},
        )
    return path
