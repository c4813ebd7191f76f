"""The follower's own process lives and dies with the server: started anew when killed, gone when the server is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from setpoint.site.demo.instance import free_port

pytestmark = pytest.mark.fault
WAIT_SECONDS = 30.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SETPOINT", "DJANGO"))}
    environment = inherited | {"SETPOINT_HOME": str(tmp_path / "home"), "SETPOINT_SECRET_KEY": "k" * 50}
    command = [sys.executable, "-m", "setpoint", "serve", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def followers_of(process: subprocess.Popen[bytes]) -> set[int]:
    """Processes that come from this one and follow."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            grandparent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
            if b"--lanes\0follow\0" in (folder / "cmdline").read_bytes() and grandparent == process.pid:
                found.add(int(folder.name))
        except (OSError, ValueError):  # it has just ended
            continue
    return found


def wait_for(done: Callable[[], object], what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not done():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="Processes are looked up as Linux shows them.")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_follower_comes_again_and_none_outlives_its_server(
    server: subprocess.Popen[bytes], how: signal.Signals
) -> None:
    wait_for(lambda: followers_of(server), "there is a follower")
    (first,) = followers_of(server)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: followers_of(server) - {first}, "there is another one")
    (second,) = followers_of(server) - {first}
    server.send_signal(how)
    wait_for(lambda: not is_alive(second), "it ends with the server")
