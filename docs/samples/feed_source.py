"""A source in one file: the rows of a text feed, one `name=value; name=value` a line, as an old till writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from setpoint.events.tables import table_of
from setpoint.kernel.errors import Invalid, Unavailable
from setpoint.sources.types import Context, Probe, Pulled, Setting

ROWS_AT_ONCE = 1_000


class FeedSource:
    """Reads `settings["file"]`. The cursor is the number of lines that were read."""

    settings: ClassVar[tuple[Setting, ...]] = (Setting("file", "File", required=True),)

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        if not settings.get("file"):
            raise Invalid("The feed needs a file.", remedy="Set `file` to a path.", field="file")
        self.path = Path(settings["file"])

    def probe(self) -> Probe:
        """The first rows."""
        table = next(self.pull("")).table.slice(0, 20)
        return Probe(table.column_names, table)

    def pull(self, since: str) -> Iterator[Pulled]:
        """The lines behind the cursor, some at a time."""
        try:
            lines = self.path.read_text().splitlines()
        except OSError as error:
            raise Unavailable(f"The feed cannot be read: {error}.", remedy="Check the path.") from None
        for start in range(int(since or 0), len(lines), ROWS_AT_ONCE):
            batch = lines[start : start + ROWS_AT_ONCE]
            yield Pulled(table_of([_row(line) for line in batch]), str(start + len(batch)))

    def close(self) -> None:
        """A file needs no closing."""


def _row(line: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in line.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, value in pairs}
