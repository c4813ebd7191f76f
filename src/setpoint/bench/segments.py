"""Segments of a million customers with twenty million events: the set-based reading against hand-written SQL, the live
count over HTTP while somebody types, and the single-customer reading.

The home is made once and kept under `var/bench`, with two more lakes, of a tenth of the events and of ten times as many:
so cost is seen to grow with the history. A home of any other size can be made with `bench.segments_home` and given as
path.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from setpoint.bench.pages import EMAIL, PASSWORD, _await_answer, _free_port, _python, _sign_in
from setpoint.bench.runner import Row
from setpoint.bench.segments_home import MARK, TENFOLD, TENTH
from setpoint.bench.segments_trees import TREES, edits
from setpoint.kernel.errors import Invalid

SIZE, FEW = (1_000_000, 20_000_000), (20_000, 400_000)
REPEATS, FEW_REPEATS = 7, 2
"""How often each way is timed; few on the largest lake, where once takes several times as long."""
EDITS, FEW_EDITS = 6, 2
LIMITS = {"median": 1.1, "worst": 1.3, "preview": 300.0}
HOMES = Path("var/bench")
Told = dict[str, dict[str, float]]
PEER = "hand-written DuckDB SQL"


def run(seed: int, quick: bool, paths: Sequence[Path] = ()) -> list[Row]:
    """Fill a home (or use the one that was kept or given), and time its segments."""
    home, customers, python = _home(seed, quick, paths)
    repeats = {"lake": REPEATS, TENTH: REPEATS, TENFOLD: FEW_REPEATS}
    told, fewer, more = (
        _measured(_reading(home / lake, python), FEW_REPEATS if quick else times, seed, customers)
        for lake, times in repeats.items()
    )
    with _served(home, python) as client:
        previews = _previews(client, FEW_EDITS if quick else EDITS)
    rows = _ratios(told["segments"], fewer["segments"], more["segments"], quick)
    return [*rows, _preview_row(previews, quick), _live_row(told["live"])]


def _reading(lake: Path, python: Sequence[str]) -> list[str]:
    return [*python[:-1], f"SETPOINT_LAKE={lake}", python[-1]]


def _measured(python: Sequence[str], *arguments: int) -> dict[str, Any]:
    command = [*python, "-m", "setpoint.bench.segments_run", *map(str, arguments)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _home(seed: int, quick: bool, paths: Sequence[Path]) -> tuple[Path, int, list[str]]:
    """The home, how many customers it has, and how to call Python for it. One that was left unfinished is made anew."""
    customers, events = FEW if quick else SIZE
    home = (paths[0] if paths else HOMES / f"segments-{customers}-{events}-{seed}").resolve()
    python = _python(home, "http://127.0.0.1")
    mark = home / MARK
    if not mark.exists() or not (home / TENFOLD).exists():
        if paths and home.exists():
            raise Invalid(f"{home} is not a home of this benchmark.", remedy="Make it with `bench.segments_home`.")
        shutil.rmtree(home, ignore_errors=True)
        arguments = [str(customers), str(events), str(seed), EMAIL, PASSWORD]
        subprocess.run([*python, "-m", "setpoint.bench.segments_home", *arguments], check=True)
    return home, int(json.loads(mark.read_text())["customers"]), python


def _ratios(told: Told, fewer: Told, more: Told, quick: bool) -> list[Row]:
    rows = [_segment_row(name, one, fewer[name], more[name]) for name, one in told.items()]
    ratios = [row.ratio for row in rows if row.ratio is not None]
    for name, value in (("median", statistics.median(ratios)), ("worst", max(ratios))):
        rows.append(Row(name, value, "ratio", PEER, ratio=value, more=_limit(name, value, quick)))
    return [*rows, _growth_row("growth", fewer, told), _growth_row("growth.tenfold", told, more)]


def _segment_row(name: str, one: dict[str, float], fewer: dict[str, float], more: dict[str, float]) -> Row:
    beside = {"size": one["size"], "cpu": one["value_cpu"], "peer_cpu": one["peer_value_cpu"]}
    for lake, there in (("tenth", fewer), ("tenfold", more)):
        beside |= {lake: there["value"], f"{lake}_ratio": there["value"] / there["peer_value"]}
    return Row(name, one["value"], "s", PEER, one["peer_value"], one["value"] / one["peer_value"], beside)


def _growth_row(name: str, of: Told, to: Told) -> Row:
    ours, peers = (statistics.median(to[each][way] / of[each][way] for each in of) for way in ("value", "peer_value"))
    return Row(name, ours, "times the time for ten times the events", PEER, peers)


def _preview_row(spent: list[float], quick: bool) -> Row:
    p50, p95 = (float(each) for each in np.quantile(spent, (0.5, 0.95)))
    more = {"p50_ms": p50, "p95_ms": p95, "n": len(spent)} | _limit("preview", p95, quick)
    return Row("preview", p95, "ms", more=more)


def _live_row(live: dict[str, float]) -> Row:
    return Row("live", live["per_s"], "customers/s", more={"per_s": live["per_s"], "stored_ms": live["stored_ms"]})


def _limit(name: str, value: float, quick: bool) -> dict[str, Any]:
    """The bar; a small home tells nothing of it."""
    return {} if quick else {"limit": LIMITS[name], "met": value <= LIMITS[name]}


def _previews(client: httpx.Client, times: int) -> list[float]:
    """Milliseconds of the live count, every question a new one."""
    _asked(client, {"everyone": True})
    _asked(client, {"all": [{"trait": "plan", "value": "free"}, TREES["s03"]]})
    return [_asked(client, tree) for each in TREES.values() for tree in edits(each, times)]


def _asked(client: httpx.Client, tree: dict[str, Any]) -> float:
    headers = {"X-CSRFToken": client.cookies.get("csrftoken") or ""}
    began = time.perf_counter()
    client.post("/api/segments/preview", json={"tree": tree, "ticket": "bench"}, headers=headers).raise_for_status()
    return 1000 * (time.perf_counter() - began)


@contextmanager
def _served(home: Path, python: Sequence[str]) -> Iterator[httpx.Client]:
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    own = [f"SETPOINT_BASE_URL={base}" if one.startswith("SETPOINT_BASE_URL=") else one for one in python]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen([*own, "-m", "setpoint", "serve", "--port", str(port)], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=base, timeout=60) as client:
            _await_answer(client, server)
            _sign_in(client)
            yield client
    finally:
        server.terminate()
        server.wait(timeout=30)
