"""The fake: a provider in memory that keeps what it was handed, and fails as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.delivery.types import ChannelLimits, Feedback, FeedbackRequest, OutgoingMessage, Receipt, ReceiptStatus
from setpoint.kernel.errors import Invalid

_ANSWERS: Mapping[str, ReceiptStatus] = {"dead": "bounced", "never": "rejected", "later": "retry"}


class RecordingChannel:
    """Takes everything unless `answer` says otherwise for a message. Takes each key once."""

    name = "recording"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.settings = dict(settings or {})
        self.taken: dict[str, OutgoingMessage] = {}
        self.handed: list[str] = []
        self.answer: Callable[[OutgoingMessage], Receipt | None] = lambda message: None
        self.is_down = False
        self._refusals: dict[str, ReceiptStatus] = {}
        self._lock = Lock()

    @property
    def limits(self) -> ChannelLimits:
        """As the settings say, else batches of 100."""
        return ChannelLimits(batch=self.settings.get("batch", 100), connections=self.settings.get("connections", 1))

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Keep the messages."""
        with self._lock:
            return [self._take(message) for message in batch]

    def refuse(self, address: str, how: str) -> None:
        """Answer for this address with "dead" (bounced), "never" (rejected) or "later" (retry)."""
        self._refusals[address] = _ANSWERS[how]

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """A JSON list of feedback."""
        try:
            return msgspec.json.decode(request.body, type=list[Feedback])
        except msgspec.MsgspecError as error:
            raise Invalid(
                _("This is not a list of feedback: %(error)s.") % {"error": error}, remedy=_("Send JSON.")
            ) from None

    def find(self, keys: Sequence[str]) -> dict[str, bool | None]:
        """Whether each key was taken."""
        return {key: key in self.taken for key in keys}

    def _take(self, message: OutgoingMessage) -> Receipt:
        if self.is_down:
            return Receipt(message.key, "retry", detail="the provider is down", provider_fault=True)
        self.handed.append(message.key)
        if message.address in self._refusals:
            return Receipt(message.key, self._refusals[message.address], detail="told so")
        told = self.answer(message)
        if told is not None:
            return told
        self.taken.setdefault(message.key, message)
        return Receipt(message.key, "accepted", provider_id=f"r-{message.key[:8]}")


def feedback_body(kind: str, key: str, at: datetime) -> bytes:
    """What this provider's call-back carries."""
    return msgspec.json.encode([{"kind": kind, "key": key, "at": at}])
