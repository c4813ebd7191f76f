"""A small company whose customers answer by keyed chance: for tests that drive campaigns through simulated weeks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from setpoint.autopilot import scheduler, services
from setpoint.autopilot.models import Campaign
from setpoint.content import services as content
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import services as delivery
from setpoint.delivery.models import Delivery
from setpoint.events import services as events
from setpoint.kernel import clock
from setpoint.kernel.randomness import generator, uniforms

EMAIL = (ConsentRecord("email", "marketing", "granted"),)
MESSAGE_COST = 50_000
BODY = "Hello {{ customer.first_name | default('there') }}, {{ offer.text }} {{ offer.code }}"


def profiles(count: int, now: datetime) -> list[Profile]:
    """Customers with two traits that matter a little; every twentieth has consented to nothing."""
    drawn = generator("company").normal(size=(count, 2))
    return [
        Profile(
            {"user_id": f"u{number}", "email": f"c{number}@example.com"},
            {"engagement": round(float(drawn[number, 0]), 2), "age": round(40 + 9 * float(drawn[number, 1]))},
            () if number % 20 == 19 else EMAIL,
            timezone="UTC",
            at=now,
        )
        for number in range(count)
    ]


def order(user: int, at: datetime, message_id: str, coupon: str = "", value: float = 30.0) -> dict[str, Any]:
    """One purchase, as a shop reports it."""
    used = {"coupon": coupon} if coupon else {}
    return {
        "type": "track",
        "messageId": message_id,
        "userId": f"u{user}",
        "event": "Order Completed",
        "timestamp": at.isoformat(),
        "properties": {"revenue": value, "currency": "USD", "order_id": message_id, **used},
    }


def past_orders(count: int, now: datetime) -> list[dict[str, Any]]:
    """A year of purchases, two a customer in the mean."""
    luck = generator("past")
    return [
        order(user, now - timedelta(days=float(luck.uniform(1, 360))), f"past-{user}-{number}")
        for user in range(count)
        for number in range(int(luck.poisson(2)))
    ]


def settle_events(now: datetime) -> None:
    """Fold everything that waits."""
    while not events.is_idle():
        events.fold_inbox(now=now)


@dataclass
class Company:
    """The company, its variants and offer, and the moment at which it stands."""

    now: datetime
    ids: list[int]
    variants: list[int]
    offer: int
    buys: float = 0.1
    lift: float = 0.25
    react: Callable[[Company, Campaign], None] | None = None
    moments: list[datetime] = field(default_factory=list)

    def spec(self, **changes: Any) -> dict[str, Any]:
        """A specification; changes replace top-level parts, mappings are merged."""
        made: dict[str, Any] = {
            "goal": {
                "metric": "conversions",
                "target": 40,
                "deadline": (self.now + timedelta(days=56)).isoformat(),
            },
            "limits": {"money": 100.0, "messages": 900},
            "actions": {"variants": self.variants, "offers": [0, self.offer], "slots": ["10:00"]},
            "ghost_share": 0.25,
            "hold_out": 0.05,
        }
        for name, value in changes.items():
            made[name] = (
                {**made[name], **value} if isinstance(value, dict) and isinstance(made.get(name), dict) else value
            )
        return made

    def campaign(self, **changes: Any) -> Campaign:
        """A launched campaign."""
        made = services.create_campaign("Spring", self.spec(**changes), actor="ann", now=self.now)
        return services.launch(made.pk, actor="ann", now=self.now)

    def turn(self, *, sends: bool = True, ticks: int = 20) -> None:
        """Do everything that is due at this moment."""
        with clock.at(self.now):
            for _ in range(ticks):
                settle_events(self.now)
                did = scheduler.tick(self.now)
                while sends and delivery.send_due(worker="w", now=self.now).claimed:
                    did = True
                if not did and events.is_idle():
                    return
        raise AssertionError("the company does not come to rest")

    def move(self, to: datetime) -> None:
        """Time goes on."""
        self.now = max(self.now, to)
        self.moments.append(self.now)

    def next_due(self) -> datetime | None:
        """When something is due next."""
        found = [moment for moment in (delivery.next_due(self.now), scheduler.next_due()) if moment]
        return min(found, default=None)

    def answer(self, campaign: Campaign) -> None:
        """The customers' purchases of the current round: those written to buy more often, and use their codes."""
        at = campaign.round_started_at + timedelta(days=2)
        sent = dict(
            self.rows(campaign, campaign.round).filter(handed_at__isnull=False).values_list("customer_id", "offer_code")
        )
        luck = uniforms(self.ids, "buys", campaign.round)
        buyers = [
            order(user, at, f"r{campaign.round}-{customer}", sent.get(customer, ""))
            for user, customer in enumerate(self.ids)
            if luck[user] < self.buys + self.lift * (customer in sent)
        ]
        if buyers:
            events.accept(buyers, now=self.now)

    def rows(self, campaign: Campaign, number: int | None = None) -> Any:
        """The ledger's rows of a campaign, or of one of its rounds."""
        found = Delivery.objects.filter(stream__source=campaign.key)
        return found if number is None else found.filter(round=number)

    def play(self, campaign: Campaign, *, rounds: int = 99, moments: int = 60) -> Campaign:
        """Let time pass, from one due moment to the next, until so many rounds are concluded or the campaign stops."""
        answered = 0
        for _ in range(moments):
            self.turn()
            campaign.refresh_from_db()
            due = self.next_due()
            if campaign.state != Campaign.State.RUNNING or campaign.round > rounds or due is None:
                return campaign
            if due >= campaign.round_started_at + timedelta(days=6) and answered < campaign.round:
                self.move(due - timedelta(hours=1))
                self.answer(campaign)
                answered = campaign.round
                continue
            self.move(due)
        raise AssertionError("the campaign does not come to an end")


def set_up(now: datetime, size: int = 240) -> Company:
    """Customers, their past, a template with two variants, an offer. The channel is the caller's."""
    before = now - timedelta(days=400)
    ids = upsert_customers(profiles(size, before), now=before) if size else []
    if past := past_orders(size, now):
        events.accept(past, now=now)
    settle_events(now)
    template = content.create_template("Letters", channel="email", now=now)
    variants = [
        content.create_variant(template.pk, name, now=now, subject=f"{name} news", body=BODY, format="text").pk
        for name in ("plain", "warm")
    ]
    offer = content.create_offer("two", now=now, kind="amount", value=2_000_000, code_prefix="TWO", valid_days=7)
    return Company(now, ids, variants, offer.pk)


def written_to(company: Company, campaign: Campaign) -> set[int]:
    """Customers whose message was really handed over."""
    return set(company.rows(campaign).filter(handed_at__isnull=False).values_list("customer_id", flat=True))
