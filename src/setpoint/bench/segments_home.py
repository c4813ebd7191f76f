"""A home of many customers with a long history, written straight into the tables and the lake, for the segments' bench.

    python -m setpoint.bench.segments_home CUSTOMERS EVENTS SEED EMAIL PASSWORD

Events are made and written a piece at a time, so memory does not grow with their number; at the end the product's own
worker lanes bring columns and files into the order that they have in a company of this age. Beside the home's own lake
there is one with a tenth of the events and one with ten times as many: every event of the first ten times over, each
time of other customers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import numpy as np
import pyarrow as pa

from setpoint.bench.pages_home import BATCH, CITIES
from setpoint.engine import ordered
from setpoint.engine.duck import parquet_source
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS

MARK, TENTH, TENFOLD = "segments.json", "lake-tenth", "lake-tenfold"
MONTHS = 24
PIECE = 500_000
_LIKE_THE_LAKE = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384"
PLANS = ("free", "plus", "pro")
CATEGORIES = ("shoes", "books", "garden", "kitchen", "toys", "music", "sports", "office")
EVENTS_SHARES = {
    "Page Viewed": 0.42,
    "Product Viewed": 0.27,
    "Email Opened": 0.12,
    "Cart Updated": 0.09,
    "Order Completed": 0.08,
    "Support Contacted": 0.02,
}
SKEW = 1.7
"""The busiest tenth of the customers does about a quarter of everything."""


def fill(customers: int, events: int, seed: int, email: str, password: str) -> None:
    """Make the tables and fill them; an owner with this address and password can sign in afterwards."""
    from django.conf import settings
    from django.core.management import call_command

    from setpoint.bench.pages_home import _company
    from setpoint.customers import frames

    call_command("migrate", verbosity=0, interactive=False)
    now = datetime.now(UTC).replace(microsecond=0)
    draw = np.random.default_rng(seed)
    _company(email, password, now)
    _customers(customers, draw, now)
    frames.settle()
    home = Path(settings.SETPOINT_HOME)
    whole, tenth, tenfold = (Lake(str(each)) for each in (settings.SETPOINT_LAKE, home / TENTH, home / TENFOLD))
    _events(whole, customers, events, draw, now)
    _events(tenth, customers, events // 10, draw, now)
    for lake in (whole, tenth):
        _tidy(lake)
    _tenfold(whole, tenfold, customers)
    ordered.settle(whole)
    (home / MARK).write_text(json.dumps({"customers": customers, "events": events, "seed": seed}))


def _customers(count: int, draw: np.random.Generator, now: datetime) -> None:
    from setpoint.customers.models import Consent, Customer, Identity, TraitName

    for first in range(0, count, BATCH):
        ids = range(first + 1, min(first + BATCH, count) + 1)
        traits = _traits(ids, draw)
        created = draw.integers(1, 900, len(ids))
        Customer.objects.bulk_create(
            Customer(id=pk, traits=each, created_at=now - timedelta(days=int(days)), updated_at=now, revision=1)
            for pk, each, days in zip(ids, traits, created, strict=True)
        )
        Identity.objects.bulk_create(Identity(customer_id=pk, kind="email", value=f"ann{pk}@example.com") for pk in ids)
        said = {"channel": "email", "purpose": "marketing", "source": "bench", "at": now}
        Consent.objects.bulk_create(
            Consent(customer_id=pk, state="denied" if pk % 7 == 0 else "granted", **said) for pk in ids if pk % 20
        )
    kinds = {
        "first_name": "text",
        "city": "text",
        "plan": "text",
        "age": "number",
        "points": "number",
        "vip": "boolean",
    }
    TraitName.objects.bulk_create(
        (TraitName(name=name, kind=kind) for name, kind in kinds.items()), ignore_conflicts=True
    )


def _traits(ids: Sequence[int], draw: np.random.Generator) -> list[dict[str, Any]]:
    n = len(ids)
    cities, plans = draw.integers(0, len(CITIES), n), draw.choice(len(PLANS), n, p=(0.7, 0.2, 0.1))
    ages, points, vips = draw.integers(18, 90, n), np.round(draw.gamma(1.5, 400, n), 1), draw.random(n) < 0.05
    return [
        {
            "first_name": f"Ann{pk % 997}",
            "city": CITIES[cities[row]],
            "plan": PLANS[plans[row]],
            "age": int(ages[row]),
            "points": float(points[row]),
            "vip": bool(vips[row]),
        }
        for row, pk in enumerate(ids)
    ]


def _events(lake: Lake, customers: int, count: int, draw: np.random.Generator, now: datetime) -> None:
    places = draw.permutation(customers) + 1
    span = MONTHS * 30 * 86_400e6 / count
    end = np.datetime64(now.replace(tzinfo=None), "us")
    for version, first in enumerate(range(0, count, PIECE), 1):
        size = min(PIECE, count - first)
        ago = np.sort((count - first - draw.uniform(0, size, size)) * span)[::-1]
        at = end - ago.astype("timedelta64[us]")
        who = places[(draw.random(size) ** SKEW * customers).astype(np.int64)]
        lake.append("events", _piece(first, at, who, draw), app="bench", version=version)


def _tenfold(whole: Lake, tenfold: Lake, customers: int) -> None:
    """A month at a time, in the order that `_tidy` brings: to append and to rewrite so many takes three times as long."""
    files, partitions = whole.snapshot("events")
    source = parquet_source(files, schema=EVENTS, partitions=partitions)
    table = Path(tenfold.root, "events")
    other = f"(customer_id + nth * {customers // 10}) % {customers} + 1 AS customer_id"
    own = "concat(message_id, '.', nth) AS message_id"
    rows = f"SELECT * EXCLUDE (nth, month) REPLACE ({own}, {other}) FROM {source}"  # noqa: S608 - our own numbers
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as writer:
        for (month,) in writer.sql(f"SELECT DISTINCT month FROM {source}").fetchall():  # noqa: S608
            folder = table / f"month={month}"
            folder.mkdir(parents=True)
            each = f"{rows}, range(10) AS copies (nth) WHERE month = '{month}' ORDER BY event, customer_id"
            writer.execute(f"COPY ({each}) TO '{folder}/events.parquet' ({_LIKE_THE_LAKE})")
    schema = deltalake.Schema.from_arrow(pa.schema([pa.field("month", pa.date32())]))
    deltalake.convert_to_deltalake(table, partition_by=schema, partition_strategy="hive")


def _piece(first: int, at: Any, who: Any, draw: np.random.Generator) -> pa.Table:
    n = len(at)
    names = np.array(list(EVENTS_SHARES))
    kinds = draw.choice(len(names), n, p=list(EVENTS_SHARES.values()))
    worth = np.round(draw.lognormal(3.4, 0.6, n), 2)
    columns = {
        "message_id": pa.array([f"e{first + number}" for number in range(n)]),
        "type": pa.repeat("track", n),
        "event": pa.array(names[kinds]),
        "customer_id": pa.array(who),
        "ts": pa.array(at),
        "received_at": pa.array(at),
        "value": pa.array(worth, mask=kinds != list(EVENTS_SHARES).index("Order Completed")),
        "properties": _properties(kinds, worth, draw),
        "day": pa.array(at.astype("datetime64[D]")),
    }
    return pa.Table.from_arrays([columns[field.name].cast(field.type) for field in EVENTS], schema=EVENTS)


def _properties(kinds: Any, worth: Any, draw: np.random.Generator) -> pa.Array:
    n = len(kinds)
    categories, quantities = draw.integers(0, len(CATEGORIES), n), draw.integers(1, 6, n)
    made = {
        "Page Viewed": lambda row: f'{{"path":"/c/{quantities[row]}"}}',
        "Product Viewed": lambda row: f'{{"category":"{CATEGORIES[categories[row]]}","price":{worth[row]}}}',
        "Order Completed": lambda row: (
            f'{{"revenue":{worth[row]},"category":"{CATEGORIES[categories[row]]}","quantity":{quantities[row]}}}'
        ),
    }
    writers = [made.get(name, lambda _row: "{}") for name in EVENTS_SHARES]
    return pa.array([writers[kind](row) for row, kind in enumerate(kinds)])


def _tidy(lake: Lake) -> None:
    from setpoint.events.fold import TABLE
    from setpoint.events.tidying import ORDER

    while lake.tidy(TABLE, ORDER, most_files=1, keep_hours=0):
        pass


def main(arguments: Sequence[str]) -> None:
    """Fill the home that the environment names."""
    import django

    django.setup()
    customers, events, seed, email, password = arguments
    fill(int(customers), int(events), int(seed), email, password)


if __name__ == "__main__":
    main(sys.argv[1:])
