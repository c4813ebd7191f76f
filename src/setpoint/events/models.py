"""Tables: the inbox of accepted messages, its folds into the lake, and imports of files."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Inbox(models.Model):
    """One accepted message, waiting while `batch` is null. Once folded it stays, without payload, for deduplication."""

    message_id = models.CharField(max_length=100, unique=True)
    received_at = models.DateTimeField()
    payload = models.BinaryField(null=True)
    customer_id = models.BigIntegerField(null=True)
    batch = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "id"], name="inbox_batch")]


class Fold(models.Model):
    """One batch of the inbox on its way into the lake; `number` is the version that the lake's transaction carries."""

    number = models.BigIntegerField(primary_key=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["number"], condition=models.Q(closed_at__isnull=True), name="fold_open")
        ]


class Reader(models.Model):
    """One who takes accepted messages in order, and how far it has come. `gaps`: [id, seconds since 1970 when it was
    missed] of ids below `position` that may still appear; `alive_at`: when it last said that it is at work."""

    name = models.CharField(max_length=40, unique=True)
    position = models.BigIntegerField()
    gaps = models.JSONField(default=list)
    alive_at = models.FloatField()


class Refusal(models.Model):
    """How often tracking requests were refused for a reason within an hour."""

    hour = models.DateTimeField()
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=100)
    message = models.CharField(max_length=300)
    count = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "code", "field", "message"], name="events_refusal_once")
        ]


class ImportJob(models.Model):
    """One file and how far its import has come. A job "running" whose lock is free was killed and can be taken up.

    rows_read = rows_created + rows_changed + rows_same + rows_bad; the first three are rows_good.
    """

    class State(models.TextChoices):
        """created: awaits a word to run; cancelling: stops at the next chunk."""

        CREATED = "created"
        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        CANCELLED = "cancelled"
        DONE = "done"
        FAILED = "failed"

    name = models.CharField(max_length=200)
    target = models.CharField(max_length=10)
    kind = models.CharField(max_length=10)
    file = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    actor = models.CharField(max_length=250, default="system")
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    rows_total = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    rows_good = models.BigIntegerField(default=0)
    rows_created = models.BigIntegerField(default=0)
    rows_changed = models.BigIntegerField(default=0)
    rows_same = models.BigIntegerField(default=0)
    rows_bad = models.BigIntegerField(default=0)
    problem_bytes = models.BigIntegerField(default=0)
    failure = models.JSONField(null=True)
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "queued_at"], name="import_state")]


class ImportProblem(models.Model):
    """Why one row did not land; `code` and `details` are put into the reader's language when shown."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="problems")
    row = models.BigIntegerField()
    field = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["job", "row"], name="problem_job_row")]
