"""Reading CSV as it comes: encodings, delimiters, broken quotes, lines without end; in constant memory.

A row that cannot be read is one bad row. A quote that is never closed does not swallow the rows behind it: they are
read again on their own.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext_noop as _noop

from setpoint.events.problems import Problem
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid

LONGEST_LINE = 1_000_000
LONGEST_FIELD = 131_072
MOST_COLUMNS = 2_000
_MOST_REREADS = 1_000
_PIECE = 1 << 20
_DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# By encoding: the part of it that holds everyday letters, the last lead byte of these, and how many letters it takes
# to tell it. Korean lies within the bytes of everyday Chinese, so that a few letters can be either.
_EVERYDAY = {
    "cp949": ("euc_kr", b"\xc8", 8),
    "gb18030": ("gb2312", b"\xd7", 1),
    "cp950": ("big5", b"\xc6", 1),
    "cp932": ("shift_jis", b"\x98", 1),
}
_SAMPLE, _LETTERS = 512 * 1024, 20_000
_SEPARATOR_LINE = re.compile(r"sep=.\r?\n", re.IGNORECASE)
SURE_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"})
GUESSED_ENCODING = _noop("The file is not Unicode; what it is written in was guessed by its letters. Check some names.")
RENAMED_COLUMNS = _noop("Some columns have no name or the same name; they were renamed.")
HEADER_ONLY = _noop("The file has a header and no rows.")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one pass over a file tells."""

    digest: str
    size: int
    encoding: str
    lines: int


@dataclass(frozen=True, slots=True)
class CsvShape:
    """How a CSV file is to be read."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row below the header: its values, or why it could not be read. `number` counts from 1."""

    number: int
    values: list[str]
    problem: Problem | None = None


def facts_of(path: Path) -> FileFacts:
    """Digest, size, encoding and number of lines, in one pass."""
    digest, size, newlines = hashlib.sha256(), 0, 0
    trial = _UnicodeTrial()
    last = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            newlines += piece.count(b"\n")
            trial.feed(piece)
            last = piece
    lines = newlines + (bool(last) and not last.endswith(b"\n"))
    return FileFacts(digest.hexdigest(), size, trial.result() or _old_encoding(path), lines)


class _UnicodeTrial:
    """Whether all pieces of a file are UTF-8, or say that they are UTF-16."""

    def __init__(self) -> None:
        self._named: str | None = None
        self._fed = False
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        if not self._fed:
            self._fed, self._named = True, _named_encoding(piece)
        if self._named or self._decoder is None:
            return
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            self._decoder = None

    def result(self) -> str | None:
        self.feed(b"", final=True)
        return self._named or ("utf-8" if self._decoder else None)


def _old_encoding(path: Path) -> str:
    """What a file is written in that is not Unicode, told by its letters: of the languages whose encodings they can be
    read in, the one in which most of them are everyday ones."""
    sample = _not_ascii(path)
    shares = {name: _everyday(sample, name) for name in _EVERYDAY}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] > 0.5:
        return best
    high = len(re.findall(rb"[\xc0-\xff]", sample))
    together = len(re.findall(rb"[\xc0-\xff](?=[\xc0-\xff])", sample))
    # Russian words are such letters throughout; in western ones they stand alone.
    return "cp1251" if together > high / 2 else "cp1252"


def _not_ascii(path: Path) -> bytes:
    """The first lines that hold more than ASCII."""
    lines, size = [], 0
    with path.open("rb") as file:
        while size < _SAMPLE and (line := file.readline(LONGEST_LINE)):
            if not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)


def _everyday(sample: bytes, encoding: str) -> float:
    """The share of everyday letters when the sample is read so; 0 where it cannot be."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    core, last, fewest = _EVERYDAY[encoding]
    letters = [letter for letter in text if letter > "\x7f"][:_LETTERS]
    codes = [letter.encode(core, "ignore") for letter in letters]
    common = sum(len(code) == 2 and code[:1] <= last for code in codes)
    return common / len(letters) if len(letters) >= fewest else 0.0


def _named_encoding(start: bytes) -> str | None:
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    sample = start[:4096]
    if len(sample) >= 4 and sample.count(0) * 3 > len(sample):
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    return None


def shape_of(path: Path, encoding: str) -> CsvShape:
    """Delimiter and columns of a file. Raises Invalid for an empty file or an unreadable header."""
    with _open(path, encoding) as file:
        first = file.readline(LONGEST_LINE + 1)
    if not first.strip("\r\n \t\ufeff"):
        raise Invalid(_("The file is empty."), remedy=_("Choose a file with a header and rows."), field="file")
    delimiter = max(_DELIMITERS, key=lambda each: _outside_quotes(first, each))
    header = _header(path, encoding, delimiter)
    columns = unique_names(header)
    return CsvShape(encoding, delimiter, columns, renamed=list(columns) != header)


def read_rows(path: Path, shape: CsvShape) -> Iterator[RawRow]:
    """The rows below the header, in order; blank lines are left out."""
    with _open(path, shape.encoding) as file:
        records = _Records(file, shape.delimiter)
        records.read()
        number = 0
        while (found := records.read()) is not None:
            values, problem = found
            if values or problem:
                number += 1
                yield RawRow(number, *_fitted(values, problem, len(shape.columns)))


def _fitted(values: list[str], problem: Problem | None, width: int) -> tuple[list[str], Problem | None]:
    """A row as wide as the header; empty columns too many are dropped."""
    if problem:
        return values, problem
    if any("\0" in value for value in values):
        return values, Problem("nul")
    if len(values) > width and not any(values[width:]):
        values = values[:width]
    if len(values) == width:
        return values, None
    code = "too_many_columns" if len(values) > width else "too_few_columns"
    return values, Problem(code, details={"found": len(values), "expected": width})


class _Records:
    """One CSV record at a time from lines of bounded length."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._overlong = False
        self._rereads = 0
        self._reader = csv.reader(self, delimiter=delimiter, strict=True)

    def read(self) -> tuple[list[str], Problem | None] | None:
        """The next record's values and what is wrong with it; None at the end."""
        self._taken.clear()
        self._overlong = False
        try:
            values = next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            return self._broken(str(error))
        if self._overlong:
            return [_start_of(self._taken)], Problem("line_too_long", details={"limit": LONGEST_LINE})
        return values, None

    def _broken(self, cause: str) -> tuple[list[str], Problem]:
        lines = len(self._taken)
        values = [_start_of(self._taken)]
        if self._overlong:
            return values, Problem("line_too_long", details={"limit": LONGEST_LINE})
        if lines > 1:
            self._read_again()
            return values, Problem("open_quote")
        if "field limit" in cause:
            return values, Problem("field_too_long", details={"limit": LONGEST_FIELD})
        return values, Problem("open_quote" if "end of data" in cause else "bad_quote")

    def _read_again(self) -> None:
        """Give back the lines that an open quote swallowed, all but the first; bounded, as it costs time for each."""
        self._rereads += 1
        if self._rereads <= _MOST_REREADS:
            self._again.extendleft(reversed(self._taken[1:]))

    def __iter__(self) -> _Records:
        return self

    def __next__(self) -> str:
        """The next line. May go on after StopIteration, when lines were given back."""
        line = self._again.popleft() if self._again else self._file.readline(LONGEST_LINE)
        if len(line) >= LONGEST_LINE and not line.endswith("\n"):
            self._overlong = True
            self._skip_line()
            line = line[:200].replace('"', "'") + "\n"
        if not line:
            raise StopIteration
        self._taken.append(line)
        return line

    def _skip_line(self) -> None:
        while (rest := self._file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass


def _start_of(lines: list[str]) -> str:
    return lines[0].rstrip("\r\n")[:2000] if lines else ""


def _open(path: Path, encoding: str) -> TextIO:
    """The file from its header on; a line "sep=;" before it is for spreadsheet programs."""
    file = path.open(encoding=encoding, errors="replace", newline="")
    if not _SEPARATOR_LINE.fullmatch(file.readline(8)):
        file.seek(0)
    return file


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with _open(path, encoding) as file:
        found = _Records(file, delimiter).read()
    values, problem = found or ([], None)
    if problem or len(values) > MOST_COLUMNS:
        cause = problem.shown(0).cause if problem else _("It has more than %(most)s columns.") % {"most": MOST_COLUMNS}
        raise Invalid(
            _("The header cannot be read. %(cause)s") % {"cause": cause},
            remedy=_("Write the columns' names in the first line, separated by commas."),
            field="file",
        )
    return [value.strip().strip("\ufeff") for value in values]


def _outside_quotes(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Names that differ: an empty one becomes "column_3", a second "email" becomes "email_2"."""
    names: list[str] = []
    for place, name in enumerate(header, start=1):
        base = name.replace("\0", "")[:200] or f"column_{place}"
        unique, count = base, 1
        while unique in names:
            count += 1
            unique = f"{base}_{count}"
        names.append(unique)
    return tuple(names)
