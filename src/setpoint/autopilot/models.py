"""Tables of the loop: campaigns, the journal of their rounds, and what people told them."""

from __future__ import annotations

from django.db import models


class Campaign(models.Model):
    """A goal, its limits, and how far the loop has come. `spec` is a CampaignSpec as JSON."""

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        PAUSED = "paused"
        ENDED = "ended"

    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    outcome = models.CharField(max_length=10, blank=True, default="")
    waiting_for = models.CharField(max_length=20, blank=True, default="")
    spec = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    round = models.PositiveIntegerField(default=1)
    round_started_at = models.DateTimeField(null=True)
    plan_changed = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True)
    leased_until = models.FloatField(default=0.0)
    leased_by = models.CharField(max_length=200, blank=True, default="")
    failure = models.JSONField(null=True)
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"])]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Name of the campaign in ledger, decision log and random draws."""
        return f"campaign:{self.pk}"


class Step(models.Model):
    """One finished step of one round: the journal from which the loop goes on after any stop."""

    campaign = models.ForeignKey(Campaign, related_name="steps", on_delete=models.CASCADE)
    round = models.PositiveIntegerField()
    name = models.CharField(max_length=20)
    result = models.JSONField()
    finished_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "round", "name"], name="step_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.round}/{self.name}"


class Intervention(models.Model):
    """What a person told a campaign, the advice they were given, and what was done."""

    campaign = models.ForeignKey(Campaign, related_name="interventions", on_delete=models.CASCADE)
    verb = models.CharField(max_length=20)
    change = models.JSONField(default=dict)
    advice = models.JSONField(default=list)
    answer = models.JSONField(default=dict)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    round = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor}"


class Summary(models.Model):
    """Figures that take long to count, counted by the worker: pages read them from here. `figures` is a Counted as JSON.

    `mark` tells what they were counted from; while it stays the same they are not counted again.
    """

    campaign = models.OneToOneField(Campaign, related_name="summary", on_delete=models.CASCADE)
    mark = models.CharField(max_length=200)
    figures = models.JSONField()
    counted_at = models.DateTimeField()
    counted_wall = models.FloatField(default=0.0)
    seconds = models.FloatField(default=0.0)
    report = models.JSONField(null=True)
    report_mark = models.CharField(max_length=200, blank=True, default="")
    sample = models.JSONField(null=True)
    sample_round = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"summary of {self.campaign_id}"


class Share(models.Model):
    """An address under which a campaign's report can be read without signing in, until it expires or is revoked."""

    campaign = models.ForeignKey(Campaign, related_name="shares", on_delete=models.CASCADE)
    created_by = models.CharField(max_length=250)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"share of {self.campaign_id}"


class Day(models.Model):
    """What one day brought, in the company's time zone; counted by the worker while it may still change."""

    day = models.DateField(unique=True)
    sent = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    revenue = models.FloatField(default=0.0)
    mark = models.CharField(max_length=100, blank=True, default="")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.day)
