"""Tables of identity resolution: rules, merges with their before images, who claims a value, proposals and runs."""

from __future__ import annotations

from django.db import models

METHODS = ("rule", "model", "person")


class JoinSettings(models.Model):
    """The company's rules, one row: `rules` by kind of identity (see identity.rules), and what scores mean.

    `columns` are the traits that are compared, null for those chosen by name; `automatic_above` null merges nothing
    without a person.
    """

    rules = models.JSONField(default=dict)
    columns = models.JSONField(null=True)
    propose_above = models.FloatField(default=0.5)
    automatic_above = models.FloatField(null=True)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.version}"


class Merge(models.Model):
    """Two records that are one person, until undone. A person's records are those that such rows connect."""

    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    survivor_id = models.BigIntegerField()
    merged_id = models.BigIntegerField()
    method = models.CharField(max_length=6)
    evidence = models.JSONField(default=list)
    score = models.FloatField(null=True)
    actor = models.CharField(max_length=250)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=250, blank=True)
    undone_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_id__lt=models.F("second_id")), name="customers_merge_order"
            ),
            models.CheckConstraint(condition=models.Q(method__in=METHODS), name="customers_merge_method"),
            models.UniqueConstraint(
                fields=["first_id", "second_id"],
                condition=models.Q(undone_at__isnull=True),
                name="customers_merge_once",
            ),
        ]
        indexes = [
            models.Index(fields=["second_id"], name="customers_merge_second"),
            models.Index(fields=["survivor_id"], name="customers_merge_survivor"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} + {self.second_id}"


class Part(models.Model):
    """What one record of a merged person is by itself: its before image, and what was stated of it since."""

    customer_id = models.BigIntegerField(primary_key=True)
    root_id = models.BigIntegerField(db_index=True)
    image = models.JSONField()

    def __str__(self) -> str:
        return f"customer {self.customer_id} in {self.root_id}"


class AliasChange(models.Model):
    """From now on `customer_id` means `survivor_id` (itself: no alias any more). Rows are only added; the lake's
    readers get them as a table."""

    customer_id = models.BigIntegerField()
    survivor_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.customer_id} means {self.survivor_id}"


class Claim(models.Model):
    """A customer stated a value that is another's: a shared telephone, a family's device."""

    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=512)
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value", "customer"], name="customers_claim_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class MatchRun(models.Model):
    """One search for people with several records ("match"), or the acceptance of many proposals ("accept")."""

    class State(models.TextChoices):
        """cancelling: stops at the next step."""

        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        CANCELLED = "cancelled"
        DONE = "done"
        FAILED = "failed"

    verb = models.CharField(max_length=6)
    least = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=20, blank=True)
    progress = models.FloatField(default=0)
    found = models.BigIntegerField(default=0)
    merged = models.BigIntegerField(default=0)
    told = models.JSONField(default=dict)
    failure = models.JSONField(null=True)
    actor = models.CharField(max_length=250)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="customers_match_state")]

    def __str__(self) -> str:
        return f"{self.verb}: {self.state}"


class Proposal(models.Model):
    """Two customers who may be one person, with what speaks for it, until somebody decides."""

    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    score = models.FloatField()
    evidence = models.JSONField(default=list)
    home = models.FloatField(default=0)
    state = models.CharField(max_length=8, default="open")
    run = models.ForeignKey(MatchRun, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=250, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first_id", "second_id"], name="customers_proposal_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "accepted", "rejected"]), name="customers_proposal_state"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-score", "id"], name="customers_proposal_list"),
            models.Index(fields=["second_id"], name="customers_proposal_second"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
