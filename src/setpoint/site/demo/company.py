"""Set a company up through the public API, from a world's brief, as a newcomer would."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from setpoint.kernel.errors import SetpointError
from setpoint.kernel.money import to_micros
from setpoint.site.demo.instance import Instance

World = Mapping[str, Any]
IMPORT_SECONDS = 300.0
DEFAULT_MESSAGE_COST = 0.01
DEFAULT_CAP = 1000.0


def set_up(instance: Instance, world: World, population: Path, *, policy: str) -> int:
    """Company, customers, channel, content, campaign: everything but the launch. The campaign's id."""
    brief = world["brief"]
    currency = {"currency": world["currency"], "name": "Demo", "physical_address": "1 Market Street, 75001 Paris"}
    instance.api("PATCH", "/company", json=currency)
    import_file(instance, population / "customers.csv", "customers", {"columns": {"consent_email": "consent:email"}})
    if (population / "purchases.csv").exists():
        import_file(instance, population / "purchases.csv", "events", {"event": brief["goal"]["event"]})
    hook = set_up_channels(instance, world)
    instance.start_market(hook)
    offers = {offer["name"]: create_offer(instance, offer, population) for offer in world["actions"]["offers"]}
    variants = [create_variants(instance, world, variant) for variant in world["actions"]["variants"]]
    spec = campaign_spec(world, offers, [own for found in variants for own in found], policy)
    campaign = instance.api("POST", "/campaigns", json={"name": _title(world), "spec": spec})
    return int(campaign["id"])


def import_file(instance: Instance, path: Path, target: str, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """Upload a file, correct the suggested mapping where needed, and wait for the import."""
    with path.open("rb") as file:
        job = instance.api("POST", "/imports", files={"file": (path.name, file)}, data={"target": target})
    suggested = job["mapping"]
    columns = {**suggested.get("columns", {}), **overrides.get("columns", {})}
    mapping = {**suggested, **overrides, "columns": columns}
    instance.api("POST", f"/imports/{job['id']}/run", json={"mapping": mapping})
    until = time.monotonic() + IMPORT_SECONDS
    while job["state"] not in {"done", "failed", "cancelled"} and time.monotonic() < until:
        time.sleep(0.1)
        job = instance.api("GET", f"/imports/{job['id']}")
    if job["state"] != "done":
        raise SetpointError(f"The import of {path.name} ended as {job['state']}.", details={"job": job})
    instance.settle()
    return dict(job)


def set_up_channels(instance: Instance, world: World) -> str:
    """The channels of the world's actions, pointed at the market; the e-mail channel's hook address."""
    hook = ""
    for channel in world["actions"]["channels"]:
        name = channel["name"]
        cost = world["brief"]["channel_costs"].get(name, DEFAULT_MESSAGE_COST)
        plugin, settings = _channel_settings(instance, name)
        body = {"plugin": plugin, "settings": settings, "cost_per_message": to_micros(cost)}
        made = instance.api("PUT", f"/channels/{name}", json=body)
        hook = str(made["hook_url"]).replace("/hooks/email?", "/hooks/email/raw?") if name == "email" else hook
    return hook


def _channel_settings(instance: Instance, name: str) -> tuple[str, dict[str, Any]]:
    if name == "webhook":
        return "webhook", {
            "url": f"http://127.0.0.1:{instance.control_port}/webhook",
            "secret": instance.webhook_secret,
        }
    mail = {"host": "127.0.0.1", "port": instance.smtp_port, "security": "none", "from_address": "hello@shop.example"}
    return "smtp", {**mail, "from_name": "Demo", "connections": 4}


def create_offer(instance: Instance, offer: Mapping[str, Any], population: Path) -> int:
    """An offer of the world's actions; 0 for "no offer"."""
    if offer["kind"] == "none":
        return 0
    body = {
        "name": in_words(offer["name"]),
        "kind": offer["kind"],
        "code_prefix": offer.get("code_prefix") or offer["name"].upper(),
        "valid_days": offer["valid_days"],
    }
    if offer["kind"] == "amount":
        body |= {"value": to_micros(offer["amount"])}
    else:
        body |= {
            "value": round(offer["percent"] * 100),
            "cap": to_micros(offer.get("cap") or usual_cap(offer["percent"], population)),
        }
    return int(instance.api("POST", "/offers", json=body)["id"])


def in_words(key: str) -> str:
    """A world's key as people name things: "old_friends" is "Old friends"."""
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def usual_cap(percent: float, population: Path) -> float:
    """What a percentage takes off all but the dearest hundredth of past orders: a cap that hardly anybody meets."""
    path = population / "purchases.csv"
    if not path.exists():
        return DEFAULT_CAP
    with path.open(newline="") as file:
        amounts = [float(row["amount"]) for row in csv.DictReader(file)]
    if not amounts:
        return DEFAULT_CAP
    dear = sorted(amounts)[int(0.99 * (len(amounts) - 1))]
    return max(0.01, round(dear * percent / 100, 2))


def create_variants(instance: Instance, world: World, variant: Mapping[str, Any]) -> list[int]:
    """One variant for each channel that the world has, its wording in each language at hand; the ids to choose from."""
    wording = world["brief"]["templates"].get(variant["name"]) or _plain_wording(variant)
    found = []
    for channel in world["actions"]["channels"]:
        template = _template(instance, channel["name"])
        made = [_variant(instance, template, in_words(variant["name"]), wording, language) for language in ("en", "zh")]
        found += [one for one in made if one][:1]
    return found


def _variant(instance: Instance, template: int, name: str, wording: Mapping[str, Any], language: str) -> int:
    """One language of a wording; the English one serves every customer who has no other. 0 when there is none."""
    if language not in wording["body"]:
        return 0
    body = {
        "name": name,
        "subject": wording["subject"].get(language) or wording["subject"]["en"],
        "body": wording["body"][language],
        "format": wording["format"],
        "language": "" if language == "en" else language,
    }
    return int(instance.api("POST", f"/templates/{template}/variants", json=body)["id"])


def _template(instance: Instance, channel: str) -> int:
    known = {row["channel"]: row["id"] for row in instance.api("GET", "/templates")["items"]}
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
