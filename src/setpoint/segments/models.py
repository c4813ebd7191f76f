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
