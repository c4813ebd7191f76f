"""Ten segments from easy to hard, each as a tree and as the SQL that somebody who knows DuckDB would write for it.

The SQL reads two views, `c` (customers: the frame's columns, traits as text) and `e` (the lake's events); `{now}` and
`{ago:N}` are moments, `{agreed}` is consent to mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

GRANTED = {"consent": "email", "purpose": "marketing", "state": "granted"}
AGREED = """"consent:[""email"", ""marketing""]" = 'granted'"""
ORDER, VIEW, PAGE, CART = "Order Completed", "Product Viewed", "Page Viewed", "Cart Updated"

TREES: Mapping[str, dict[str, Any]] = {
    "s01": {"all": [{"trait": "plan", "value": "pro"}, {"trait": "age", "op": ">", "value": 40}]},
    "s02": {"all": [{"trait": "city", "op": "in", "value": ["Paris", "Rome", "Vienna"]}, GRANTED]},
    "s03": {"performed": ORDER, "within_days": 90},
    "s04": {"performed": VIEW, "count": 3, "within_days": 30},
    "s05": {"all": [GRANTED, {"performed": ORDER, "op": "=", "count": 0}]},
    "s06": {"measured": ORDER, "measure": "sum", "property": "value", "op": ">=", "amount": 200, "within_days": 365},
    "s07": {
        "performed": VIEW,
        "count": 2,
        "within_days": 180,
        "where": {"property": "category", "value": "shoes"},
    },
    "s08": {
        "all": [
            {"last": ORDER, "between_days": [90, 365]},
            {"not": {"performed": "Email Opened", "within_days": 90}},
        ]
    },
    "s09": {"sequence": [{"event": CART}, {"event": ORDER}], "within_hours": 48, "within_days": 365},
    "s10": {
        "all": [
            GRANTED,
            {
                "any": [
                    {"all": [{"trait": "plan", "value": "pro"}, {"performed": PAGE, "count": 5}]},
                    {
                        "all": [
                            {"measured": ORDER, "amount": 300},
                            {"first": ORDER, "within_days": 365},
                            {"not": {"performed": "Support Contacted", "within_days": 90}},
                        ]
                    },
                ]
            },
        ]
    },
}

SQL: Mapping[str, str] = {
    "s01": """SELECT customer_id FROM c WHERE "trait:plan" = 'pro' AND TRY_CAST("trait:age" AS DOUBLE) > 40""",
    "s02": """SELECT customer_id FROM c WHERE "trait:city" IN ('Paris', 'Rome', 'Vienna') AND {agreed}""",
    "s03": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT customer_id FROM e WHERE event = 'Order Completed' AND ts >= {ago:90} AND ts < {now})""",
    "s04": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT customer_id FROM e WHERE event = 'Product Viewed' AND ts >= {ago:30} AND ts < {now}
        GROUP BY customer_id HAVING count(*) >= 3)""",
    "s05": """SELECT customer_id FROM c WHERE {agreed} AND NOT EXISTS (
        SELECT 1 FROM e WHERE e.customer_id = c.customer_id AND event = 'Order Completed' AND ts < {now})""",
    "s06": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT customer_id FROM e WHERE event = 'Order Completed' AND ts >= {ago:365} AND ts < {now}
        GROUP BY customer_id HAVING round(sum(value), 6) >= 200)""",
    "s07": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT customer_id FROM e WHERE event = 'Product Viewed' AND ts >= {ago:180} AND ts < {now} AND properties ->> '$.category' = 'shoes'
        GROUP BY customer_id HAVING count(*) >= 2)""",
    "s08": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT customer_id FROM e WHERE event = 'Order Completed' AND ts >= {ago:365} AND ts < {now}
        GROUP BY customer_id HAVING max(ts) < {ago:90})
        AND customer_id NOT IN (
        SELECT customer_id FROM e WHERE event = 'Email Opened' AND ts >= {ago:90} AND ts < {now})""",
    "s09": """SELECT customer_id FROM c WHERE customer_id IN (
        SELECT a.customer_id FROM e AS a JOIN e AS b ON a.customer_id = b.customer_id
        AND b.ts > a.ts AND b.ts <= a.ts + INTERVAL 48 HOURS
        WHERE a.event = 'Cart Updated' AND b.event = 'Order Completed'
        AND a.ts >= {ago:365} AND a.ts < {now}
        AND b.ts >= {ago:365} AND b.ts < {now})""",
    "s10": """WITH orders AS (
        SELECT customer_id FROM e WHERE event = 'Order Completed' AND ts < {now}
        GROUP BY customer_id HAVING round(sum(value), 6) >= 300 AND min(ts) >= {ago:365}),
        pages AS (
        SELECT customer_id FROM e WHERE event = 'Page Viewed' AND ts < {now} GROUP BY customer_id HAVING count(*) >= 5),
        complained AS (
        SELECT DISTINCT customer_id FROM e WHERE event = 'Support Contacted' AND ts >= {ago:90} AND ts < {now})
        SELECT customer_id FROM c WHERE {agreed} AND (
        ("trait:plan" = 'pro' AND customer_id IN (FROM pages))
        OR (customer_id IN (FROM orders) AND customer_id NOT IN (FROM complained)))""",
}


def sql_of(name: str, now: datetime) -> str:
    """The query of a segment at a moment."""

    def moment(days: int) -> str:
        return f"TIMESTAMP '{now.replace(tzinfo=None) - timedelta(days=days)}'"

    told = SQL[name].replace("{now}", moment(0)).replace("{agreed}", AGREED)
    return re.sub(r"\{ago:(\d+)\}", lambda found: moment(int(found[1])), told)


def edits(tree: dict[str, Any], times: int) -> list[dict[str, Any]]:
    """The tree and what becomes of it while somebody types: each time one number of one condition is another, so that no
    question was asked before."""
    made = [tree]
    for number in range(1, times):
        changed = deepcopy(made[-1])
        conditions = [one for one in _conditions(changed) if _numbers_of(one)]
        if conditions:
            one = conditions[number % len(conditions)]
            keys = _numbers_of(one)
            one[keys[number % len(keys)]] += 1
        for one in _conditions(changed) if not conditions else ():
            if isinstance(one.get("value"), list):
                one["value"].append(f"Paris {number}")
            elif "performed" in one:
                one["within_days"] = 400 + number
        made.append(changed)
    return made


def _numbers_of(condition: dict[str, Any]) -> list[str]:
    keys = ("within_days", "count", "amount", "within_hours", "value")
    return [key for key in keys if isinstance(condition.get(key), int) and condition.get(key)]


def _conditions(tree: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*tree.get("all", []), *tree.get("any", []), *([tree["not"]] if "not" in tree else [])]
    return [each for one in inner for each in _conditions(one)] if inner else [tree]
