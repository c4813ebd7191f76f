"""What the command line calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from setpoint.bench import runner

BESIDE = ("p50_ms", "precision", "recall", "seconds")
"""Fields of a row that are shown behind its value."""


def run_bench(
    name: str, *, seed: int = 1, quick: bool = False, out: Path | str | None = None, paths: Sequence[Path] = ()
) -> dict[str, Any]:
    """Run a benchmark, on the data under `paths` where given, print its rows, write its JSON to `out` if given, and
    return it. `list` only names them."""
    if name == "list":
        print("\n".join(runner.names()))
        return {"benches": runner.names()}
    result = runner.measure(name, seed=seed, quick=quick, paths=paths)
    print(described(result))
    if out is not None:
        runner.write(result, Path(out))
    return result


def described(result: dict[str, Any]) -> str:
    """The rows as aligned text, with the machine and the seed."""
    on = result["machine"]
    where = f"{on['cpu']}, {on['cores']} cores, {on['memory']} MiB, Python {on['python']}"
    head = f"{result['bench']}: {where}, seed {result['seed']}"
    width = max((len(row["name"]) for row in result["rows"]), default=0)
    return "\n".join([head, *(_line(row, width) for row in result["rows"])])


def _line(row: dict[str, Any], width: int) -> str:
    text = f"  {row['name']:<{width}}  {row['value']:>10.4g} {row['unit']}"
    text += "".join(f"  {name} {row[name]:.4g}" for name in BESIDE if name in row)
    if "upper95" in row:
        text += f"  (at most {row['upper95']:.4f}, n = {row['n']})"
    if "limit" in row:
        text += f"  (limit {row['limit']:g}: {'met' if row['met'] else 'NOT MET'})"
    if "peer_value" in row:
        text += f"  against {row['peer_value']:.4g} {row.get('peer', '')}"
    return text + (f"  ratio {row['ratio']:.3g}" if "ratio" in row else "")
