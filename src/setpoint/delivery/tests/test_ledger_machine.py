"""The ledger under any sequence of verbs: no limit is passed, sums equal rows, and each state means what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import F, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import accounts, services
from setpoint.delivery.models import Budget, ChannelAccount, Delivery, DeliveryWarning, Stream
from setpoint.delivery.tests.conftest import bare_compose
from setpoint.delivery.types import Amounts, Feedback, Limit, PlannedDelivery, Receipt, Redemption, State
from setpoint.kernel.errors import Conflict

SOURCE = "campaign:1"
statuses = st.sampled_from(["accepted", "delivered", "bounced", "rejected", "retry", "unknown"])


class LedgerMachine(RuleBasedStateMachine):
    """One stream, six customers, every verb."""

    @initialize(money=st.integers(0, 300), messages=st.integers(0, 20), cap=st.integers(0, 5))
    def begin(self, money: int, messages: int, cap: int) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.round = 0
        for table in (Delivery, DeliveryWarning, Budget, Stream, ChannelAccount):
            table.objects.all().delete()
        accounts._live.clear()
        self.channel = accounts.live_channel(accounts.set_channel("email", "recording", {}))
        said = (ConsentRecord("email", "marketing", "granted"),)
        people = [Profile({"email": f"m{n}@example.com"}, consents=said, at=self.now) for n in range(6)]
        self.ids = upsert_customers(people, now=self.now)
        limits = [
            Limit("campaign", "money", money),
            Limit("channel:email", "messages", messages),
            Limit("customer", "messages", cap, window_days=3),
        ]
        services.open_stream(SOURCE, limits=limits, now=self.now)

    @rule(
        people=st.lists(st.integers(0, 5), max_size=8),
        cost=st.integers(0, 9),
        value=st.integers(0, 30),
        kind=st.sampled_from(["none", "amount", "percent"]),
        hold=st.sampled_from(["", "", "", "ghost"]),
    )
    def plan(self, people, cost, value, kind, hold):
        self.round += 1
        rows = [
            PlannedDelivery(
                customer_id=self.ids[one],
                slot="09:00",
                channel="email",
                variant_id=1,
                due_at=self.now,
                send_cost=Amounts(cost, 1, 1),
                offer_liability=value if kind != "none" else 0,
                offer_code=f"{self.round}-{one}" if kind != "none" else "",
                offer_kind=kind if value else "none",
                offer_value=value if kind == "amount" else 5_000,
                offer_cap=value if kind == "percent" else 0,
                offer_expires_at=self.now + timedelta(days=2),
                hold_back=hold,
            )
            for one in people
        ]
        receipt = services.plan_deliveries(SOURCE, self.round, rows, now=self.now)
        assert sum(receipt.states.values()) == len(set(people))
        assert services.plan_deliveries(SOURCE, self.round, rows, now=self.now) == receipt

    @rule(answers=st.lists(statuses, min_size=1, max_size=4), limit=st.integers(1, 6))
    def send(self, answers, limit):
        self.channel.answer = lambda message: Receipt(message.key, answers[message.delivery_id % len(answers)])
        services.send_due(worker="machine", now=self.now, compose=bare_compose, limit=limit)

    @rule(limit=st.integers(1, 3))
    def claim_and_stop(self, limit):
        """A worker elsewhere that claims and is never heard of again."""
        services.claim(worker="elsewhere", now=self.now, limit=limit)

    @rule(data=st.data(), kind=st.sampled_from(["delivered", "bounced_hard", "failed", "opened", "clicked"]))
    def hear(self, data, kind):
        keys = list(Delivery.objects.values_list("key", flat=True))
        if keys:
            services.record_feedback([Feedback(kind, data.draw(st.sampled_from(keys)), self.now)], now=self.now)

    @rule(data=st.data(), value=st.integers(0, 100))
    def settle(self, data, value):
        codes = [*Delivery.objects.exclude(offer_code="").values_list("offer_code", flat=True), "nobody"]
        told = data.draw(st.lists(st.sampled_from(codes), max_size=4))
        redemptions = [Redemption(code, value, self.now, f"o{n}") for n, code in enumerate(told)]
        services.settle(SOURCE, now=self.now, redemptions=redemptions)

    @rule(money=st.integers(0, 400), messages=st.integers(0, 30))
    def change_limits(self, money, messages):
        before = services.budgets(SOURCE)
        limits = [Limit("campaign", "money", money), Limit("channel:email", "messages", messages)]
        bound = {line.resource: line.reserved + line.committed for line in before}
        fits = money >= bound.get("money", 0) and messages >= bound.get("messages", 0)
        try:
            services.change_limits(SOURCE, limits, now=self.now)
        except Conflict:
            assert not fits
            assert services.budgets(SOURCE) == before
        else:
            assert fits

    @rule()
    def recall(self):
        services.recall(SOURCE, now=self.now)
        assert not Delivery.objects.filter(state__in=[State.PLANNED, State.RESERVED]).exists()

    @rule(minutes=st.sampled_from([1, 20, 60 * 24, 60 * 24 * 4]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)
        services.reconcile(now=self.now)

    @invariant()
    def no_limit_is_passed_and_sums_equal_rows(self):
        for budget in Budget.objects.exclude(scope="customer"):
            name = budget.resource
            sums = Delivery.objects.aggregate(
                reserved=Sum(f"reserved_{name}"), cost=Sum(f"cost_{name}"), offers=Sum("offer_cost")
            )
            committed = (sums["cost"] or 0) + ((sums["offers"] or 0) if name == "money" else 0)
            assert (budget.reserved, budget.committed) == (sums["reserved"] or 0, committed)
            assert budget.reserved + budget.committed <= budget.limit

    @invariant()
    def states_mean_what_they_say(self):
        rows = Delivery.objects
        held = rows.filter(state__in=["reserved", "claimed"]).exclude(
            reserved_money=F("send_money") + F("offer_liability"), reserved_messages=1, cost_messages=0, handed_at=None
        )
        assert not held.exists()
        never_left = rows.filter(state="suppressed").exclude(reserved_money=0, reserved_messages=0, cost_messages=0)
        assert not never_left.exists()
        left = rows.filter(state__in=["handed", "delivered", "bounced", "unknown"])
        assert not left.exclude(cost_money=F("send_money"), cost_messages=1, reserved_messages=0).exists()
        assert not left.filter(handed_at=None).exists()
        closed = rows.exclude(offer_state="open").filter(state__in=["handed", "delivered", "bounced", "unknown"])
        assert not closed.exclude(reserved_money=0).exists()
        assert not rows.filter(offer_cost__gt=F("offer_liability")).exists()


class LedgerTest(LedgerMachine.TestCase, TestCase):
    """Runs the machine; each example in a transaction of its own."""

    settings = settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
