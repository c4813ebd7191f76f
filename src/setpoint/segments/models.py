"""Tables of segments."""

from __future__ import annotations

from django.db import models


class Segment(models.Model):
    """An audience with a name. `tree` is the JSON form of segments.types."""

    name = models.CharField(max_length=120, unique=True)
    description = models.CharField(max_length=1000, default="", blank=True)
    tree = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """The members of a segment at a moment. `members` are their ids, ascending, packed (see `snapshots`)."""

    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="snapshots")
    name = models.CharField(max_length=120)
    taken_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    members = models.BinaryField()

    class Meta:
        ordering = ["-taken_at", "-id"]

    def __str__(self) -> str:
        return self.name


class DayCount(models.Model):
    """How many were in a segment on a day (UTC), read once on that day by the rule of that moment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    count = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_day_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day}"
