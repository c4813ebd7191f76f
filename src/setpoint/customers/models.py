"""Tables of customers: people, their identities, what they agreed to, and who must not be written to."""

from __future__ import annotations

from django.db import models

from setpoint.customers.types import IDENTITY_KINDS

_KINDS = models.Q(kind__in=IDENTITY_KINDS)
_STATES = models.Q(state__in=["granted", "denied"])


class _Living(models.Manager["Customer"]):
    """Customers who are somebody: records that were merged into another are not."""

    def get_queryset(self) -> models.QuerySet[Customer]:
        return super().get_queryset().filter(merged_into__isnull=True)


class Customer(models.Model):
    """One person. `stated` holds, for each trait and setting, the moment of its last statement (microseconds);
    `revision` is the number of the last change, of consents too. A record with `merged_into` is another id of that
    customer; `objects` are all others, `everyone` all.
    """

    language = models.CharField(max_length=16, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    traits = models.JSONField(default=dict)
    stated = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    revision = models.BigIntegerField(default=0)
    merged_into = models.BigIntegerField(null=True)

    objects = _Living()
    everyone: models.Manager[Customer] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["revision"], name="customers_changed"),
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="customers_merged_into"
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.pk}"


class Revision(models.Model):
    """The number of the last transaction that changed customers, where the database numbers none itself (SQLite)."""

    number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.number)


class Removal(models.Model):
    """A customer who is gone, so that readers of columns forget them too."""

    customer_id = models.BigIntegerField(primary_key=True)
    revision = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"customer {self.customer_id}, gone"


class Identity(models.Model):
    """One name of a person: (kind, value) is one customer's alone. The highest id of a kind is the current one.

    `last_at` is kept by the day: the first moment of each day on which it was seen.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities", db_index=False)
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=512)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="customers_identity_once"),
            models.CheckConstraint(condition=_KINDS, name="customers_identity_kind"),
        ]
        indexes = [
            # Without the kind in it, SQLite would rather read everybody's names of one kind than those of a few customers.
            models.Index(fields=["customer", "kind"], name="customers_identity_of"),
            models.Index(fields=["value"], opclasses=["varchar_pattern_ops"], name="customers_identity_value"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Consent(models.Model):
    """What a customer last said for a channel and a purpose. No row means that nothing was said."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents", db_index=False)
    channel = models.CharField(max_length=50)
    purpose = models.CharField(max_length=50)
    state = models.CharField(max_length=8)
    source = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "channel", "purpose"], name="customers_consent_once"),
            models.CheckConstraint(condition=_STATES, name="customers_consent_state"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}/{self.purpose}: {self.state}"


class ConsentChange(models.Model):
    """One change of a consent, kept for ever. Rows are only ever added."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=50)
    purpose = models.CharField(max_length=50)
    state = models.CharField(max_length=8)
    source = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=_STATES, name="customers_consent_change_state")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.channel}/{self.purpose}: {self.state}"


class Suppression(models.Model):
    """An address that must not be written to on a channel; channel "*" means on none. Stronger than any consent."""

    channel = models.CharField(max_length=50)
    address = models.CharField(max_length=512)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="customers_suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.address}"


class TraitName(models.Model):
    """A trait that some customer has or had, and its widest type: number, boolean, or else text."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=8)

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"


class Job(models.Model):
    """One action on many customers, worked off in the background: `selection` says who, `arguments` what.

    The chosen ids are fixed when it starts (`chosen`, packed); `done` of them are behind it.
    """

    class State(models.TextChoices):
        """cancelling: stops before the next piece."""

        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        CANCELLED = "cancelled"
        DONE = "done"
        FAILED = "failed"

    verb = models.CharField(max_length=20)
    selection = models.JSONField()
    arguments = models.JSONField()
    actor = models.CharField(max_length=250)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    chosen = models.BinaryField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    failure = models.JSONField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="customers_job_state")]

    def __str__(self) -> str:
        return f"{self.verb}: {self.done} of {self.total}"


from setpoint.customers.identity_models import (
    AliasChange,
    Claim,
    JoinSettings,
    MatchRun,
    Merge,
    Part,
    Proposal,
)
from setpoint.customers.tag_models import (
    Tag,
    TagBlock,
    TagBoost,
    TagChange,
    TagChangeBlock,
    TagChangeOf,
    TagLately,
)

__all__ = [
    "AliasChange",
    "Claim",
    "Consent",
    "ConsentChange",
    "Customer",
    "Identity",
    "Job",
    "JoinSettings",
    "MatchRun",
    "Merge",
    "Part",
    "Proposal",
    "Removal",
    "Revision",
    "Suppression",
    "Tag",
    "TagBlock",
    "TagBoost",
    "TagChange",
    "TagChangeBlock",
    "TagChangeOf",
    "TagLately",
    "TraitName",
]
