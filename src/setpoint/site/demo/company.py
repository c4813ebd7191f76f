"""Set a company up through the public API, from a world's brief, as a newcomer would."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from setpoint.kernel.errors import SetpointError
from setpoint.site.demo.instance import Instance

World = Mapping[str, Any]
IMPORT_SECONDS = 300.0
DEFAULT_MESSAGE_COST = 0.01
DEFAULT_CAP = 1000.0


def set_up(instance: Instance, world: World, population: Path, *, policy: str) -> int:
    """Company, customers, channel, content, campaign: everything but the launch. The campaign's id."""
    brief = world["brief"]
    currency = {"currency": world["currency"], "name": "Demo", "postal_address": "1 Market Street, 75001 Paris"}
    instance.api("PATCH", "/company", json=currency)
    import_file(instance, population / "customers.csv", "customers")
    if (population / "purchases.csv").exists():
        import_file(instance, population / "purchases.csv", "events")
    hook = set_up_channels(instance, world)
    instance.start_market(hook)
    offers = {offer["name"]: create_offer(instance, offer) for offer in world["actions"]["offers"]}
    variants = [create_variants(instance, world, variant) for variant in world["actions"]["variants"]]
    spec = campaign_spec(world, offers, [own for found in variants for own in found], policy)
    campaign = instance.api("POST", "/campaigns", json={"name": _title(world), "spec": spec})
    return int(campaign["id"])


def import_file(instance: Instance, path: Path, target: str) -> Mapping[str, Any]:
    """Upload a file with the suggested mapping and wait for it."""
    with path.open("rb") as file:
        form = {"target": target, "mapping": json.dumps(MAPPINGS[target])}
        job = instance.api("POST", "/imports", files={"file": (path.name, file)}, data=form)
    instance.api("POST", f"/imports/{job['id']}/run")
    until = time.monotonic() + IMPORT_SECONDS
    while time.monotonic() < until:
        job = instance.api("GET", f"/imports/{job['id']}")
        if job["state"] in {"done", "failed", "cancelled"}:
            break
        time.sleep(0.1)
    if job["state"] != "done":
        raise SetpointError(f"The import of {path.name} ended as {job['state']}.", details={"job": job})
    instance.settle()
    return dict(job)


MAPPINGS: dict[str, Any] = {"customers": {}, "events": {}}


def set_up_channels(instance: Instance, world: World) -> str:
    """The channels of the world's actions, pointed at the market; the e-mail channel's hook address."""
    hook = ""
    for channel in world["actions"]["channels"]:
        cost = world["brief"]["channel_costs"].get(channel["name"], DEFAULT_MESSAGE_COST)
        plugin, settings = _channel_settings(instance, channel["name"])
        made = instance.api(
            "PUT", "/channels", json={"name": channel["name"], "plugin": plugin, "settings": settings, "cost_per_message": cost}
        )
        if channel["name"] == "email":
            hook = str(made.get("raw_hook_url", ""))
    return hook


def _channel_settings(instance: Instance, name: str) -> tuple[str, dict[str, Any]]:
    if name == "webhook":
        return "webhook", {"url": f"http://127.0.0.1:{instance.control_port}/webhook", "secret": ""}
    mail = {"host": "127.0.0.1", "port": instance.smtp_port, "security": "none", "from_address": "hello@shop.example"}
    return "smtp", {**mail, "from_name": "Demo", "connections": 4}


def create_offer(instance: Instance, offer: Mapping[str, Any]) -> int:
    """An offer of the world's actions; 0 for "no offer"."""
    if offer["kind"] == "none":
        return 0
    amount = offer["amount"] if offer["kind"] == "amount" else offer["percent"]
    body = {
        "name": offer["name"],
        "kind": offer["kind"],
        "value": amount,
        "cap": offer.get("cap") or (0 if offer["kind"] == "amount" else DEFAULT_CAP),
        "code_prefix": offer.get("code_prefix") or offer["name"].upper(),
        "valid_days": offer["valid_days"],
        "text": offer.get("text") or {"en": offer["name"], "zh": offer["name"]},
    }
    return int(instance.api("POST", "/offers", json=body)["id"])


def create_variants(instance: Instance, world: World, variant: Mapping[str, Any]) -> list[int]:
    """One variant for each channel that the world has, in the languages that its wording has."""
    wording = world["brief"]["templates"].get(variant["name"]) or _plain_wording(variant)
    found = []
    for channel in world["actions"]["channels"]:
        template = _template(instance, channel["name"])
        body = {
            "name": variant["name"],
            "subject": wording["subject"]["en"],
            "body": wording["body"]["en"],
            "format": wording["format"],
        }
        found.append(int(instance.api("POST", f"/templates/{template}/variants", json=body)["id"]))
    return found


def _template(instance: Instance, channel: str) -> int:
    known = {row["channel"]: row["id"] for row in instance.api("GET", "/templates")}
    if channel in known:
        return int(known[channel])
    return int(instance.api("POST", "/templates", json={"name": f"Messages by {channel}", "channel": channel})["id"])


def _plain_wording(variant: Mapping[str, Any]) -> dict[str, Any]:
    seen = (variant.get("match") or [variant["name"]])[0]
    body = "Hello {{ customer.first_name | default('there') }},\n\n" + seen + "\n\n{{ offer.text }} {{ offer.code }}\n"
    return {"format": "text", "subject": {"en": seen}, "body": {"en": body}}


def campaign_spec(world: World, offers: Mapping[str, int], variants: list[int], policy: str) -> dict[str, Any]:
    """The brief as a campaign's specification."""
    brief = world["brief"]
    start = datetime.fromisoformat(world["start"])
    limits = brief["limits"]
    spec: dict[str, Any] = {
        "goal": {**brief["goal"], "deadline": (start + timedelta(days=brief["deadline_days"])).isoformat()},
        "limits": {
            "money": limits["money"],
            "messages": limits["messages"],
            "per_customer": limits["per_customer"],
            "per_channel": limits["channels"],
        },
        "actions": {"variants": variants, "offers": sorted(offers.values()), "slots": slots_of(world)},
        "audience": brief["segment"],
        "cadence_days": brief["cadence_days"],
        "window_days": brief["window_days"],
        "policy": policy,
        "hold_out": brief["holdout_share"],
        "ghost_share": brief["ghost_share"],
    }
    if quiet := brief.get("quiet_hours"):
        spec |= {"quiet_start": quiet["start"], "quiet_end": quiet["end"]}
    return spec


def slots_of(world: World) -> list[str]:
    """The local times of the world's slots: the brief's, else an hour after the slot's first minute."""
    given = world["brief"]["slots"]
    return [given.get(slot["name"]) or _hour_after(slot.get("from", "08:00")) for slot in world["actions"]["slots"]]


def _hour_after(first: str) -> str:
    hour, minute = first.split(":")
    return f"{(int(hour) + 1) % 24:02d}:{minute}"


def _title(world: World) -> str:
    title = world.get("title") or {"en": world["name"]}
    return str(title["en"])
