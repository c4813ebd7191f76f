"""Tables: connections to sources, their runs, what landed of which row, refused rows, readings of data quality."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Scheduled(models.Model):
    """What a connection and an export have in common. `secrets` is encrypted."""

    class State(models.TextChoices):
        """active: runs when due; paused: waits for a person."""

        ACTIVE = "active"
        PAUSED = "paused"

    name = models.CharField(max_length=200, unique=True)
    plugin = models.CharField(max_length=50)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    allow_private = models.BooleanField(default=False)
    schedule_minutes = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    next_run_at = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class ScheduledRun(models.Model):
    """One run of such. `OWNER` names the field that says whose."""

    class State(models.TextChoices):
        """A run "running" whose lock is free was killed and is taken up again; cancelling: stops at the next batch."""

        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        CANCELLED = "cancelled"
        DONE = "done"
        FAILED = "failed"

    OWNER: ClassVar[str]
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    failure = models.JSONField(null=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Connection(Scheduled):
    """One source as the company set it up. `cursor` says how far its rows have landed; `columns` keeps the order that
    PostgreSQL takes from the mapping's keys.
    """

    target = models.CharField(max_length=10)
    mapping = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    identity = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    cursor = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "next_run_at"], name="connection_due")]


class Run(ScheduledRun):
    """One pull of a connection. read = created + changed + same + refused, at every moment."""

    OWNER = "connection"
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, default="pull")
    rows_read = models.BigIntegerField(default=0)
    rows_created = models.BigIntegerField(default=0)
    rows_changed = models.BigIntegerField(default=0)
    rows_same = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    cursor_from = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "queued_at"], name="source_run_state"),
            models.Index(fields=["connection", "-id"], name="source_run_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    rows_read=models.F("rows_created")
                    + models.F("rows_changed")
                    + models.F("rows_same")
                    + models.F("rows_refused")
                ),
                name="source_run_adds_up",
            ),
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(state__in=["queued", "running", "cancelling"]),
                name="source_run_one_open",
            ),
        ]


class RefusedRow(models.Model):
    """A row that did not land, as it came; `key` makes it one row however often it is refused."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="refused")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="refused")
    key = models.CharField(max_length=32)
    row = models.BigIntegerField()
    content = models.JSONField()
    field = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    refused_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "key"], name="refused_row_once")]


class LandedRow(models.Model):
    """What a row said when it last landed, as digests: `stream` is the connection's id, 0 for orders of all sources."""

    stream = models.BigIntegerField()
    key = models.CharField(max_length=32)
    digest = models.CharField(max_length=32)
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["stream", "key"], name="landed_row_once")]


class InboundCall(models.Model):
    """One signed call of an inbound webhook, waiting for its connection's next run."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="calls")
    call_id = models.CharField(max_length=100)
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "call_id"], name="inbound_call_once")]


class TraitRules(models.Model):
    """The cleaning rules that hold for every source, in their order. Always the row with id 1."""

    rules = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)


class QualityWish(models.Model):
    """When somebody asked for data quality to be measured, and when it last was. Always the row with id 1."""

    asked_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)


class QualityReading(models.Model):
    """How good one trait's data was on one day. Rates are shares of all customers, 0 to 1."""

    day = models.DateField()
    trait = models.CharField(max_length=200)
    rows = models.BigIntegerField()
    completeness = models.FloatField()
    validity = models.FloatField()
    uniqueness = models.FloatField()
    freshness_days = models.FloatField(null=True)
    drift = models.FloatField(null=True)
    profile = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "trait"], name="quality_once_a_day")]
