"""Tables of tags: what tags there are, who has them, and every change of that.

Who has a tag stands in blocks, one row for all of a span of customer ids, packed: a tag on a million customers takes
some sixty rows, is written in parts of a second, and read as columns.
"""

from __future__ import annotations

from django.db import models

KINDS = ["manual", "rule", "model"]
LAYERS = ["fact", "behaviour", "value", "prediction"]


class Tag(models.Model):
    """One tag. `how` says how it is made: {"tree": ...} for a rule, {"rfm": CELL}, {"cluster": KEY, "words": [...]},
    {"model": ID, "version": ...}; {} where people set it.

    `weight` is what a rule gives. `members` is how many had it when that was last counted; `mark` what was seen of the
    data at the last refresh; `version` the number of the last change of the tag itself.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8)
    layer = models.CharField(max_length=10)
    how = models.JSONField(default=dict)
    description = models.CharField(max_length=500, default="")
    weight = models.FloatField(default=1.0)
    half_life_days = models.FloatField(null=True)
    every_minutes = models.IntegerField(null=True)
    version = models.IntegerField(default=1)
    members = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=250)
    archived_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    mark = models.JSONField(default=dict)
    failure = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="customers_tag_kind"),
            models.CheckConstraint(condition=models.Q(layer__in=LAYERS), name="customers_tag_layer"),
            models.CheckConstraint(
                condition=models.Q(weight__gte=0.0) & models.Q(weight__lte=1.0), name="customers_tag_weight"
            ),
            models.CheckConstraint(
                condition=models.Q(half_life_days=None) | models.Q(half_life_days__gt=0.0),
                name="customers_tag_half_life",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TagBoost(models.Model):
    """A business reason to weigh a tag more, or less, until a moment: weights are multiplied by `factor`."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="boosts")
    factor = models.FloatField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    created_by = models.CharField(max_length=250)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="customers_tag_boost_order"
            ),
            models.CheckConstraint(condition=models.Q(factor__gt=0.0), name="customers_tag_boost_factor"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id}: x{self.factor} until {self.ends_at:%Y-%m-%d}"


class TagBlock(models.Model):
    """Who of the customers with ids of one span has a tag, packed (see tags.blocks): `size` of them."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    number = models.BigIntegerField()
    size = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "number"], name="customers_tag_block_once")]
        indexes = [models.Index(fields=["number"], name="customers_tag_block_number")]

    def __str__(self) -> str:
        return f"tag {self.tag_id}, block {self.number}: {self.size}"


class TagLately(models.Model):
    """What the blocks do not say yet of who has a tag: written one customer at a time as events come, and put into the
    blocks from time to time. `weight` 0: has it no more."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer_id = models.BigIntegerField(db_index=True)
    weight = models.FloatField()
    since = models.BigIntegerField()
    fades_from = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "customer_id"], name="customers_tag_lately_once")]

    def __str__(self) -> str:
        return f"tag {self.tag_id}, customer {self.customer_id}: {self.weight}"


class TagChange(models.Model):
    """One change of who has a tag: by a person, a rule, a model or a job. Rows are only ever added.

    For whom it changed what stands in `TagChangeOf` or, where there are many, in `TagChangeBlock`.
    """

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=8)
    actor = models.CharField(max_length=250)
    model = models.CharField(max_length=100, default="")
    model_version = models.CharField(max_length=100, default="")
    put = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"tag {self.tag_id}, {self.at:%Y-%m-%d %H:%M}: +{self.put} -{self.taken}"


class TagChangeOf(models.Model):
    """What a change made of one customer's weight: from `before` to `after`; 0 is not having the tag."""

    change = models.ForeignKey(TagChange, on_delete=models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField(db_index=True)
    before = models.FloatField()
    after = models.FloatField()

    def __str__(self) -> str:
        return f"customer {self.customer_id}: {self.before} to {self.after}"


class TagChangeBlock(models.Model):
    """What a change made of the weights of many customers, packed like `TagBlock`."""

    change = models.ForeignKey(TagChange, on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField(db_index=True)
    size = models.IntegerField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"change {self.change_id}, block {self.number}: {self.size}"
