"""Tables of the demo company: where it stands, and what its customers received."""

from __future__ import annotations

from django.db import models


class DemoCompany(models.Model):
    """The one demo company, if there is one: always the row with id 1. `blocks` holds the numbers set aside for it."""

    state = models.CharField(max_length=10)
    stage = models.CharField(max_length=10, blank=True, default="")
    percent = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(blank=True, default="")
    blocks = models.JSONField(default=dict)
    worker = models.CharField(max_length=200, blank=True, default="")
    beat = models.FloatField(default=0.0)  # machine time: a maker that fell silent was killed
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="demo_company_one")]

    def __str__(self) -> str:
        return self.state


class DemoMail(models.Model):
    """One message that the demo channel delivered. Nothing leaves the house: this row is the mail box."""

    key = models.CharField(max_length=64, unique=True)
    customer_id = models.BigIntegerField()
    address = models.CharField(max_length=512)
    subject = models.CharField(max_length=1000)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.subject
