"""Workers as processes of their own, for tests that kill them.

Loads everything once, then forks a process for each line {"verb": ..., "out": FILE, "given": {...}} on its input and
answers with its pid; {"verb": "wait", "pid": ...} answers with the exit status.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "setpoint.site.settings"

import django

django.setup()

from django.core.management import call_command
from django.db.models import Sum

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import services
from setpoint.delivery.accounts import CHANNELS
from setpoint.delivery.models import Delivery
from setpoint.delivery.types import Amounts, Claim, Limit, OutgoingMessage, PlannedDelivery

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE = "campaign:1"


def prepare(given: dict[str, Any]) -> None:
    """Tables, customers, a channel and a plan."""
    call_command("migrate", verbosity=0, skip_checks=True)
    said = tuple(ConsentRecord(channel, "marketing", "granted") for channel in ("email", "webhook"))
    ids = upsert_customers(
        [
            Profile({"user_id": f"u{n}", "email": f"c{n}@example.com"}, consents=said, at=NOW)
            for n in range(given["count"])
        ],
        now=NOW,
    )
    channel = given["channel"]
    services.set_channel(channel, given["plugin"], given["settings"])
    limits = [Limit("campaign", "money", 10**9), Limit(f"channel:{channel}", "messages", given["count"])]
    services.open_stream(SOURCE, limits=limits, now=NOW)
    rows = [
        PlannedDelivery(one, "09:00", channel, 1, NOW, Amounts(12_345, 1, 3), offer_kind="amount", offer_value=7,
                        offer_liability=7, offer_code=f"K{one}")
        for one in ids
    ]  # fmt: skip
    services.plan_deliveries(SOURCE, 1, rows, now=NOW)


def compose(claims: list[Claim]) -> list[OutgoingMessage]:
    """Small messages."""
    return [OutgoingMessage(one.key, one.delivery_id, one.address, "Hi", f"{one.customer_id}\n", "") for one in claims]


def work(given: dict[str, Any]) -> None:
    """Reconcile, then send until nothing is left; waits for proof where that needs time."""
    worker, limit = given.get("worker", "w1"), given.get("limit", 50)
    while True:
        waiting = services.reconcile(now=NOW).waiting
        if not services.send_due(worker=worker, now=NOW, compose=compose, limit=limit).claimed and not waiting:
            return


def show(given: dict[str, Any]) -> None:
    """The ledger as JSON."""
    sums = {name: Sum(name) for name in ("reserved_money", "cost_money", "cost_messages", "reserved_messages")}
    found = {
        "states": services.ledger(SOURCE),
        "budgets": [[one.scope, one.resource, one.reserved, one.committed] for one in services.budgets(SOURCE)],
        "rows": sorted(Delivery.objects.values_list("customer_id", "state", "cost_money", "reserved_money")),
        "sums": Delivery.objects.aggregate(**sums),
        "keys": dict(Delivery.objects.values_list("key", "claimed_by")),
        "complete": services.check_complete(SOURCE, 1, Delivery.objects.count()),
    }
    print(json.dumps(found))


def run(order: dict[str, Any]) -> None:
    """One order in this process; what it prints goes to its file."""
    with open(order["out"], "w") as out, contextlib.redirect_stdout(out):
        try:
            {"prepare": prepare, "work": work, "show": show}[order["verb"]](order["given"])
        except BaseException:
            out.write(traceback.format_exc())
            out.flush()
            os._exit(1)
    os._exit(0)


def serve() -> None:
    """Fork and answer until the input ends. Plug-ins are loaded before, so that a restart takes moments."""
    CHANNELS.names()
    for line in sys.stdin:
        order = json.loads(line)
        print(os.waitpid(order["pid"], 0)[1] if order["verb"] == "wait" else os.fork() or run(order), flush=True)


if __name__ == "__main__":
    serve()
