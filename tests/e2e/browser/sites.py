"""Setpoints to walk through: a process each, simulated time, a market where customers must react."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from setpoint.market.population import write_population
from setpoint.market.world import World, load_world
from setpoint.site.demo.company import set_up
from setpoint.site.demo.instance import Instance

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PASSWORD = "a lantern over quiet water"
OWNER = "ann@tea.example"
ROLES = ("marketer", "analyst", "support", "dpo")


@dataclass
class Site:
    """A running Setpoint, and how its people sign in."""

    instance: Instance
    people: dict[str, str] = field(default_factory=dict)
    campaign: int = 0

    @property
    def base(self) -> str:
        """Its address."""
        return self.instance.base_url

    @contextmanager
    def session(self, email: str) -> Iterator[httpx.Client]:
        """A signed-in client of a person, for what a test arranges behind the pages."""
        with self.guest() as client:
            answer = client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
            yield client

    @contextmanager
    def guest(self) -> Iterator[httpx.Client]:
        """A client of somebody who is not signed in, ready to write."""
        with httpx.Client(base_url=self.base, timeout=60) as client:
            client.get("/api/front").raise_for_status()
            client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
            yield client

    def sign_up_owner(self) -> None:
        """The first person."""
        body = {"email": OWNER, "password": PASSWORD, "name": "Ann Lee"}
        with self.guest() as client:
            answer = client.post("/api/auth/signup", json=body)
        assert answer.status_code == 200, answer.text
        self.people["owner"] = OWNER

    def invite(self, role: str) -> None:
        """Another person with a role, who has followed their invitation."""
        email = f"{role}@tea.example"
        with self.session(OWNER) as owner:
            made = owner.post("/api/invitations", json={"email": email, "role": role})
        assert made.status_code == 201, made.text
        token = made.json()["link"].rsplit("/", 1)[-1]
        body = {"email": email, "password": PASSWORD, "name": role.title(), "invitation": token}
        with self.guest() as client:
            answer = client.post("/api/auth/signup", json=body)
        assert answer.status_code == 200, answer.text
        self.people[role] = email


def empty_site(home: Path) -> Site:
    """A new installation in simulated time, with its owner."""
    (home / "world.json").write_text(json.dumps(WORLD))
    instance = Instance(home / "home", world=home / "world.json", seed=3, start=START)
    instance.start()
    return Site(instance)


def company_site(home: Path) -> Site:
    """A company in the middle of its work: customers, content, a campaign whose first round has been measured."""
    site = empty_site(home)
    instance = site.instance
    world = load_world(home / "world.json")
    write_population(world, 3, home / "population")
    site.sign_up_owner()
    site.campaign = set_up(instance, world.document, home / "population", policy="thompson")
    instance.api("POST", f"/campaigns/{site.campaign}/launch")
    play_rounds(instance, site.campaign, 1)
    return site


def play_rounds(instance: Instance, campaign: int, rounds: int) -> None:
    """Move time until so many rounds have been measured."""
    for _ in range(400):
        moment = instance.settle()
        shown = instance.api("GET", f"/campaigns/{campaign}")
        if shown["round"] > rounds or shown["state"] != "running" or not moment["next_due"]:
            return
        instance.move_to(moment["next_due"])
    raise AssertionError("the campaign does not come forward")


def world_of(home: Path) -> World:
    """The world beside a site."""
    return load_world(home / "world.json")


WORLD: dict[str, Any] = {
    "name": "teahouse",
    "title": {"en": "Spring at the tea house", "zh": "茶馆之春"},
    "start": START.isoformat(),
    "currency": "EUR",
    "population": {
        "kind": "generator",
        "size": 900,
        "consent_share": 0.92,
        "email_share": 0.97,
        "languages": {"en": 2, "zh": 1},
    },
    "behaviour": {
        "baseline": {"intercept": -2.2},
        "reactions": {"unsubscribe": {"rate": 0.001}, "complaint": {"rate": 0.0}},
        "bounces": {"hard": 0.02, "soft": 0.01},
        "machines": {"prefetch_open": 0.2, "scan_clicks": 0.05},
    },
    "actions": {
        "offers": [
            {"name": "none", "kind": "none"},
            {"name": "two_off", "kind": "amount", "amount": 2, "valid_days": 7, "effect": {"intercept": 0.3}},
        ],
        "variants": [
            {"name": "hello", "match": ["Spring is here"], "effect": {"intercept": 1.2}},
            {"name": "facts", "match": ["Facts about spring"], "effect": {"intercept": 0.4}},
        ],
    },
    "brief": {
        "goal": {"metric": "conversions", "event": "Order Completed", "target": 90, "incremental": True},
        "deadline_days": 42,
        "limits": {"money": 400, "messages": 4000},
        "channel_costs": {"email": 0.02},
        "ghost_share": 0.25,
    },
}
