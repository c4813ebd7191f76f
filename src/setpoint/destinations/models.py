"""Tables: exports to destinations, their runs, what was sent of which row, rows that a destination refused."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from setpoint.sources.models import Scheduled, ScheduledRun


class Export(Scheduled):
    """One destination as the company set it up. `what` rows, `of` which segment or campaign; `columns` by our name the
    name under which each is sent, none: all."""

    what = models.CharField(max_length=10)
    of = models.BigIntegerField(null=True)
    columns = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "next_run_at"], name="export_due")]


class ExportRun(ScheduledRun):
    """One run of an export. read = written + same + refused at every moment; `removed` were taken away there.
    `cursor`: the last customer whose rows are done; `batches`: how many batches are."""

    OWNER = "export"
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="runs")
    rows_read = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    rows_same = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    rows_removed = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "queued_at"], name="export_run_state"),
            models.Index(fields=["export", "-id"], name="export_run_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    rows_read=models.F("rows_written") + models.F("rows_same") + models.F("rows_refused")
                ),
                name="export_run_adds_up",
            ),
            models.UniqueConstraint(
                fields=["export"],
                condition=models.Q(state__in=["queued", "running", "cancelling"]),
                name="export_run_one_open",
            ),
        ]


class SentRow(models.Model):
    """What a row said when it was last written: `part` tells rows of one customer apart, `key` is what it goes by
    there, `digest` stands for all of it."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer_id = models.BigIntegerField()
    part = models.CharField(max_length=100, blank=True)
    key = models.JSONField()
    digest = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "customer_id", "part"], name="export_sent_once")
        ]


class UntakenRow(models.Model):
    """A row that the destination refused in the last run that offered it."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="untaken")
    run = models.ForeignKey(ExportRun, on_delete=models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField()
    part = models.CharField(max_length=100, blank=True)
    cause = models.CharField(max_length=500)
    remedy = models.CharField(max_length=500, blank=True)
    refused_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "customer_id", "part"], name="export_untaken_once")
        ]
