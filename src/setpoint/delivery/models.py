"""The ledger's tables. Constraints hold the invariants even where code is wrong."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from setpoint.delivery.types import State


class Stream(models.Model):
    """Everything one sender (a campaign) wants delivered, its limits and whether it may send now."""

    source = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, default="open")
    purpose = models.CharField(max_length=50, default="marketing")
    quiet_start = models.CharField(max_length=5, blank=True, default="")
    quiet_end = models.CharField(max_length=5, blank=True, default="")
    warn_share = models.FloatField(default=0.8)
    state_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.source


class Budget(models.Model):
    """One limit of a stream. `window_days` 0 means "for ever"; the scope "customer" is counted from deliveries."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="budgets")
    scope = models.CharField(max_length=100)
    resource = models.CharField(max_length=10)
    window_days = models.PositiveIntegerField(default=0)
    limit = models.BigIntegerField()
    reserved = models.BigIntegerField(default=0)
    committed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "scope", "resource", "window_days"], name="budget_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="budget_reserved_not_negative"),
            models.CheckConstraint(condition=Q(committed__gte=0), name="budget_committed_not_negative"),
            models.CheckConstraint(condition=Q(limit__gte=F("reserved") + F("committed")), name="budget_never_passed"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.resource}"


class DeliveryWarning(models.Model):
    """A limit came near or was reached; one row per level."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="limit_warnings")
    scope = models.CharField(max_length=100)
    resource = models.CharField(max_length=10)
    level = models.CharField(max_length=10)
    limit = models.BigIntegerField()
    used = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "scope", "resource", "level"], name="warning_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.resource} {self.level}"


class Delivery(models.Model):
    """One message for one customer: the ledger's row. Money in micros.

    `send_*` is what sending is planned to cost; `reserved_*` what is put aside now (send and offer together);
    `cost_*` what sending has cost; `offer_cost` what the redeemed offer has cost.
    """

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    round = models.PositiveIntegerField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    slot = models.CharField(max_length=64)
    channel = models.CharField(max_length=50)
    variant_id = models.BigIntegerField()
    offer_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in State])
    reason = models.CharField(max_length=200, blank=True, default="")
    key = models.CharField(max_length=64, unique=True)
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=100, blank=True, default="")
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    send_money = models.BigIntegerField(default=0)
    send_messages = models.BigIntegerField(default=1)
    send_time = models.BigIntegerField(default=0)
    reserved_money = models.BigIntegerField(default=0)
    reserved_messages = models.BigIntegerField(default=0)
    reserved_time = models.BigIntegerField(default=0)
    cost_money = models.BigIntegerField(default=0)
    cost_messages = models.BigIntegerField(default=0)
    cost_time = models.BigIntegerField(default=0)

    offer_code = models.CharField(max_length=64, blank=True, default="")
    offer_kind = models.CharField(max_length=10, default="none")
    offer_value = models.BigIntegerField(default=0)
    offer_cap = models.BigIntegerField(default=0)
    offer_liability = models.BigIntegerField(default=0)
    offer_state = models.CharField(max_length=10, default="none")  # none open redeemed expired released
    offer_cost = models.BigIntegerField(default=0)
    offer_order_id = models.CharField(max_length=200, blank=True, default="")
    offer_expires_at = models.DateTimeField(null=True)

    handed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=255, blank=True, default="")
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    machine_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "round", "customer", "slot"], name="delivery_once"),
            models.UniqueConstraint(fields=["offer_code"], condition=~Q(offer_code=""), name="delivery_code_once"),
            models.CheckConstraint(
                condition=Q(reserved_money__gte=0, reserved_messages__gte=0, reserved_time__gte=0),
                name="delivery_reserved_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["stream", "state", "channel", "due_at"], name="delivery_due"),
            models.Index(fields=["customer", "handed_at"], name="delivery_customer"),
            models.Index(fields=["claimed_by"], condition=Q(state="claimed"), name="delivery_claimed"),
            models.Index(
                fields=["stream", "offer_expires_at"], condition=Q(offer_state="open"), name="delivery_offers"
            ),
            models.Index(fields=["handed_at"], condition=Q(handed_at__isnull=False), name="delivery_handed"),
        ]

    def __str__(self) -> str:
        return self.key


class ChannelAccount(models.Model):
    """One configured channel: which plug-in, its encrypted settings, what a message costs, and its breaker."""

    name = models.CharField(max_length=50, unique=True)
    plugin = models.CharField(max_length=50)
    settings = models.TextField()
    cost_per_message = models.BigIntegerField(default=0)
    seconds_per_message = models.BigIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    max_per_second = models.FloatField(default=0)
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField(default=0)
    trips = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=300, blank=True, default="")
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=300, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class ChannelDay(models.Model):
    """What a channel did on one day (UTC). Counted as it happens, so that its health is read from a few rows."""

    channel = models.CharField(max_length=50)
    day = models.DateField()
    handed = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    bounced = models.PositiveIntegerField(default=0)
    complained = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day"], name="delivery_channel_day_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.day}"


class TestMessage(models.Model):
    """A message that somebody sent to try a channel. Outside the ledger; the address is kept masked."""

    __test__ = False
    channel = models.CharField(max_length=50)
    address = models.CharField(max_length=200)
    variant_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=250)
    status = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["channel", "at"], name="delivery_test_recent")]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d %H:%M} {self.status}"


class Pause(models.Model):
    """A customer wants to hear nothing until a moment. Consent stays what it was."""

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} until {self.until:%Y-%m-%d}"
