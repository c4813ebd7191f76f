"""The readings of ten segments, timed in the home and with the settings that the environment names.

    python -m setpoint.bench.segments_run REPEATS SEED CUSTOMERS      prints JSON

Ours and the hand-written SQL read the same files one after the other, in alternating order, over and over; their
answers must be equal. What counts is the best time of each: what disturbs a run only ever makes it longer.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from setpoint.bench.segments_trees import TREES, sql_of
from setpoint.kernel.errors import Conflict

Ids = Any


def measure(repeats: int, seed: int, customers: int) -> dict[str, Any]:
    """Best seconds of each segment (ours, peer), sizes, and how fast the single-customer reading is."""
    now = datetime.now(UTC).replace(microsecond=0)
    peer = _peer()
    return {
        "segments": {name: _compared(name, peer, now, repeats) for name in TREES},
        "live": _live(np.random.default_rng(seed), customers, now),
    }


def _compared(name: str, peer: duckdb.DuckDBPyConnection, now: datetime, repeats: int) -> Mapping[str, float]:
    query = sql_of(name, now)
    ways: dict[str, Callable[[], Ids]] = {
        "value": lambda: _ours(TREES[name], now),
        "peer_value": lambda: peer.sql(query).fetchnumpy()["customer_id"],
    }
    found = {way: np.sort(ask()) for way, ask in ways.items()}
    if not np.array_equal(found["value"], found["peer_value"]):
        raise Conflict(f"{name}: {len(found['value'])} customers by the tree, {len(found['peer_value'])} by SQL.")
    spent: dict[str, list[float]] = {way: [] for way in ways}
    used: dict[str, list[float]] = {way: [] for way in ways}
    for repeat in range(repeats):
        for way in sorted(ways, reverse=repeat % 2 == 0):
            gc.collect()
            began, busy = time.perf_counter(), time.process_time()
            ways[way]()
            spent[way].append(time.perf_counter() - began)
            used[way].append(time.process_time() - busy)
    best = {way: min(times) for way, times in spent.items()}
    cpu = {f"{way}_cpu": min(times) for way, times in used.items()}
    return {**best, **cpu, "size": len(found["value"])}


def _ours(tree: dict[str, Any], now: datetime) -> Ids:
    """The set-based reading, of the lake's files themselves: the peer has no ordered copy either."""
    from django.conf import settings

    from setpoint.customers.services import customer_frame
    from setpoint.engine.session import connect
    from setpoint.segments.membership import asked_by, select
    from setpoint.segments.resolving import resolved
    from setpoint.segments.tree import parse_tree

    node = resolved(parse_tree(tree))
    asked = asked_by(node)
    frame = customer_frame(sorted(asked.traits), topics=asked.topics)
    with connect(settings.SETPOINT_LAKE) as session:
        return select(node, session, customers=frame, as_of=now, events=session.events() if asked.events else None)


def _peer() -> duckdb.DuckDBPyConnection:
    from django.conf import settings

    from setpoint.engine.duck import parquet_source
    from setpoint.engine.lake import Lake
    from setpoint.engine.types import EVENTS

    files, partitions = Lake(settings.SETPOINT_LAKE).snapshot("events")
    people = max(Path(settings.SETPOINT_HOME, "frames").glob("customers-*.parquet"))
    peer = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    peer.execute("SET parquet_metadata_cache = true")
    peer.execute(f"CREATE VIEW c AS FROM read_parquet('{people}')")
    peer.execute(f"CREATE VIEW e AS FROM {parquet_source(files, schema=EVENTS, partitions=partitions)}")
    return peer


def _live(draw: np.random.Generator, customers: int, now: datetime) -> dict[str, float]:
    """Customers a second through all ten trees, their facts in memory; and milliseconds for one looked up from store."""
    from setpoint.segments.live import matches
    from setpoint.segments.membership import facts_of
    from setpoint.segments.resolving import resolved
    from setpoint.segments.services import matches as matches_stored
    from setpoint.segments.tree import parse_tree
    from setpoint.segments.types import All

    nodes = [resolved(parse_tree(tree)) for tree in TREES.values()]
    few = [int(one) for one in draw.integers(1, customers + 1, 30)]
    facts = [facts_of(one, All(tuple(nodes)), as_of=now) for one in few]
    began, read = time.perf_counter(), 0
    while time.perf_counter() - began < 2.0:
        for known in facts:
            for node in nodes:
                matches(node, known, as_of=now)
        read += len(facts)
    per_second = read / (time.perf_counter() - began)
    began = time.perf_counter()
    for one in few:
        matches_stored(nodes[-1], one, as_of=now)
    return {"per_s": per_second, "stored_ms": 1000 * (time.perf_counter() - began) / len(few)}


def main(arguments: list[str]) -> None:
    """Measure and print."""
    import django

    django.setup()
    repeats, seed, customers = (int(one) for one in arguments)
    print(json.dumps(measure(repeats, seed, customers)))


if __name__ == "__main__":
    main(sys.argv[1:])
