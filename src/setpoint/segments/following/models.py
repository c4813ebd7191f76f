"""Tables of followed segments: which, who is in them, who came and went, and the events that their conditions count."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Followed(models.Model):
    """A segment that is followed. `version` is the segment's for which `Member` holds."""

    class Mode(models.TextChoices):
        """How it is followed; see types.Mode."""

        STARTING = "starting"
        LIVE = "live"
        REVIEWED = "reviewed"

    segment = models.OneToOneField("segments.Segment", on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.STARTING)
    reason = models.CharField(max_length=10, default="", blank=True)
    since = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)


class Member(models.Model):
    """A customer who is in a followed segment now."""

    followed = models.ForeignKey(Followed, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer_id", "followed"], name="following_member_once")
        ]
        indexes: ClassVar = [models.Index(fields=["followed"], name="following_member_segment")]


class Change(models.Model):
    """A customer entered or left. One event lets one customer enter, or leave, a segment at most once."""

    followed = models.ForeignKey(Followed, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer_id = models.BigIntegerField()
    entered = models.BooleanField()
    at = models.DateTimeField()
    cause = models.CharField(max_length=10)
    message_id = models.CharField(max_length=100, default="", blank=True)
    event = models.CharField(max_length=255, default="", blank=True)
    event_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message_id", "followed", "customer_id", "entered"],
                condition=~models.Q(message_id=""),
                name="following_change_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["followed", "id"], name="following_change_segment"),
            models.Index(fields=["customer_id", "id"], name="following_change_customer"),
        ]


class Kept(models.Model):
    """An event that a followed segment's conditions may count: `ts` in microseconds since 1970, properties as JSON."""

    message_id = models.CharField(max_length=100, unique=True)
    customer_id = models.BigIntegerField()
    event = models.CharField(max_length=255)
    ts = models.BigIntegerField()
    value = models.FloatField(null=True)
    properties = models.TextField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer_id", "event"], name="following_kept_customer"),
            models.Index(fields=["event", "ts"], name="following_kept_age"),
        ]
