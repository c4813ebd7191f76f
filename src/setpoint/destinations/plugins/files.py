"""A file that is written whole at each run: CSV, JSON lines or Parquet. Readers see the file of before or the new one,
never half of it: batches wait as parts in a folder of the run and are put together at its end."""

from __future__ import annotations

import csv
import glob
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext_noop as _noop

from setpoint.destinations.types import Batch, Column, Kind, Refusal
from setpoint.governance.failures import outage
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.sources.plugins.guard import safe_path
from setpoint.sources.types import Context, Setting

FORMATS = ("csv", "jsonl", "parquet")
_NAME = re.compile(r"[\w][\w.\- ]{0,99}")
_KINDS: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


class FilesDestination:
    """One file on Setpoint's machine."""

    takes_all: ClassVar[bool] = True
    settings: ClassVar[Sequence[Setting]] = (
        Setting("format", _noop("Format"), "choice", default="csv", choices=FORMATS),
        Setting("file", _noop("Name of the file"), help=_noop("For instance customers.csv."), required=True),
        Setting(
            "folder",
            _noop("Folder"),
            help=_noop("On Setpoint's machine; empty: the export's own, from which the file can be downloaded."),
        ),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._format = str(settings.get("format") or "csv")
        name = str(settings.get("file") or "")
        if self._format not in FORMATS or not _NAME.fullmatch(name):
            raise Invalid(
                _("This is not the name of a file."), remedy=_("Write for instance customers.csv."), field="file"
            )
        given = str(settings.get("folder") or "")
        self._folder = safe_path(given, context.folder) if given else context.folder
        self._path = self._folder / name

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def probe(self, columns: Sequence[Column]) -> Sequence[str]:
        """Whether the folder can be written to."""
        with _told():
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        is_there = _("It takes the place of the file that is there.") if self._path.exists() else ""
        return [_("The file will be %(path)s.") % {"path": self._path}, *([is_there] if is_there else [])]

    def write(self, batch: Batch) -> Sequence[Refusal]:
        """Keep a batch as a part; one that is there already is written over."""
        run = batch.token.rpartition(":")[0]
        table = pa.table(
            {
                column.name: pa.array([row[column.name] for row in batch.rows], _KINDS[column.kind])
                for column in batch.columns
            }
        )
        with _told():
            parts = self._parts(run)
            parts.mkdir(parents=True, exist_ok=True)
            draft = parts / f".{batch.number}"
            pq.write_table(table, draft)
            draft.replace(parts / f"{batch.number:09}.parquet")
        return []

    def finish(self, run: str) -> None:
        """Put the parts together and let the file take its place at once. Once that is done, again changes nothing."""
        parts = self._parts(run)
        if not parts.is_dir():
            return
        with _told():
            draft = self._path.with_name(f".{self._path.name}.new")
            _WRITERS[self._format](draft, (pq.read_table(path) for path in sorted(parts.glob("*.parquet"))))
            draft.replace(self._path)
            for left in [parts, *self._path.parent.glob(f".{glob.escape(self._path.name)}.export-*")]:
                shutil.rmtree(left, ignore_errors=True)  # also of runs that were cancelled or failed

    def close(self) -> None:
        """Files need no closing."""

    def _parts(self, run: str) -> Path:
        return self._path.with_name(f".{self._path.name}.{re.sub(r'[^0-9a-zA-Z]', '-', run)}")


class _told:
    """A failure of the disk in our words."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise outage(error) from None


def _rows(tables: Iterable[pa.Table]) -> Iterator[list[dict[str, Any]]]:
    return (table.to_pylist() for table in tables)


def _write_csv(path: Path, tables: Iterable[pa.Table]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, table in enumerate(tables):
            if number == 0:
                writer.writerow(table.column_names)
            columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
            writer.writerows(zip(*columns, strict=True))


def _text(value: object) -> str:
    if value is None:
        return ""
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _write_jsonl(path: Path, tables: Iterable[pa.Table]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for rows in _rows(tables):
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_parquet(path: Path, tables: Iterable[pa.Table]) -> None:
    writer = None
    for table in tables:
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


_WRITERS: Mapping[str, Callable[[Path, Iterable[pa.Table]], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
