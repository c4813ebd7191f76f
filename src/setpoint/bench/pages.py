"""How long the server takes for what pages ask, with a million customers: every route, signed in, over HTTP.

Each route that a page reads is asked some times over one kept connection; rows hold p50 and p95 and the limit. A home
given as path is kept and used again by the next run.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from setpoint.bench.runner import Row
from setpoint.kernel.errors import Unavailable

LIMIT_MS = 200.0
CUSTOMERS, FEW_CUSTOMERS = 1_000_000, 3_000
TIMES, FEW_TIMES = 40, 3
WARM = 2
START_SECONDS = 120.0
EMAIL, PASSWORD = "bench@example.com", "a long bench password 42"
GIVEN: dict[str, str] = {
    "campaign_id": "1",
    "customer_id": "4711",
    "number": "1",
    "name": "email",
    "key": "table.customers",
    "source": "campaign:1",
    "template_id": "1",
    "variant_id": "1",
}
QUERIES: dict[str, Sequence[str]] = {
    "/api/campaigns/compare": ("id=1&id=2",),
    "/api/campaigns/{campaign_id}/decisions": ("round=2&kind=sent", "round=2&kind=ghost&after=500"),
    "/api/customers": ("", "q=ann47", "limit=100", "tag=regular"),
    "/api/search": ("q=ann4711", "q=camp"),
    "/api/decisions": ("customer_id=4711",),
    "/api/events/recent": ("customer_id=4711",),
    "/api/segments/vocabulary/values": ("trait=city",),
    "/api/deliveries": ("", "customer_id=4711", "state=handed"),
}
LEFT_OUT = re.compile(
    r"/export|\.csv$|\.svg$|/simulation|/report$|/logo$|/dns$|/tests$|/join/|/demo-|/health$|/power$|/ledger/|/events/recent$"
)
"""Files that are streamed, pictures, what asks other machines, what only a signed link opens, what programs alone ask."""
NAMED = {
    "/api/cockpit": "cockpit",
    "/api/customers/{customer_id}": "customer",
    "/api/segments": "segment",
    "/api/campaigns/{campaign_id}/progress": "campaign",
}


def run(seed: int, quick: bool, paths: Sequence[Path] = ()) -> list[Row]:
    """Fill a home (or use the one given), serve it, ask every route, and say how long the answers took."""
    count = FEW_CUSTOMERS if quick else CUSTOMERS
    with _home(paths) as home, _served(home, count, seed) as client:
        rows: list[Row] = []
        for name, address in _asked(client):
            rows.append(_timed(client, name, address, FEW_TIMES if quick else TIMES))
        return rows


@contextmanager
def _home(paths: Sequence[Path]) -> Iterator[Path]:
    if paths:
        paths[0].mkdir(parents=True, exist_ok=True)
        yield paths[0].resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="setpoint-pages-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _served(home: Path, count: int, seed: int) -> Iterator[httpx.Client]:
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    python = _python(home, base)
    _fill(home, count, seed, python)
    command = [*python, "-m", "setpoint", "serve", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=base, timeout=60) as client:
            _await_answer(client, server)
            _sign_in(client)
            yield client
    finally:
        server.terminate()
        server.wait(timeout=30)


def _python(home: Path, base: str) -> list[str]:
    """How to call Python for a home of its own."""
    own = {"SETPOINT_HOME": home, "SETPOINT_BASE_URL": base, "DJANGO_SETTINGS_MODULE": "setpoint.site.settings"}
    return ["env", *(f"{name}={value}" for name, value in own.items()), sys.executable]


def _fill(home: Path, count: int, seed: int, python: Sequence[str]) -> None:
    mark = home / "pages.json"
    wanted = {"customers": count, "seed": seed}
    if mark.exists() and json.loads(mark.read_text()) == wanted:
        return
    arguments = [str(count), str(seed), EMAIL, PASSWORD]
    subprocess.run([*python, "-m", "setpoint.bench.pages_home", *arguments], check=True)
    mark.write_text(json.dumps(wanted))


def _await_answer(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise Unavailable("The server did not start.", remedy="See server.log in the home.")


def _sign_in(client: httpx.Client) -> None:
    client.get("/api/auth/session")
    token = client.cookies.get("csrftoken") or ""
    answer = client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}, headers={"X-CSRFToken": token})
    if answer.status_code != 200:
        raise Unavailable(f"Signing in answered {answer.status_code}: {answer.text[:200]}")


def _asked(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Every GET route that a page reads, with addresses that answer: (name, address)."""
    paths: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    for path in sorted(path for path, verbs in paths.items() if "get" in verbs and not LEFT_OUT.search(path)):
        for number, query in enumerate(QUERIES.get(path, ("",))):
            address = re.sub(r"\{(\w+)\}", lambda found: GIVEN.get(found[1], "1"), path)
            address = f"{address}?{query}" if query else address
            if client.get(address).status_code == 200:
                name = NAMED.get(path, path.removeprefix("/api/"))
                yield (f"{name} {query}" if number else name), address


def _timed(client: httpx.Client, name: str, address: str, times: int) -> Row:
    spent = []
    for _ in range(WARM + times):
        began = time.perf_counter()
        client.get(address).raise_for_status()
        spent.append(1000 * (time.perf_counter() - began))
    p50, p95 = (float(each) for each in np.quantile(spent[WARM:], (0.5, 0.95)))
    more = {"p50_ms": p50, "p95_ms": p95, "limit": LIMIT_MS, "met": p95 <= LIMIT_MS, "n": times}
    return Row(name, p95, "ms", more=more)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
