"""The send journal: what a worker was about to hand over and what it heard, one line each, written before and after.

A killed process leaves its lines behind (the kernel holds them), so that its successor can tell "never started",
"answered" and "in doubt" apart. A file's lock tells whether its worker lives. Lines of an earlier boot of the machine
prove nothing, since they may have been lost with the power; nor does a file that does not know the claim's session.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.delivery.types import Receipt
from setpoint.kernel.errors import Conflict, Invalid

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_WORKER = re.compile(r"[A-Za-z0-9._-]{1,80}")


@dataclass
class Trace:
    """What a worker's file tells of its claims. `started` holds wall-clock seconds by key."""

    sessions: set[str] = field(default_factory=set)
    started: dict[str, float] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def never_started(self, owner: str, key: str) -> bool:
        """Whether it is proven that no hand-over of this key began under this claim's owner."""
        return owner.partition("/")[2] in self.sessions and key not in self.started


class Journal:
    """A worker's open file. Held by one process at a time."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.session = secrets.token_hex(6)
        self._descriptor = _open_locked(_path(worker))
        if self._descriptor is None:
            raise Conflict(
                _("A worker named %(name)s is already running.") % {"name": worker},
                remedy=_("Give each worker a name of its own."),
            )
        self.trace = _read(_path(worker))
        self._write(self._opening())

    @property
    def owner(self) -> str:
        """How claims name this worker and this opening of its file."""
        return f"{self.worker}/{self.session}"

    def start(self, keys: Sequence[str]) -> None:
        """Say, before a hand-over, that it begins."""
        self._write(f"start {time.time():.3f} {' '.join(keys)}\n")

    def done(self, receipts: Sequence[Receipt]) -> None:
        """Keep the provider's answers."""
        self._write("".join(f"done {json.dumps(asdict(receipt))}\n" for receipt in receipts))

    def clear(self) -> None:
        """Forget what is in the ledger by now."""
        os.ftruncate(self._live, 0)
        self.trace = Trace()
        self._write(self._opening())

    def close(self) -> None:
        """Let go of the file; what it holds stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def _live(self) -> int:
        if self._descriptor is None:
            raise ValueError("the journal is closed")
        return self._descriptor

    def _opening(self) -> str:
        return f"session {self.session} {_boot_id()}\n"

    def _write(self, text: str) -> None:
        data = text.encode()
        if os.write(self._live, data) != len(data):
            raise OSError(f"the send journal {_path(self.worker)} could not be written; nothing was handed over")


@contextmanager
def journal_of(worker: str) -> Iterator[Journal]:
    """A worker's journal for one turn of sending; Conflict while another thread or process uses that name."""
    journal = Journal(worker)
    try:
        yield journal
    finally:
        journal.close()


@contextmanager
def trace_of(worker: str) -> Iterator[Trace | None]:
    """What a stopped worker left, its name held meanwhile; None while it lives or when it ran on another machine."""
    path = _path(worker)
    descriptor = _open_locked(path) if path.exists() else None
    try:
        yield None if descriptor is None else _read(path)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_here(worker: str) -> bool:
    """Whether a worker's file lies on this machine."""
    return _path(worker).exists()


def _path(worker: str) -> Path:
    if not _WORKER.fullmatch(worker):
        raise Invalid(
            _("%(name)s cannot name a worker.") % {"name": repr(worker)},
            remedy=_("Use up to 80 letters, digits, dots, dashes and underscores."),
        )
    return Path(settings.SETPOINT_HOME) / "journal" / f"{worker}.log"


def _open_locked(path: Path) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _boot_id() -> str:
    return _BOOT.read_text().strip() if _BOOT.exists() else "unknown"


def _read(path: Path) -> Trace:
    trace, boot = Trace(), _boot_id()
    for line in path.read_text(errors="replace").splitlines(keepends=True):
        kind, _space, rest = line.partition(" ")
        if not line.endswith("\n"):
            continue  # cut off by the kill: its hand-over had not begun, or its start line stands before
        if kind == "session":
            session, _space, of_boot = rest.strip().partition(" ")
            if of_boot == boot != "unknown":
                trace.sessions.add(session)
        elif kind == "start":
            moment, *keys = rest.split()
            trace.started.update(dict.fromkeys(keys, float(moment)))
            for key in keys:
                trace.receipts.pop(key, None)  # an answer to an earlier attempt says nothing of this one
        elif kind == "done":
            receipt = Receipt(**json.loads(rest))
            trace.receipts[receipt.key] = receipt
    return trace
