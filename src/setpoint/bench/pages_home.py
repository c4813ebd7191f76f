"""A home with a million customers, their orders and a running campaign, written straight into the tables and the lake.

    python -m setpoint.bench.pages_home CUSTOMERS SEED EMAIL PASSWORD      in the home and with the settings that the environment names

The shapes are those that the product itself writes; only the way is short. What pages count on (frames, summaries) is
brought up to date by the product's own worker lanes at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

BATCH = 20_000
ORDERS_EACH = 3
SHOWN = 47
"""The customer who has a tag set by hand; small enough for the quick run."""
SENT_SHARE = 0.25
ROUNDS = 2
ACTIONS = 5
FEATURES = ("recency", "frequency", "monetary", "tenure", "activity")
CITIES = ("Berlin", "Paris", "Madrid", "Rome", "Vienna", "Lisbon", "Warsaw", "Prague")


def fill(customers: int, seed: int, email: str, password: str) -> None:
    """Make the tables and fill them; an owner with this address and password can sign in afterwards."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    now = datetime.now(UTC).replace(microsecond=0)
    draw = np.random.default_rng(seed)
    _company(email, password, now)
    _customers(customers, draw, now)
    _orders(customers, draw, now)
    keys = _content(now)
    for number, state in enumerate(("running", "ended", "draft")):
        _campaign(f"Campaign {number + 1}", state, customers, keys, draw, now)
    _bring_up_to_date(now)


def _company(email: str, password: str, now: datetime) -> None:
    from allauth.account.models import EmailAddress

    from setpoint.delivery import accounts
    from setpoint.governance import services as governance
    from setpoint.governance.models import User

    governance.company()
    user = User(email=email, name="Bench Owner", role="owner", created_at=now)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    accounts.set_channel(
        "email", "smtp", {"host": "127.0.0.1", "port": 1, "from_address": "news@example.com"}, cost_per_message=1_000
    )


def _customers(count: int, draw: np.random.Generator, now: datetime) -> None:
    from setpoint.customers.models import Consent, Customer, Identity

    ages = draw.integers(18, 90, count)
    cities = draw.integers(0, len(CITIES), count)
    days = draw.integers(1, 900, count)
    for first in range(0, count, BATCH):
        ids = range(first + 1, min(first + BATCH, count) + 1)
        people = [
            Customer(
                id=pk,
                traits={"first_name": f"Ann{pk % 997}", "city": CITIES[cities[pk - 1]], "age": int(ages[pk - 1])},
                created_at=now - timedelta(days=int(days[pk - 1])),
                updated_at=now,
                revision=1,
            )
            for pk in ids
        ]
        Customer.objects.bulk_create(people)
        Identity.objects.bulk_create(Identity(customer_id=pk, kind="email", value=f"ann{pk}@example.com") for pk in ids)
        granted = {"channel": "email", "purpose": "marketing", "state": "granted", "source": "bench", "at": now}
        Consent.objects.bulk_create(Consent(customer_id=pk, **granted) for pk in ids if pk % 20)


def _orders(customers: int, draw: np.random.Generator, now: datetime) -> None:
    from django.conf import settings

    from setpoint.engine.lake import Lake
    from setpoint.engine.types import EVENTS

    lake = Lake(settings.SETPOINT_LAKE)
    for part in range(ORDERS_EACH):
        ago = np.sort(draw.exponential(90, customers).clip(0.01, 720))[::-1]
        at = np.datetime64(now.replace(tzinfo=None), "us") - (ago * 86_400e6).astype("timedelta64[us]")
        value = np.round(draw.lognormal(3.4, 0.6, customers), 2)
        columns = {
            "message_id": pa.array([f"o{part}-{number}" for number in range(customers)]),
            "type": pa.repeat("track", customers),
            "event": pa.repeat("Order Completed", customers),
            "customer_id": pa.array(draw.permutation(customers) + 1),
            "ts": pa.array(at),
            "received_at": pa.array(at),
            "value": pa.array(value),
            "properties": pa.array([f'{{"revenue": {each}}}' for each in value]),
            "day": pa.array(at.astype("datetime64[D]")),
        }
        rows = pa.Table.from_arrays([columns[field.name].cast(field.type) for field in EVENTS], schema=EVENTS)
        lake.append("events", rows, app="bench", version=part + 1)


def _content(now: datetime) -> list[str]:
    from setpoint.content import services as content

    template = content.create_template("Letters", channel="email", now=now)
    variants = [
        content.create_variant(template.pk, f"letter {number}", now=now, subject="News", body="Hello", format="text").pk
        for number in range(ACTIONS - 1)
    ]
    return ["none", *(f"offer=none|variant={pk}|channel=email|slot=09:00" for pk in variants)]


def _campaign(
    name: str, state: str, customers: int, keys: Sequence[str], draw: np.random.Generator, now: datetime
) -> None:
    import msgspec

    from setpoint.autopilot.limits import ledger_limits
    from setpoint.autopilot.models import Campaign
    from setpoint.autopilot.types import ActionSpec, CampaignSpec, Goal, Limits
    from setpoint.delivery import services as delivery

    variants = tuple(int(key.split("|")[1].partition("=")[2]) for key in keys[1:])
    goal = Goal("conversions", 20_000, now + timedelta(days=40))
    spec = CampaignSpec(goal, Limits(money=5_000.0, messages=4 * customers), ActionSpec(variants=variants))
    started = now - timedelta(days=10)
    campaign = Campaign.objects.create(
        name=name,
        state=state,
        outcome="goal" if state == "ended" else "",
        spec=msgspec.to_builtins(spec),
        created_at=started,
        round=ROUNDS,
        launched_at=None if state == "draft" else started,
        round_started_at=None if state == "draft" else now - timedelta(days=3),
        next_at=now + timedelta(days=4) if state == "running" else None,
        ended_at=now if state == "ended" else None,
    )
    if state == "draft":
        return
    delivery.open_stream(campaign.key, limits=ledger_limits(spec.limits), now=started)
    for number in range(1, ROUNDS + 1):
        _round(campaign, number, customers, keys, draw, started + timedelta(days=7 * (number - 1)))


def _round(
    campaign: Any, number: int, customers: int, keys: Sequence[str], draw: np.random.Generator, at: datetime
) -> None:
    chosen = np.where(draw.random(customers) < SENT_SHARE, draw.integers(1, ACTIONS, customers), 0)
    ghost = (draw.random(customers) < 0.2) & (chosen > 0)
    _decisions(campaign, number, keys, chosen, ghost, at)
    _findings(campaign, number, customers, draw)
    _ledger(campaign, number, keys, chosen, ghost, at)
    _steps(campaign, number, keys, chosen, ghost, at)


def _decisions(campaign: Any, number: int, keys: Sequence[str], chosen: Any, ghost: Any, at: datetime) -> None:
    from setpoint.decisions import services as decisions
    from setpoint.decisions.types import NO_ACTION, Contexts, DecisionProblem, Proposal, RoundLimits

    n = len(chosen)
    probabilities = np.full((n, len(keys)), SENT_SHARE / (len(keys) - 1))
    probabilities[:, 0] = 1 - SENT_SHARE
    ids, nothing = np.arange(1, n + 1), np.zeros(n)
    proposal = Proposal(
        campaign_key=campaign.key, round=number, policy_version="bench", customer_ids=ids, probabilities=probabilities,
        chosen=chosen, ghost=ghost, held_out=np.zeros(n, bool), suppressed_share=np.full(n, 0.2),
        expected_effect=nothing + 0.02, effect_sd=nothing + 0.01, expected_cost=nothing + 0.001,
        liability=np.zeros(n, np.int64), shadow_prices={"money": 2.0}, gap=0.01, forecast_effect=900.0,
        forecast_cost=250.0, personalisation="not proven", action_keys=tuple(keys),
    )  # fmt: skip
    contexts = Contexts(ids, np.zeros((n, len(FEATURES))), FEATURES, np.ones((n, len(keys)), bool), nothing + 30)
    problem = DecisionProblem(
        campaign_key=campaign.key, round=number, decided_at=at, contexts=contexts, actions=(NO_ACTION,),
        limits=RoundLimits(), history=None, policy="thompson", goal="conversions", ghost_share=0.2,
        held_out=np.zeros(n, bool), planned_rounds=6,
    )  # fmt: skip
    decisions.write_log(proposal, problem)


def _findings(campaign: Any, number: int, customers: int, draw: np.random.Generator) -> None:
    from setpoint.autopilot.arrays import keep_findings
    from setpoint.insights.types import Findings

    width = len(FEATURES)
    features = draw.normal(size=(customers, width))
    found = Findings(
        customer_ids=np.arange(1, customers + 1),
        features=features,
        feature_names=FEATURES,
        centre=np.ones(width),
        scale=np.ones(width),
        order_value=draw.lognormal(3.4, 0.6, customers),
        base_rate=0.05,
    )
    keep_findings(campaign.key, number, found)


def _ledger(campaign: Any, number: int, keys: Sequence[str], chosen: Any, ghost: Any, at: datetime) -> None:
    from django.db.models import F

    from setpoint.delivery.models import Budget, Delivery, Stream

    stream = Stream.objects.get(source=campaign.key)
    rows = np.flatnonzero(chosen)
    variants = [0, *(int(key.split("|")[1].partition("=")[2]) for key in keys[1:])]

    def row(place: int) -> Delivery:
        is_held = bool(ghost[place])
        return Delivery(
            stream=stream, round=number, customer_id=place + 1, slot="09:00", channel="email",
            variant_id=variants[int(chosen[place])], state="suppressed" if is_held else "handed",
            reason="ghost" if is_held else "", key=f"{campaign.pk}-{number}-{place}", due_at=at,
            handed_at=None if is_held else at, cost_money=0 if is_held else 1_000, cost_messages=0 if is_held else 1,
        )  # fmt: skip

    for batch in _batches(rows.tolist()):
        Delivery.objects.bulk_create(row(place) for place in batch)
    sent = int((~ghost[rows]).sum())
    for resource, amount in (("money", 1_000 * sent), ("messages", sent)):
        Budget.objects.filter(stream=stream, scope="campaign", resource=resource).update(
            committed=F("committed") + amount
        )


def _steps(campaign: Any, number: int, keys: Sequence[str], chosen: Any, ghost: Any, at: datetime) -> None:
    from setpoint.autopilot.models import Step

    def keep(name: str, result: dict[str, Any], later: timedelta) -> None:
        Step.objects.create(campaign=campaign, round=number, name=name, result=result, finished_at=at + later)

    n, picked, held = len(chosen), int((chosen > 0).sum()), int(ghost.sum())
    hour, week = timedelta(hours=1), timedelta(days=7)
    keep("analyse", {"audience": n, "reachable": n, "base_rate": 0.05, "features": list(FEATURES), "summary": {},
                     "segments": {"loyal": n // 2, "lost": n - n // 2}}, hour)  # fmt: skip
    posterior = {"mean": 0.02, "low": 0.01, "high": 0.03, "share": SENT_SHARE / (len(keys) - 1)}
    keep("plan", {"decided": n, "none": n - picked, "held_out": 0, "ghost": held, "to_send": picked - held,
                  "measure_at": (at + week).isoformat(), "forecast_effect": 900.0, "forecast_cost": 250.0,
                  "money_for_round": 900.0, "need": None, "shadow_prices": {"money": 2.0}, "gap": 0.01,
                  "personalisation": "not proven", "policy_version": "bench",
                  "posteriors": [posterior | {"key": key} for key in keys]}, hour)  # fmt: skip
    keep("review", {"measure_at": (at + week).isoformat(), "by": "automatic", "checks": {}}, hour)
    keep("execute", {"states": {"reserved": picked - held, "suppressed": held}, "reasons": {"ghost": held}}, hour)
    if campaign.state == "running" and number == ROUNDS:
        return
    keep("collect", {"ledger": {"handed": picked - held}, "converted": n // 20, "revenue": 30.0 * (n // 20),
                     "redeemed": 0, "unsubscribed": 10, "complained": 1}, week)  # fmt: skip
    keep("evaluate", _evaluation(number, picked, held), week)
    outcome = "goal" if campaign.state == "ended" and number == ROUNDS else "next"
    keep("conclude", {"outcome": outcome, "reason": "goal_not_yet_proven", "evidence": {}}, week)


def _evaluation(number: int, picked: int, held: int) -> dict[str, Any]:
    best = 900.0 * number
    reading = {"estimate": best, "proven_at_least": 0.6 * best, "interval": [0.6 * best, 1.4 * best],
               "standard_error": 0.2 * best, "verdict": "proven", "method": "group sequential", "information": 0.2 * number,
               "looks": number, "exposed": picked - held, "withheld": held, "conversions_exposed": 0.06 * (picked - held),
               "conversions_withheld": 0.05 * held}  # fmt: skip
    return {"reading": reading, "goal_value": best, "goal_proven": 0.6 * best, "goal_interval": [0.6 * best, 1.4 * best],
            "is_proven": False, "proof_reason": "window_below_target", "echo": {},
            "ratio": {"expected": 0.2, "observed": 0.2, "p_value": 0.7, "alarm": False}, "harm": [],
            "chance_of_goal": 0.7, "spend": {"money": 250_000_000 * number}, "reserved": {"money": 0}, "revenue": 1e6,
            "incremental_revenue": 2e4, "incremental_revenue_interval": [1e4, 3e4],
            "looks": [0.2 * each for each in range(1, number + 1)], "planned_information": 1e5, "guards": {}}  # fmt: skip


def _bring_up_to_date(now: datetime) -> None:
    from setpoint.autopilot.room import counted, days, reports, samples
    from setpoint.customers import frames

    frames.settle()
    while counted.refresh(now):
        pass
    days.refresh(now)
    while samples.refresh():
        pass
    while reports.refresh(now):
        pass
    _tags(now)


def _tags(now: datetime) -> None:
    """Two tags of people and rules beside the value cells and clusters, all brought up to date."""
    from setpoint.customers.tags import services as tags
    from setpoint.insights.tagging.refreshing import refresh_next

    rule = {"performed": "Order Completed", "op": ">=", "count": 3, "within_days": 365}
    tags.define_tag(tags.TagDraft("regular", "rule", "behaviour", {"tree": rule}, half_life_days=30.0), now=now)
    tags.define_tag(tags.TagDraft("vip", half_life_days=90.0), now=now)
    tags.set_tag(SHOWN, "vip", 0.8, now=now)
    while refresh_next(now):
        pass


def _batches(places: Sequence[int]) -> Iterator[Sequence[int]]:
    yield from (places[first : first + BATCH] for first in range(0, len(places), BATCH))


def main(arguments: Sequence[str]) -> None:
    """Fill the home that the environment names."""
    import django

    django.setup()
    count, seed, email, password = arguments
    fill(int(count), int(seed), email, password)


if __name__ == "__main__":
    main(sys.argv[1:])
