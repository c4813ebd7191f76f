"""Tables of customers: people, their identities, what they agreed to, and who must not be written to."""

from __future__ import annotations

from django.db import models

from setpoint.customers.types import IDENTITY_KINDS

_KINDS = models.Q(kind__in=IDENTITY_KINDS)
_STATES = models.Q(state__in=["granted", "denied"])


class Customer(models.Model):
    """One person. `stated` holds, for each trait and setting, the moment of its last statement (microseconds)."""

    language = models.CharField(max_length=16, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    traits = models.JSONField(default=dict)
    stated = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"customer {self.pk}"


class Identity(models.Model):
    """One name of a person: (kind, value) is one customer's alone. The highest id of a kind is the current one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=512)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="customers_identity_once"),
            models.CheckConstraint(condition=_KINDS, name="customers_identity_kind"),
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
