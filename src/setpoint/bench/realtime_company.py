"""A company for `setpoint bench realtime`: customers, their past events, followed segments, and tags by them.

python -m setpoint.bench.realtime_company CUSTOMERS EVENTS SEED      in the home that the environment names
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setpoint.site.settings")

from django import setup

setup()

from django.conf import settings

from setpoint.customers.services import upsert_customers
from setpoint.customers.tags import services as tags
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.events.fold import APP, TABLE
from setpoint.events.models import Fold
from setpoint.kernel import clock
from setpoint.segments import services as segments
from setpoint.segments.following import services as following

PIECE = 5_000
PLANS = ("free", "silver", "gold")
NAMES = ("Product Viewed", "Order Completed", "Cart Left", "Product Searched")
SHARES = (0.55, 0.2, 0.1, 0.15)


def _done(event: str, days: int, count: int = 1) -> dict[str, object]:
    return {"performed": event, "count": count, "within_days": days}


VIEWED, ORDERED, LEFT, SEARCHED = NAMES
TREES: dict[str, dict[str, object]] = {
    "ordered this week": _done(ORDERED, 7),
    "ordered twice in a month": _done(ORDERED, 30, 2),
    "viewed three times this week": _done(VIEWED, 7, 3),
    "left a cart": {"all": [_done(LEFT, 1), {"not": _done(ORDERED, 1)}]},
    "gold": {"trait": "plan", "op": "=", "value": "gold"},
    "gold who look": {"all": [{"trait": "plan", "op": "=", "value": "gold"}, _done(VIEWED, 3)]},
    "quiet": {"not": {"any": [_done(VIEWED, 7), _done(ORDERED, 7)]}},
    "searched in Lyon": {"all": [{"trait": "city", "op": "=", "value": "Lyon"}, _done(SEARCHED, 2)]},
    "left a cart, may be written to": {"all": [_done(LEFT, 3), {"consent": "email"}]},
    "about to buy": {"any": [_done(LEFT, 2), _done(SEARCHED, 2, 2)]},
}


TAGGED = ("ordered this week", "left a cart", "gold")


def main(customers: int, events: int, seed: int) -> None:
    """Make the company; what happened is at least eight days past, so that each new event is news to some segment."""
    now = clock.now()
    draw = np.random.default_rng(seed)
    ids: list[int] = []
    for start in range(0, customers, PIECE):
        people = [_profile(number, draw) for number in range(start, min(start + PIECE, customers))]
        ids += upsert_customers(people, now=now)
    _past(np.array(ids), events, draw, now)
    for name, tree in TREES.items():
        segment_id = segments.define_segment(name, tree, now=now).id
        following.follow(segment_id, now=now)
        if name in TAGGED:
            rule = {"tree": {"segment": segment_id}}
            tags.define_tag(tags.TagDraft(name, "rule", "behaviour", rule, every_minutes=60), now=now)


def _profile(number: int, draw: np.random.Generator) -> Profile:
    said = (ConsentRecord("email", "marketing", "granted"),) if draw.random() < 0.5 else ()
    traits = {"plan": PLANS[number % 2], "city": ("Lyon", "Nice", "Lille")[int(draw.integers(3))]}
    return Profile({"user_id": f"u{number}"}, traits=traits, consents=said)


def _past(ids: np.ndarray, count: int, draw: np.random.Generator, now: datetime) -> None:
    seconds = draw.integers(8 * 86_400, 60 * 86_400, count)
    moments = np.datetime64((now - timedelta()).replace(tzinfo=None), "us") - seconds.astype("timedelta64[s]")
    columns = {
        "message_id": [f"past-{number}" for number in range(count)],
        "type": ["track"] * count,
        "event": draw.choice(NAMES, count, p=SHARES),
        "customer_id": draw.choice(ids, count),
        "ts": moments,
        "received_at": moments,
        "value": np.full(count, 20.0),
        "properties": ["{}"] * count,
        "day": moments.astype("datetime64[D]"),
    }
    rows = pa.table({field.name: pa.array(columns[field.name], field.type) for field in EVENTS}, schema=EVENTS)
    Lake(settings.SETPOINT_LAKE).append(TABLE, rows, app=APP, version=1)
    Fold.objects.create(number=1, opened_at=now, closed_at=now, rows=count)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
