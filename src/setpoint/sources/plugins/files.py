"""Files in a folder that is watched: CSV, Excel, JSON lines, Parquet. New and changed files are read, others are not."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
from django.utils.translation import gettext_noop as _noop

from setpoint.events.problems import Problem, refused
from setpoint.events.tables import Unreadable, pieces_of
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import NotFound, SetpointError
from setpoint.sources.plugins.guard import safe_path
from setpoint.sources.types import Context, Probe, Pulled, Setting

SAMPLE_ROWS = 5_000


class FilesSource:
    """The cursor holds each read file's size, time and number of rows: a file that grew is read again, and its rows
    that landed already are the same rows."""

    settings: ClassVar[Sequence[Setting]] = (
        Setting(
            "folder",
            _noop("Folder"),
            help=_noop("On Setpoint's machine; empty: files that are uploaded to this connection."),
        ),
        Setting("pattern", _noop("Names of the files"), help=_noop("For instance *.csv or orders-*."), default="*"),
        Setting(
            "settle_seconds",
            _noop("Seconds a file must rest"),
            kind="number",
            help=_noop("A file that is still being written is left for the next run."),
            default=2,
        ),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._context = context
        given = str(settings.get("folder") or "")
        self._folder = safe_path(given, context.folder) if given else context.folder
        self._pattern = str(settings.get("pattern") or "*")
        self._settle = float(settings.get("settle_seconds") or 0)

    def probe(self) -> Probe:
        """The newest file's first rows."""
        files = self._files()
        if not files:
            raise NotFound(
                _("No file in %(folder)s is named like %(pattern)s.")
                % {"folder": self._folder, "pattern": self._pattern},
                remedy=_("Upload a file, or correct folder and pattern."),
            )
        piece = next(pieces_of(files[-1]), None)
        table = piece.table.slice(0, SAMPLE_ROWS) if piece else pa.table({})
        return Probe(table.column_names, table, [_("Files: %(count)s; the newest is %(name)s") % _facts(files)])

    def pull(self, since: str) -> Iterator[Pulled]:
        """New and changed files, oldest first."""
        seen: dict[str, list[int]] = json.loads(since) if since else {}
        for path in self._files():
            facts = path.stat()
            known = seen.get(path.name)
            mark = [facts.st_size, facts.st_mtime_ns]
            if known is not None and known[:2] == mark and known[2] < 0:
                continue
            if self._is_fresh(facts.st_mtime):
                continue
            yield from self._read(path, mark, seen, known[2] if known and known[:2] == mark else 0)

    def close(self) -> None:
        """Files need no closing."""

    def _read(self, path: Path, mark: list[int], seen: dict[str, list[int]], after: int) -> Iterator[Pulled]:
        """A file's pieces; the third number of its mark is how many rows landed, -1 once all did. One that cannot be
        read counts as one refused row, so that it does not keep the others from landing."""
        try:
            for piece in pieces_of(path, after=after):
                after = max([after, *(row.row for row in piece.unreadable), *piece.rows.to_pylist()[-1:]])
                seen[path.name] = [*mark, after]
                yield Pulled(piece.table, json.dumps(seen), piece.unreadable, piece.rows, path.name)
            broken = []
        except SetpointError as error:
            broken = [Unreadable(after, _whole(path.name, error), [path.name])]
        seen[path.name] = [*mark, -1]
        yield Pulled(pa.table({}), json.dumps(seen), broken, file=path.name)

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            raise NotFound(
                _("There is no folder %(folder)s.") % {"folder": self._folder},
                remedy=_("Create it, or correct the path."),
            )
        found = [path for path in self._folder.iterdir() if fnmatch.fnmatch(path.name, self._pattern)]
        plain = [path for path in found if path.is_file() and not path.is_symlink() and not path.name.startswith(".")]
        return sorted(plain, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _is_fresh(self, modified: float) -> bool:
        """Whether a file changed within the last seconds by the disk's own clock."""
        probe = self._context.folder / ".now"
        self._context.folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        return probe.stat().st_mtime - modified < self._settle


def _whole(name: str, error: SetpointError) -> Problem:
    """What is wrong with a file as a whole."""
    return Problem("bad_file", details={"file": name, **refused(error).details})


def _facts(files: Sequence[Path]) -> dict[str, Any]:
    return {"count": len(files), "name": files[-1].name}
