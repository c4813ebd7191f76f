"""Tables of governance: the company, API keys, the audit trail."""

from __future__ import annotations

from django.db import models


class Company(models.Model):
    """The one company that this installation works for. Always the row with id 1."""

    name = models.CharField(max_length=200, default="My company")
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=16, default="en")
    physical_address = models.TextField(default="", blank=True)
    from_name = models.CharField(max_length=200, default="", blank=True)
    brand_colour = models.CharField(max_length=7, default="#1668DC")
    quiet_start = models.CharField(max_length=5, default="", blank=True)
    quiet_end = models.CharField(max_length=5, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="governance_one_company")]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A credential of a program. Only the hash and the first characters are kept."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, default="api")
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["api", "write"]), name="governance_api_key_kind")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}...)"


class AuditEntry(models.Model):
    """One change that somebody made. Rows are only ever added."""

    actor = models.CharField(max_length=250)
    verb = models.CharField(max_length=100)
    subject = models.CharField(max_length=250)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="governance_audit_subject")]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject}"
