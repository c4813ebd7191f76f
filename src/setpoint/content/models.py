"""Tables of content: templates, their variants and what those were before, offers."""

from __future__ import annotations

from django.db import models


class Template(models.Model):
    """A message for one channel and one purpose; its variants are the wordings that compete."""

    name = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=32)
    purpose = models.CharField(max_length=32, default="marketing")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One wording of a template, in one language or any, with its compiled form.

    `design` is the filled-in starter that the body is made from, null where an author writes the body.
    """

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=16, default="", blank=True)
    subject = models.CharField(max_length=1000, default="", blank=True)
    body = models.TextField()
    text = models.TextField(default="", blank=True)
    format = models.CharField(max_length=8)
    design = models.JSONField(null=True)
    compiled_html = models.TextField(default="", blank=True)
    compiled_text = models.TextField(default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "name", "language"], name="content_variant_name"),
            models.CheckConstraint(
                condition=models.Q(format__in=["mjml", "html", "text"]), name="content_variant_format"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language or '*'})"


class VariantVersion(models.Model):
    """What a variant said in one of its versions, and who wrote that."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=1000, default="", blank=True)
    body = models.TextField()
    text = models.TextField(default="", blank=True)
    format = models.CharField(max_length=8)
    design = models.JSONField(null=True)
    actor = models.CharField(max_length=250)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["variant", "version"], name="content_variant_version_once")]

    def __str__(self) -> str:
        return f"{self.variant_id} v{self.version}"


class Offer(models.Model):
    """A benefit that a message may carry. Money in micros, percent in basis points.

    `used_at`: when it was first planned into a message; from then on its terms stay as they are.
    """

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=8)
    value = models.BigIntegerField(default=0)
    cap = models.BigIntegerField(default=0)
    text = models.JSONField(default=dict)
    code_prefix = models.CharField(max_length=32, default="", blank=True)
    valid_days = models.PositiveIntegerField(default=14)
    min_order = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

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
