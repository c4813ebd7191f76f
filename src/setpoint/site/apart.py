"""Lanes in a process of their own, beside the process that serves: what must answer to an event within milliseconds
would there wait for the turns of everything else."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

logger = logging.getLogger(__name__)
PARENT = "SETPOINT_PARENT"
RESTART_SECONDS = 1.0
END_SECONDS = 10.0
PR_SET_PDEATHSIG = 1
NICE = 5
"""How much later than the others those come to a processor who give way."""


def die_with_parent() -> None:
    """End with the process that started this one, also where that is killed (Linux): a worker that nobody knows of would
    go on beside the one that is started next."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):
        sys.exit("The process that started this one has ended.")


class Apart:
    """A worker of some lanes that lives as long as this process, and is started anew where it ends; one that gives way
    works with what processor time others leave."""

    def __init__(self, lanes: Sequence[str], name: str, *, gives_way: bool = False) -> None:
        self._command = [sys.executable, "-m", "setpoint", "worker", "--name", name, "--lanes", ",".join(lanes)]
        self._gives_way = gives_way
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="apart", daemon=True)

    def start(self) -> None:
        """Start it; a thread waits for its end."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and wait for that."""
        self._stop.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(END_SECONDS)

    def _keep(self) -> None:
        environment = os.environ | {PARENT: str(os.getpid())}
        while not self._stop.is_set():
            self._process = subprocess.Popen(self._command, env=environment)
            if self._gives_way:
                own = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, self._process.pid, own + NICE)
            if self._stop.is_set():
                self._process.terminate()
            code = self._process.wait()
            if not self._stop.wait(RESTART_SECONDS):
                logger.warning("%s ended with %s; it is started anew.", " ".join(self._command[2:]), code)
