"""Signed calls out (Standard Webhooks): rows as JSON, each batch under an id of its own that a repeat carries again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, ClassVar

import msgspec
from django.utils.translation import gettext_noop as _noop
from standardwebhooks import Webhook

from setpoint.destinations.types import Batch, Column, OutRow, Refusal
from setpoint.governance.failures import outage
from setpoint.governance.failures import worded as _
from setpoint.sources.plugins.calling import Caller, told_by
from setpoint.sources.plugins.webhook import checked_secret
from setpoint.sources.types import Context, Setting


class WebhookDestination:
    """POSTs {"type": "rows", "rows": [...], "removed": [...]} and expects an answer of 200 to 299."""

    takes_all: ClassVar[bool] = False
    settings: ClassVar[Sequence[Setting]] = (
        Setting(
            "url", _noop("Address"), help=_noop("It is called with POST and JSON."), required=True, is_address=True
        ),
        Setting(
            "secret",
            _noop("Signing secret"),
            "secret",
            _noop("Begins with whsec_; the receiver checks our signature with it (Standard Webhooks)."),
            required=True,
        ),
        Setting("rows_per_call", _noop("Rows in one call"), "number", default=500),
        Setting("per_second", _noop("Calls a second, at most"), "number", default=5),
    )

    def __init__(
        self, settings: Mapping[str, Any], context: Context, *, sleep: Callable[[float], object] | None = None
    ) -> None:
        self._url = str(settings.get("url") or "")
        self._webhook = Webhook(checked_secret(str(settings.get("secret") or "")))
        self._at_once = max(1, int(settings.get("rows_per_call") or 500))
        pace = float(settings.get("per_second") or 5)
        self._caller = Caller(allow_private=context.allow_private, per_second=pace, sleep=sleep or context.sleep)
        self._caller.check(self._url)

    def probe(self, columns: Sequence[Column]) -> Sequence[str]:
        """A signed call without rows."""
        self._post(f"probe:{time.time_ns()}", "test", [], [])
        return [_("The receiver took a signed call without rows.")]

    def write(self, batch: Batch) -> Sequence[Refusal]:
        """One call for so many rows; a call is refused as a whole or not at all."""
        calls = [("rows", piece) for piece in _pieces(batch.rows, self._at_once)]
        calls += [("removed", piece) for piece in _pieces(batch.gone, self._at_once)]
        for number, (kind, piece) in enumerate(calls):
            rows, removed = (piece, []) if kind == "rows" else ([], piece)
            self._post(f"{batch.token}:{number}", "rows", rows, removed)
        return []

    def finish(self, run: str) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """End kept connections."""
        self._caller.close()

    def _post(self, call_id: str, kind: str, rows: Sequence[OutRow], removed: Sequence[OutRow]) -> None:
        body = msgspec.json.encode({"type": kind, "rows": list(rows), "removed": list(removed)})
        now = datetime.now(UTC)
        # With what it says in it: a repeat after a stop that says something newer must not be taken for the old one.
        name = f"{call_id.replace(':', '_')}_{blake2b(body, digest_size=6).hexdigest()}"
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(name, now, body.decode()),
        }
        answer = self._caller.send(self._url, body, headers)
        if not answer.is_success:
            remedy = _("Check address and secret with those who run the receiver, then run the export again.")
            raise outage(told_by(answer), remedy=remedy)


def _pieces(rows: Sequence[OutRow], size: int) -> list[Sequence[OutRow]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
