"""Why a turn of the loop stops without being finished.

Waiting   nothing is wrong: look again at `until` (None = when a person has answered)
"""

from __future__ import annotations

from datetime import datetime


class Waiting(Exception):
    """The round goes on later, from the step that raised this."""

    def __init__(self, until: datetime | None, reason: str) -> None:
        super().__init__(reason)
        self.until = until
        self.reason = reason
