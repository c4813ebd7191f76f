"""Tables of content: templates, their variants, offers."""

from __future__ import annotations

from django.db import models


class Template(models.Model):
    """A message for one channel and one purpose; its variants are the wordings that compete."""

    name = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=32)
    purpose = models.CharField(max_length=32, default="marketing")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One wording of a template, in one language or any, with its compiled form."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=16, default="", blank=True)
    subject = models.CharField(max_length=1000, default="", blank=True)
    body = models.TextField()
    text = models.TextField(default="", blank=True)
    format = models.CharField(max_length=8)
    compiled_html = models.TextField(default="", blank=True)
    compiled_text = models.TextField(default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "name", "language"], name="content_variant_name"),
            models.CheckConstraint(
                condition=models.Q(format__in=["mjml", "html", "text"]), name="content_variant_format"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language or '*'})"


class Offer(models.Model):
    """A benefit that a message may carry. Money in micros, percent in basis points."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=8)
    value = models.BigIntegerField(default=0)
    cap = models.BigIntegerField(default=0)
    text = models.JSONField(default=dict)
    code_prefix = models.CharField(max_length=32, default="", blank=True)
    valid_days = models.PositiveIntegerField(default=14)
    min_order = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["none", "amount", "percent"]), name="content_offer_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0, cap__gte=0, min_order__gte=0), name="content_offer_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name
