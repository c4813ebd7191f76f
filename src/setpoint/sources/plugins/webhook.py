"""Inbound webhooks: others call us, signed by Standard Webhooks; what they bring waits for the next run."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import pyarrow as pa
from django.utils.translation import gettext_noop as _noop
from standardwebhooks import Webhook, WebhookVerificationError

from setpoint.events.problems import Problem
from setpoint.events.tables import Unreadable, table_of
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, TooLarge, Unauthorised
from setpoint.sources.models import InboundCall
from setpoint.sources.types import Context, Probe, Pulled, Setting

MOST_BYTES = 1024 * 1024
CALLS_AT_ONCE = 1_000
SAMPLE_ROWS = 50


class WebhookSource:
    """The cursor is the number of the last call that was read."""

    settings: ClassVar[Sequence[Setting]] = (
        Setting(
            "secret",
            _noop("Signing secret"),
            "secret",
            _noop("Begins with whsec_; the sender signs with it (Standard Webhooks)."),
            required=True,
        ),
        Setting("records", _noop("Where the rows are"), help=_noop("A path such as data; empty: the whole body.")),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._secret = checked_secret(str(settings.get("secret") or ""))
        self._records = [part for part in str(settings.get("records") or "").split(".") if part]
        self._calls = InboundCall.objects.filter(connection_id=context.connection_id).order_by("pk")

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """The id of a call that carries our signature; Unauthorised for any other."""
        if len(body) > MOST_BYTES:
            raise TooLarge(_("The call is larger than 1 MiB."), remedy=_("Send fewer rows in one call."))
        told = {name.lower(): value for name, value in headers.items()}
        try:
            Webhook(self._secret).verify(body, told)
        except (WebhookVerificationError, ValueError):
            raise Unauthorised(
                _("The call's signature is missing, wrong or too old."),
                remedy=_("Sign id, time and body with this connection's secret (Standard Webhooks)."),
            ) from None
        return told["webhook-id"][:100]

    def probe(self) -> Probe:
        """The rows of calls that wait."""
        rows = [row for call in self._calls[:SAMPLE_ROWS] for row in self._rows(call)]
        table = table_of([row for row in rows if isinstance(row, dict)][:SAMPLE_ROWS])
        notes = [] if rows else [_("No call has come yet. Send one, then test again to map its fields.")]
        return Probe(table.column_names, table, notes)

    def pull(self, since: str) -> Iterator[Pulled]:
        """The calls behind the cursor."""
        last = int(since or 0)
        while calls := list(self._calls.filter(pk__gt=last)[:CALLS_AT_ONCE]):
            last = calls[-1].pk
            rows = [(call.pk, row) for call in calls for row in self._rows(call)]
            good = [(number, row) for number, row in rows if isinstance(row, dict)]
            bad = [
                Unreadable(number, Problem("bad_json"), [str(row)[:500]])
                for number, row in rows
                if not isinstance(row, dict)
            ]
            numbers = pa.array([number for number, _row in good], pa.int64())
            yield Pulled(table_of([row for _number, row in good]), str(last), tuple(bad), numbers)

    def close(self) -> None:
        """Nothing is held open."""

    def _rows(self, call: InboundCall) -> Sequence[Any]:
        try:
            found: Any = msgspec.json.decode(call.body)
        except (msgspec.MsgspecError, RecursionError):
            return [call.body]
        for part in self._records:
            found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, list) else [found]


def checked_secret(secret: str) -> str:
    """A signing secret that can be used; Invalid for one that is not base64 or shorter than 24 bytes."""
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < 24:
        raise Invalid(
            _("This is not a signing secret."),
            remedy=_("Use whsec_ and at least 24 random bytes in base64."),
            field="secret",
        )
    return secret
