"""What others bring to a connection: signed calls and uploaded files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.events.uploads import Upload, keep
from setpoint.governance.services import needs, record_audit
from setpoint.kernel.errors import Conflict, Unauthorised
from setpoint.sources.connections import get_connection, subject
from setpoint.sources.models import Connection, InboundCall
from setpoint.sources.plugins.webhook import WebhookSource
from setpoint.sources.secrets import folder_of, source_of

KEPT = timedelta(days=7)


def receive_call(connection_id: int, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Take a signed call; durable when this returns. False when a call of this id was taken before.

    The connection's next run is due at once. Unauthorised without a right signature, and where no webhook listens.
    """
    connection = Connection.objects.filter(pk=connection_id, plugin="webhook").first()
    source = source_of(connection, now=now) if connection else None
    if connection is None or not isinstance(source, WebhookSource):
        raise Unauthorised(_("No webhook listens here."), remedy=_("Copy the address from the connection's page."))
    call_id = source.verify(headers, body)
    with transaction.atomic():
        _call, created = InboundCall.objects.get_or_create(
            connection=connection,
            call_id=call_id,
            defaults={"body": body.decode("utf-8", "replace").replace("\0", "\ufffd"), "received_at": now},
        )
        if created:
            record_audit("webhook", "received", subject(connection), after={"call": call_id}, now=now)
            if connection.mapping and connection.state == Connection.State.ACTIVE:
                Connection.objects.filter(pk=connection.pk).update(next_run_at=now)
    return created


def prune_calls(*, now: datetime) -> int:
    """Forget calls that landed more than seven days ago; a repeat after that is refused by its signature's age."""
    gone = 0
    for connection in Connection.objects.filter(plugin="webhook").exclude(cursor=""):
        old = connection.calls.filter(pk__lte=int(connection.cursor), received_at__lt=now - KEPT)
        gone += old.delete()[0]
    return gone


@needs("imports:write")
def upload_file(connection_id: int, name: str, content: Upload | Any, *, actor: str, now: datetime) -> str:
    """Put a file into the folder of a connection of files; returns the name that it got there."""
    connection = get_connection(connection_id)
    if connection.plugin != "files" or connection.settings.get("folder"):
        raise Conflict(
            _("This connection takes no uploads."), remedy=_("Uploads go to a connection of files without a folder.")
        )
    folder = folder_of(connection)
    folder.mkdir(parents=True, exist_ok=True)
    plain = _file_name(name)
    draft = folder / f".{plain}.{os.getpid()}"
    keep(content, draft)
    draft.replace(folder / plain)
    with transaction.atomic():
        record_audit(actor, "uploaded", subject(connection), after={"file": plain}, now=now)
    return plain


def _file_name(name: str) -> str:
    plain = re.sub(r"[^\w.\- ]", "_", Path(name or "upload").name).lstrip(". ")[:120]
    return plain or "upload"
