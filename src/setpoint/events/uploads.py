"""Uploaded files and their files of bad rows, under SETPOINT_HOME/imports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from django.conf import settings

from setpoint.events.files import DataFile
from setpoint.events.models import ImportJob
from setpoint.events.types import FileKind
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid

MOST_BYTES = 2 * 1024**3
_PIECE = 1 << 20


class Upload(Protocol):
    """A file that is being uploaded (Django's UploadedFile is one)."""

    def chunks(self) -> Iterator[bytes]:
        """The content, piece by piece."""
        ...


def file_of(job: ImportJob) -> DataFile:
    """The job's file, as it was understood."""
    return DataFile(
        path=folder() / job.file,
        kind=cast(FileKind, job.kind),
        digest=job.digest,
        size=job.size,
        columns=tuple(job.columns),
        rows_estimate=job.rows_total,
        encoding=job.encoding,
        delimiter=job.delimiter,
    )


def folder() -> Path:
    """Where the files are kept."""
    place = Path(settings.SETPOINT_HOME) / "imports"
    place.mkdir(parents=True, exist_ok=True)
    return place


def problem_path(job: ImportJob) -> Path:
    """Where the job's bad rows are kept."""
    return folder() / f"{job.file}.problems.csv"


def keep(source: Path | BinaryIO | Upload, path: Path) -> None:
    """Copy an upload to the disk, durably. Raises Invalid over 2 GB."""
    size = 0
    with path.open("wb") as file:
        for piece in _pieces(source):
            size += len(piece)
            if size > MOST_BYTES:
                raise Invalid(
                    _("The file is larger than %(limit)s bytes.") % {"limit": MOST_BYTES},
                    remedy=_("Split it into several files."),
                    field="file",
                )
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _pieces(source: Path | BinaryIO | Upload) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _pieces(file)
    elif hasattr(source, "chunks"):
        yield from source.chunks()
    else:
        while piece := source.read(_PIECE):
            yield piece
