"""An installation's processes, for tests that kill them.

Loads everything once, then forks a process for each line {"verb": ..., "out": FILE, "given": {...}} on its input and
answers with its pid; {"verb": "wait", "pid": ...} answers with the exit status.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "setpoint.site.settings"

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from setpoint.autopilot import scheduler, services
from setpoint.autopilot.models import Campaign, Step
from setpoint.autopilot.tests.company import MESSAGE_COST, Company, set_up
from setpoint.decisions import services as decisions
from setpoint.delivery import services as delivery
from setpoint.delivery.accounts import CHANNELS
from setpoint.delivery.models import Delivery
from setpoint.engine.session import connect
from setpoint.events import services as events
from setpoint.kernel import clock
from setpoint.learning.registry import policies
from setpoint.site import asgi, worker

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROUNDS = 2
DAY_SECONDS = 240.0
HOME = Path(os.environ["SETPOINT_HOME"])


def _move(moment: datetime) -> None:
    clock.FileClock(HOME / "clock").move_to(moment)


def prepare(given: dict[str, Any]) -> None:
    """Tables, customers, a channel, content, and a campaign that is launched."""
    _move(START)
    call_command("migrate", verbosity=0, skip_checks=True)
    delivery.set_channel("email", "smtp", given["settings"], cost_per_message=MESSAGE_COST, seconds_per_message=3)
    company = set_up(START, given["size"])
    company.campaign(goal={"target": 1000}, futile_below=0.0)
    (HOME / "company.json").write_text(json.dumps({"ids": company.ids}))


def work(given: dict[str, Any]) -> None:
    """All lanes of a worker, until the process ends. There is one worker: its lease need not be waited for."""
    scheduler.LEASE_SECONDS = 0.0
    worker.TEND_EVERY = 0.2
    next(lane for lane in worker.LANES if lane.name == "tend").rest = 0.2
    worker.run_forever()


def lead(given: dict[str, Any]) -> None:
    """Move time and let the customers buy, whenever nothing is left to do; ends after the last round."""
    ids = json.loads((HOME / "company.json").read_text())["ids"]
    company = Company(START, ids, [], 0)
    until = time.monotonic() + DAY_SECONDS
    answered = 0
    while time.monotonic() < until:
        company.now = clock.now()
        campaign = Campaign.objects.get()
        due = worker.next_due()
        if campaign.round > ROUNDS or campaign.state != Campaign.State.RUNNING:
            return
        if due is None or due <= company.now or not events.is_idle() or not delivery.is_idle(company.now):
            time.sleep(0.01)
        elif due >= campaign.round_started_at + timedelta(days=6) and answered < campaign.round:
            _move(due - timedelta(hours=1))
            company.now = clock.now()
            company.answer(campaign)
            answered = campaign.round
        else:
            _move(due)
    raise TimeoutError(f"round {Campaign.objects.get().round}: {Campaign.objects.get().failure}")


def end(given: dict[str, Any]) -> None:
    """Cancel what the round after the last has begun."""
    campaign = Campaign.objects.get()
    if campaign.state == Campaign.State.RUNNING:
        services.cancel(campaign.pk, actor="test", now=clock.now())


def show(given: dict[str, Any]) -> None:
    """The campaign's whole trace as JSON, as far as it must not depend on when a worker died."""
    campaign = Campaign.objects.get()
    rows = Delivery.objects.filter(stream__source=campaign.key, round__lte=ROUNDS)
    columns = ("customer_id", "round", "slot", "state", "reason", "key", "cost_money", "cost_messages", "offer_code")
    more = ("offer_state", "offer_cost", "reserved_money", "variant_id", "offer_id")
    steps = Step.objects.filter(campaign=campaign, round__lte=ROUNDS).order_by("round", "pk")
    budgets = delivery.budgets(campaign.key)
    found = {
        "rows": sorted(list(row) for row in rows.values_list(*columns, *more)),
        "steps": [[step.round, step.name, step.result] for step in steps],
        "budgets": [[line.scope, line.resource, line.limit, line.reserved, line.committed] for line in budgets],
        "ledger": [delivery.ledger(campaign.key, number) for number in range(1, ROUNDS + 1)],
        "decisions": [decisions.read_log(campaign.key, number).to_pylist() for number in range(1, ROUNDS + 1)],
        "now": clock.now().isoformat(),
        "attempts": sorted(rows.filter(attempts__gt=1).values_list("attempts", flat=True)),
    }
    print(json.dumps(found, sort_keys=True, default=str))


def landed(given: dict[str, Any]) -> None:
    """How often each message with a prefix stands in the lake, as JSON."""
    with connect(settings.SETPOINT_LAKE) as session:
        found = session.events()
        ids = session.execute(found.filter(found.message_id.startswith(given["prefix"])).select("message_id"))
    print(json.dumps(Counter(ids["message_id"].to_pylist())))


VERBS = {"landed": landed, "prepare": prepare, "work": work, "lead": lead, "end": end, "show": show}


def run(order: dict[str, Any]) -> None:
    """One order in this process; what it prints goes to its file."""
    with open(order["out"], "w") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            VERBS[order["verb"]](order["given"])
        except BaseException:
            out.write(traceback.format_exc())
            out.flush()
            os._exit(1)
    os._exit(0)


def serve() -> None:
    """Fork and answer until the input ends. What is else loaded on first use is loaded before: restarts take moments."""
    for name in ("pandas", "pyarrow.pandas_compat", "ibis.backends.duckdb"):
        import_module(name)
    CHANNELS.names()
    policies.names()
    assert asgi.app
    for line in sys.stdin:
        order = json.loads(line)
        print(os.waitpid(order["pid"], 0)[1] if order["verb"] == "wait" else os.fork() or run(order), flush=True)


if __name__ == "__main__":
    serve()
