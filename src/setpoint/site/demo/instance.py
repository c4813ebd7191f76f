"""One Setpoint and one market beside it, each a process of its own, in simulated time."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from setpoint.kernel.clock import FileClock
from setpoint.kernel.errors import SetpointError, Unavailable

START_SECONDS = 60.0
POLL_SECONDS = 10.0
IDLE_SECONDS = 600.0
_NOT_OURS = ("SETPOINT_", "DJANGO_")
"""Settings of whoever starts us; the new instance has its own."""


class Instance:
    """A fresh Setpoint with its market: start, talk to both, move time, stop."""

    def __init__(self, home: Path, *, world: Path, seed: int, start: datetime, port: int | None = None) -> None:
        self.home = home.resolve()
        self.world = world.resolve()
        self.seed = seed
        self.start_at = start
        self.port = port or free_port()
        self.smtp_port, self.control_port = free_port(), free_port()
        self.webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.keys: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._open = ExitStack()
        self._plain = self._open.enter_context(httpx.Client(base_url=self.base_url, timeout=5))
        self._market = self._open.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{self.control_port}", timeout=600)
        )

    @property
    def base_url(self) -> str:
        """Where this Setpoint listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """An empty home, simulated time at the start, tables and keys, then both processes."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        FileClock(self.home / "clock").move_to(self.start_at)
        kept = self.home / "keys.json"
        self._spawn(
            "setpoint", [sys.executable, "-m", "setpoint", "serve", "--port", str(self.port), "--json", str(kept)]
        )
        self._await_answer(self._plain, "/health")
        self.keys = json.loads(kept.read_text())
        kept.chmod(0o600)
        headers = {"Authorization": f"Bearer {self.keys['api_key']}"}
        self._client = self._open.enter_context(httpx.Client(base_url=self.base_url, timeout=120, headers=headers))

    def start_market(self, hook_url: str = "") -> None:
        """The market's process; it needs to know where mails' tracking and the company's hooks are."""
        command = [sys.executable, "-m", "setpoint.market", "run", "--world", str(self.world), "--seed", str(self.seed)]
        command += [
            "--smtp-port",
            str(self.smtp_port),
            "--control-port",
            str(self.control_port),
            "--target",
            self.base_url,
        ]
        command += ["--write-key", self.keys["write_key"], "--webhook-secret", self.webhook_secret]
        command += ["--hook", hook_url] if hook_url else []
        self._spawn("market", command)
        self._await_answer(self._market, "/health")

    def api(self, method: str, path: str, **request: Any) -> Any:
        """Call the public API; its errors become ours."""
        answer = self._client.request(method, f"/api{path}", **request)
        if answer.status_code >= 400:
            raise SetpointError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.json() if is_json else answer.content

    def command(self, *arguments: str) -> str:
        """Run a command of this Setpoint, as its operator would at the terminal; what it printed."""
        command = [sys.executable, "-m", "setpoint", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise SetpointError(f"`setpoint {' '.join(arguments)}` failed: {done.stderr[-500:]}")
        return done.stdout

    def market(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        """Call the market's control port."""
        answer = self._market.request(method, path, **request)
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
        return found

    def settle(self) -> Mapping[str, Any]:
        """Wait until nothing is left to do at this moment; the state of simulated time."""
        until = time.monotonic() + IDLE_SECONDS
        while time.monotonic() < until:
            moment: Mapping[str, Any] = self.api("GET", "/simulation", params={"wait": POLL_SECONDS})
            if moment["idle"]:
                return moment
            self._check_alive()
        raise Unavailable("Setpoint did not come to rest.", remedy=f"See {self.home / 'setpoint.log'}.")

    def move_to(self, moment: str) -> None:
        """The market plays up to a moment, then the product's time moves there."""
        self.market("POST", "/play", json={"until": moment})
        self.api("POST", "/simulation", json={"now": moment})

    def stop(self, *, leave_running: bool = False) -> list[int]:
        """End both processes, or leave Setpoint's running and tell its process id."""
        self._open.close()
        kept = self._processes[:1] if leave_running else []
        for process in self._processes:
            if process not in kept:
                _end(process)
        return [process.pid for process in kept]

    def _environment(self) -> dict[str, str]:
        own = {
            "SETPOINT_HOME": str(self.home),
            "SETPOINT_CLOCK": "simulated",
            "SETPOINT_IDLE_MINUTES": "720",
            "SETPOINT_BASE_URL": self.base_url,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        return inherited | own

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)

    def _await_answer(self, client: httpx.Client, path: str) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            self._check_alive()
            try:
                if client.get(path).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise Unavailable("A process of the demo did not start.", remedy=f"See the logs in {self.home}.")

    def _check_alive(self) -> None:
        for process in self._processes:
            if process.poll() is not None:
                raise Unavailable("A process of the demo ended early.", remedy=f"See the logs in {self.home}.")


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
