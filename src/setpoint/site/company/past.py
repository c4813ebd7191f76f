"""The demo company's past: a Setpoint of its own, six weeks against simulated customers, in half a minute."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from setpoint.kernel.errors import SetpointError
from setpoint.market.population import write_population
from setpoint.market.world import World, parse_world
from setpoint.site.company.channel import CHANNEL
from setpoint.site.company.numbering import start_numbering
from setpoint.site.company.types import Blocks
from setpoint.site.demo.company import campaign_spec, create_offer, create_variants, import_file
from setpoint.site.demo.instance import Instance

WORLD = Path(__file__).resolve().parent / "world.json"
WEEKS = 6
SEED = 1
MOST_FAILURES = 3
Tell = Callable[[int, int], None]
"""Told percent and round as the past goes on; raises to end it."""


def play(home: Path, blocks: Blocks, *, currency: str, now: datetime, tell: Tell) -> Path:
    """Make a home with the company's whole past, up to `now`; the folder of its Setpoint."""
    world = demo_world(currency, now)
    write_population(world, SEED, home / "population")
    _mark(home / "population" / "customers.csv")
    (home / "world.json").write_text(json.dumps(world.document, ensure_ascii=False))
    instance = Instance(home / "setpoint", world=home / "world.json", seed=SEED, start=world.start)
    try:
        instance.start()
        start_numbering(instance.home / "setpoint.sqlite3", blocks)
        _play(instance, world, home / "population", now, tell)
    finally:
        instance.stop()
    return instance.home


def demo_world(currency: str, now: datetime) -> World:
    """The world of the demo company: the shipped one, six weeks ago, in the company's money."""
    document = json.loads(WORLD.read_text(encoding="utf-8"))
    start = (now - timedelta(weeks=WEEKS)).replace(hour=6, minute=0, second=0, microsecond=0)
    return parse_world(document | {"start": start.isoformat(), "currency": currency}, folder=WORLD.parent)


def _mark(customers: Path) -> None:
    """A trait by which people see whom the demo brought."""
    with customers.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with customers.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*rows[0], "demo"], *([*row, "true"] for row in rows[1:])])


def _play(instance: Instance, world: World, population: Path, now: datetime, tell: Tell) -> None:
    tell(5, 0)
    finished = _set_up(instance, world, population)
    tell(20, 1)
    instance.api("POST", f"/campaigns/{finished}/launch")
    _run(instance, finished, tell)
    moment = instance.settle()
    if now > datetime.fromisoformat(moment["now"]):
        instance.move_to(now.isoformat())
    instance.settle()
    tell(75, 0)


def _set_up(instance: Instance, world: World, population: Path) -> int:
    """The company as its own marketer would have set it up: the id of the campaign to run; another waits to be launched."""
    instance.api("PATCH", "/company", json={"currency": world.currency, "name": str(_("Demo tea house"))})
    import_file(
        instance, population / "customers.csv", "customers", {"columns": {"consent_email": f"consent:{CHANNEL}"}}
    )
    import_file(instance, population / "purchases.csv", "events", {"event": world.brief["goal"]["event"]})
    instance.start_market(_set_up_channel(instance, world))
    ours = _on_demo_channel(world)
    offers = {offer["name"]: create_offer(instance, offer, population) for offer in ours["actions"]["offers"]}
    variants = [pk for variant in ours["actions"]["variants"] for pk in create_variants(instance, ours, variant)]
    _make_segments(instance)
    spec = campaign_spec(ours, offers, variants, world.brief["policy"])
    finished = instance.api("POST", "/campaigns", json={"name": str(_("Demo: spring harvest")), "spec": spec})
    instance.api("POST", "/campaigns", json={"name": str(_("Demo: summer teas")), "spec": _next(spec)})
    return int(finished["id"])


def _set_up_channel(instance: Instance, world: World) -> str:
    mail = {"host": "127.0.0.1", "port": instance.smtp_port, "security": "none", "connections": 2}
    cost = round(world.brief["channel_costs"]["email"] * 1_000_000)
    body = {
        "plugin": "smtp",
        "settings": mail | {"from_address": "hello@demo.example", "from_name": str(_("Demo tea house"))},
        "cost_per_message": cost,
    }
    made = instance.api("PUT", f"/channels/{CHANNEL}", json=body)
    return str(made["hook_url"]).replace(f"/hooks/{CHANNEL}?", f"/hooks/{CHANNEL}/raw?")


def _on_demo_channel(world: World) -> Mapping[str, Any]:
    """The world's document with the one channel named as it is here."""
    document: Mapping[str, Any] = world.document
    channels = [document["actions"]["channels"][0] | {"name": CHANNEL}]
    return {**document, "actions": {**document["actions"], "channels": channels}}


def _make_segments(instance: Instance) -> None:
    reachable = {"consent": CHANNEL, "purpose": "marketing", "state": "granted"}
    bought = {"performed": "Order Completed", "op": ">=", "count": 2, "within_days": 180}
    green = {"trait": "taste", "op": "=", "value": "green"}
    for name, tree in (
        (_("Demo: everyone who agreed"), reachable),
        (_("Demo: regular buyers"), {"all": [reachable, bought]}),
        (_("Demo: lovers of green tea"), {"all": [reachable, green]}),
    ):
        instance.api("POST", "/segments", json={"name": str(name), "tree": tree})


def _next(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same campaign again, from now on, for somebody to launch."""
    real_now = datetime.fromisoformat(spec["goal"]["deadline"]) + timedelta(weeks=WEEKS)
    return {**spec, "goal": {**spec["goal"], "deadline": real_now.isoformat()}}


def _run(instance: Instance, campaign: int, tell: Tell) -> None:
    """Move time from one due moment to the next until the campaign has ended."""
    failures = 0
    while True:
        moment = instance.settle()
        state = instance.api("GET", f"/campaigns/{campaign}")
        if state["state"] == "ended":
            return
        failures = failures + 1 if state["failure"] else 0
        if failures > MOST_FAILURES:
            raise SetpointError(str(_("The demo company's campaign cannot go on.")), remedy=state["failure"]["message"])
        tell(min(70, 15 + 14 * int(state["round"])), int(state["round"]))
        if moment["next_due"]:
            instance.move_to(moment["next_due"])
