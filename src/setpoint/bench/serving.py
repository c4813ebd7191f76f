"""Servers that benchmarks start: processes with homes and ports of their own, ended when the measuring is done."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from setpoint.kernel.errors import Unavailable

START_SECONDS = 60


@contextmanager
def server(
    home: Path, command: Callable[[int], list[str]], *, before: Callable[[dict[str, str]], None] | None = None
) -> Iterator[tuple[int, str]]:
    """A running server in its own home: its port and the header with its write key. `before` is called with the
    environment when the tables are there and the server is not."""
    environment = environment_of(home)
    keys = home / "keys.json"
    subprocess.run(
        [sys.executable, "-m", "setpoint", "init", "--json", str(keys)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    if before:
        before(environment)
    write_key = json.loads(keys.read_text())["write_key"]
    port = _free_port()
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command(port), env=environment, stdout=log, stderr=log)
    try:
        _await(port, process, home / "server.log")
        yield port, f"Authorization: Basic {base64.b64encode(f'{write_key}:'.encode()).decode()}\r\n"
    finally:
        process.terminate()
        process.wait(30)


def environment_of(home: Path) -> dict[str, str]:
    """The environment of a process whose home this is, free of settings of one's own; the folder is made."""
    home.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SETPOINT_")}
    return inherited | {"SETPOINT_HOME": str(home)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.post(f"http://127.0.0.1:{port}/v1/none", json={"messageId": "probe"}, timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise Unavailable("The server of the benchmark did not start.", remedy=log.read_text()[-1000:])
