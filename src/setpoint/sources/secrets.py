"""A connection's settings: checked against what its source declares, secrets kept apart and encrypted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings as django_settings

from setpoint.governance.failures import worded as _
from setpoint.governance.services import decrypt, encrypt
from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.parsing import number_of
from setpoint.sources.models import Connection
from setpoint.sources.plugins.registry import SOURCES
from setpoint.sources.types import Context, Setting, Source


class Holder(Protocol):
    """A record that holds settings, and secrets as they are encrypted."""

    pk: Any
    settings: Any
    secrets: Any


def set_settings(connection: Connection, given: Mapping[str, Any]) -> None:
    """Take over a connection's settings; see `hold_settings`."""
    hold_settings(connection, given, SOURCES.get(connection.plugin).settings, context=_context(connection))


def hold_settings(holder: Holder, given: Mapping[str, Any], wanted: Sequence[Setting], *, context: str) -> None:
    """Take over settings, secrets apart. A secret that is not given again stays, as long as it goes to the same place.
    `context` binds the encryption to the record: elsewhere the secrets cannot be read.

    Raises Invalid where something is missing, unknown, or a secret would follow to a new address.
    """
    declared = {setting.name: setting for setting in wanted}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise Invalid(
            _("There is no setting %(name)s here.") % {"name": unknown[0][:60]},
            remedy=_("It has: %(names)s.") % {"names": ", ".join(declared)},
            field=unknown[0],
        )
    plain = {name: _checked(given.get(name), one) for name, one in declared.items() if one.kind != "secret"}
    secrets = {name: str(given[name]) for name, one in declared.items() if one.kind == "secret" and given.get(name)}
    moved = [name for name, one in declared.items() if one.is_address and holder.settings.get(name) != plain[name]]
    # None of the known ones where an address changed, so that nobody can send them elsewhere.
    secrets = ({} if moved else held_secrets(holder, context=context)) | secrets
    _require(plain | secrets, declared)
    holder.settings = plain
    holder.secrets = encrypt(json.dumps(secrets), context=context) if secrets else ""


def held_secrets(holder: Holder, *, context: str) -> dict[str, str]:
    """A record's secrets in the clear. Never shown to anybody."""
    if not holder.secrets:
        return {}
    found: dict[str, str] = json.loads(decrypt(holder.secrets, context=context))
    return found


def secrets_of(connection: Connection) -> dict[str, str]:
    """The connection's secrets in the clear. Never shown to anybody."""
    return held_secrets(connection, context=_context(connection))


def source_of(connection: Connection, *, now: datetime, sleep: Callable[[float], object] = time.sleep) -> Source:
    """The source, ready to be asked."""
    context = Context(connection.pk or 0, folder_of(connection), connection.allow_private, now, sleep)
    return SOURCES.get(connection.plugin)(connection.settings | secrets_of(connection), context)


def folder_of(connection: Connection) -> Path:
    """Where the connection's own files lie."""
    return Path(django_settings.SETPOINT_HOME) / "sources" / str(connection.pk or 0)


def _context(connection: Connection) -> str:
    return f"source:{connection.pk or 0}"


def _checked(value: Any, setting: Setting) -> Any:
    value = setting.default if value in (None, "") else value
    if setting.kind == "choice" and value not in setting.choices:
        raise _bad(setting, _("“%(value)s” is not a choice.") % {"value": str(value)[:60]}, ", ".join(setting.choices))
    if setting.kind == "number" and value != "":
        number = number_of(str(value))
        if number is None or number < 0:
            raise _bad(setting, _("This is not a number."), "5")
        return int(number) if number.is_integer() else number
    if setting.kind == "boolean":
        return bool(value)
    if not isinstance(value, str | int | float) or len(str(value)) > 20_000:
        raise _bad(setting, _("This is too long, or no text."), "…")
    return value


def _require(given: Mapping[str, Any], declared: Mapping[str, Setting]) -> None:
    for name, setting in declared.items():
        if setting.required and given.get(name) in (None, ""):
            raise Invalid(
                _("“%(label)s” is missing.") % {"label": _(setting.label)},
                remedy=_("Fill it in. A secret has to be entered again when the address changes."),
                field=name,
            )


def _bad(setting: Setting, message: str, example: str) -> Invalid:
    return Invalid(message, remedy=_("Use for instance: %(example)s.") % {"example": example}, field=setting.name)
