"""Results of commands as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VERDICTS = {
    "proven": "Choosing by customer beats the best single action: proven.",
    "not proven": "Choosing by customer is not proven to beat the best single action.",
}


def replay_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """A replay's check of the arms, values with intervals, and the verdict."""
    yield f"{result['dataset']}: {result['rows']:,} logged decisions, reward {result['reward']}, seed {result['seed']}"
    yield from _arms(result)
    yield from _values(result)
    for name, other in result.get("other_rewards", {}).items():
        yield f"Reward {name}"
        yield from _values(other)
    replayed = result["replay"]
    yield f"Closed loop by unbiased replay: {_number(replayed['value'])} over {replayed['counted']:,} rows kept"


def _arms(result: Mapping[str, Any]) -> Iterator[str]:
    for name, arm in result["arms"].items():
        yield f"  {name:<32.32} {_number(arm['rate']):>10}   n = {arm['n']:,}"


def _values(result: Mapping[str, Any]) -> Iterator[str]:
    best = result["best_single"]
    yield f"  personal policy                  {_with_interval(result['policy']['value'], result['policy'])}"
    yield f"  best single action: {best['action']:<12.12} {_with_interval(best['value'], best)}"
    yield f"  difference                       {_with_interval(result['difference']['estimate'], result['difference'])}"
    yield f"  {VERDICTS.get(result['verdict'], result['verdict'])}"


def _with_interval(value: float, found: Mapping[str, Any]) -> str:
    interval = found.get("interval")
    span = f"[{_number(interval[0])}, {_number(interval[1])}]" if interval else "[interval not known]"
    return f"{_number(value):>10}  {span}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4f}"
