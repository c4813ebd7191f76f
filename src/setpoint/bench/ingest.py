"""`setpoint bench ingest`: accepted events a second over HTTP against a bare handler with the same durable insert, and
the memory of moving two million events into the lake."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from setpoint.bench.load import request, seconds_for
from setpoint.bench.runner import Row
from setpoint.bench.serving import environment_of, server

BATCH = 100
LIMITS = {"batch100": 0.7, "single": 0.5}
MEMORY_MIB = 1024


def run(seed: int, quick: bool) -> list[Row]:
    """Rows batch100 and single (throughput, ratio to the bare handler) and lake (peak memory of folding)."""
    home = Path(tempfile.mkdtemp(prefix="setpoint-bench-"))
    try:
        rows = [_throughput(home, name, seed, quick) for name in LIMITS]
        return [*rows, _lake(home, seed, 50_000 if quick else 2_000_000)]
    finally:
        shutil.rmtree(home, ignore_errors=True)


def event(number: int, seed: int) -> dict[str, object]:
    """One message as a shop's site would send it."""
    return {
        "type": "track",
        "event": "Product Viewed" if number % 5 else "Order Completed",
        "messageId": f"b{seed}-{number}",
        "userId": f"u{number * 7919 % 100_003}",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "properties": {
            "revenue": 24.5,
            "currency": "EUR",
            "products": [{"sku": "A-17", "quantity": 2, "price": 12.25}],
        },
        "context": {"library": {"name": "analytics-python", "version": "2.3"}, "ip": "203.0.113.9"},
    }


def _bodies(name: str, first: int, count: int, seed: int) -> list[bytes]:
    if name == "single":
        return [json.dumps(event(number, seed)).encode() for number in range(first, first + count)]
    starts = range(first, first + count * BATCH, BATCH)
    return [json.dumps({"batch": [event(at + k, seed) for k in range(BATCH)]}).encode() for at in starts]


def _throughput(home: Path, name: str, seed: int, quick: bool) -> Row:
    """Both servers in turn, several times; the middle of the ratios, so that a slow moment of the machine hits neither."""
    per = BATCH if name == "batch100" else 1
    count, turns = {"batch100": (300, 5), "single": (6_000, 5)}[name]
    count, turns = (count // 10, 2) if quick else (count, turns)
    path = "/v1/batch" if name == "batch100" else "/v1/track"
    ours: list[float] = []
    peers: list[float] = []
    with (
        server(home / f"{name}-ours", _own_server) as own,
        server(home / f"{name}-raw", _raw_server) as raw,
    ):
        for turn in range(-1, turns):
            first = (turn + 1) * count * per
            for (port, header), rates in ((own, ours), (raw, peers)):
                requests = [request(path, body, header) for body in _bodies(name, first, count, seed)]
                rate = count * per / seconds_for(port, requests)
                if turn >= 0:  # the first turn warms up
                    rates.append(rate)
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    least = min(a / b for a, b in zip(ours, peers, strict=True))
    more = {"ratio_least": least, "limit": LIMITS[name], "met": ratio >= LIMITS[name]}
    return Row(name, statistics.median(ours), "events/s", "bare handler", statistics.median(peers), ratio, more)


def _own_server(port: int) -> list[str]:
    return [sys.executable, "-m", "setpoint", "ingest", "--port", str(port), "--host", "127.0.0.1"]


def _raw_server(port: int) -> list[str]:
    return [sys.executable, "-m", "setpoint.bench.raw_handler", str(port)]


def _lake(home: Path, seed: int, count: int) -> Row:
    """Fold `count` events in a process of its own and read its peak memory."""
    environment = environment_of(home / "lake")
    subprocess.run([sys.executable, "-m", "setpoint", "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, "-m", "setpoint.bench.folding", str(count), str(seed)]
    told = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    peak = told["peak_mib"]
    more = {"peak_mib": peak, "events": told["rows"], "events_per_s": told["rows"] / told["seconds"]}
    more |= {"limit": MEMORY_MIB, "met": peak < MEMORY_MIB}
    return Row("lake", peak, "MiB", "MiB allowed", MEMORY_MIB, peak / MEMORY_MIB, more)
