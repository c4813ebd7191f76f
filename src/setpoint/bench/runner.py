"""Benchmarks by name, their rows, and the JSON they are written as."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, cast

from setpoint.kernel.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value with its unit and what it is compared with; `ratio` is ours / peer."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The row as the JSON file holds it; fields that were not measured are left out."""
        shown = {"peer": self.peer or None, "peer_value": self.peer_value, "ratio": self.ratio}
        kept = {name: value for name, value in shown.items() if value is not None}
        return {"name": self.name, "value": self.value, "unit": self.unit, **kept, **self.more}


Bench = Callable[..., list[Row]]
"""Called with seed, quick and, where the benchmark reads data, the paths that were given."""

BENCHES: dict[str, str] = {
    "false-goal": "setpoint.bench.false_goal:run",
    "forecast": "setpoint.bench.forecast:run",
    "identity": "setpoint.bench.identity:run",
    "ingest": "setpoint.bench.ingest:run",
    "pages": "setpoint.bench.pages:run",
    "realtime": "setpoint.bench.realtime:run",
    "segments": "setpoint.bench.segments:run",
}


def names() -> list[str]:
    """All known benchmarks, sorted."""
    return sorted(BENCHES)


def load(name: str) -> Bench:
    """The benchmark of that name, imported now; an error that lists the known ones otherwise."""
    if name not in BENCHES:
        raise NotFound(f"There is no benchmark named {name!r}.", remedy=f"Known names: {', '.join(names())}.")
    module, function = BENCHES[name].split(":")
    return cast(Bench, getattr(import_module(module), function))


def measure(name: str, *, seed: int, quick: bool, paths: Sequence[Path] = ()) -> dict[str, Any]:
    """Run a benchmark, on data of one's own where it reads any, and return its JSON form: bench, machine, seed, quick,
    rows."""
    bench = load(name)
    if paths and "paths" not in signature(bench).parameters:
        raise Invalid(f"The benchmark {name!r} reads no data.", remedy="Leave the path away.")
    rows = bench(seed, quick, paths) if paths else bench(seed, quick)
    return {
        "bench": name,
        "machine": machine(),
        "seed": seed,
        "quick": quick,
        "rows": [row.to_dict() for row in rows],
    }


def is_met(result: Mapping[str, Any]) -> bool:
    """Whether every row that states a limit keeps it."""
    return all(row.get("met", True) for row in result["rows"])


def write(result: Mapping[str, Any], out: Path) -> None:
    """Write a result as JSON."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What this was measured on: processor, cores this process may use, memory in MiB, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cpu": _cpu(), "cores": cores, "memory": memory, "python": platform.python_version()}


def _cpu() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())
