"""A channel in one file: each message becomes a file in a folder, as some printing houses want it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from setpoint.delivery.types import ChannelLimits, Feedback, FeedbackRequest, OutgoingMessage, Receipt
from setpoint.kernel.errors import Invalid


class FolderChannel:
    """Writes messages into `settings["folder"]`, one JSON file each, named by the message's key."""

    name = "folder"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        if not settings.get("folder"):
            raise Invalid("The folder channel needs a folder.", remedy="Set `folder` to a path.", field="folder")
        self.folder = Path(settings["folder"])

    @property
    def limits(self) -> ChannelLimits:
        """A disk takes what it gets."""
        return ChannelLimits(batch=500)

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Write each message; the same key written twice is still one file."""
        return [self._write(message) for message in batch]

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """A folder never answers."""
        return []

    def find(self, keys: Sequence[str]) -> dict[str, bool | None]:
        """A file that is there was handed over; one that is not, was not."""
        return {key: (self.folder / f"{key}.json").exists() for key in keys}

    def _write(self, message: OutgoingMessage) -> Receipt:
        content = {"to": message.address, "subject": message.subject, "text": message.text}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{message.key}.json").write_text(json.dumps(content, ensure_ascii=False))
        except OSError as error:
            return Receipt(message.key, "retry", detail=str(error))
        return Receipt(message.key, "delivered")
