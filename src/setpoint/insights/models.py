"""Tables of insights: what was found of all customers' value, and by what settings."""

from __future__ import annotations

from django.db import models


class Finding(models.Model):
    """One look at everybody, "rfm" or "clusters": its settings, and the newest report as JSON ({} until there is one)."""

    name = models.CharField(max_length=20, unique=True)
    settings = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    failure = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.name}, {self.made_at}"
