"""What content takes and answers over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Path, Schema
from pydantic import StringConstraints

from setpoint.content.models import Offer, Template, Variant
from setpoint.content.offers import liability_of

Id = Annotated[int, Path(ge=1, le=2**53)]
BigId = Annotated[int, Field(ge=1, le=2**53)]
Version = Annotated[int, Field(ge=1, le=2**31)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(max_length=300_000, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Search = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Micros = Annotated[int, Field(ge=0, le=10**15)]
Format = Literal["mjml", "html", "text"]
Tongue = Literal["", "en", "zh"]
Sort = Literal["newest", "oldest", "name"]


class ListQuery(Schema):
    """Which rows, in which order; `after` is the `next` of the page before."""

    q: Search = ""
    archived: bool = False
    sort: Sort = "newest"
    after: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class TemplateListQuery(ListQuery):
    """Which templates."""

    channel: Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Za-z0-9_]*$")] = ""


class TemplateIn(Schema):
    """A new template. Channel and purpose cannot change later."""

    name: Name
    channel: Word = "email"
    purpose: Word = "marketing"


class TemplateRename(Schema):
    """A template's new name. `version`: the one that was seen; another one is answered with 409."""

    name: Name
    version: Version | None = None


class DesignIn(Schema):
    """A starter design and what was filled in."""

    starter: Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z_]*$")]
    values: dict[str, Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]]


class VariantOutline(Schema):
    """A variant without its body."""

    id: int
    template_id: int
    name: str
    language: Tongue
    subject: str
    format: Format
    version: int
    updated_at: datetime
    archived_at: datetime | None


class VariantOut(VariantOutline):
    """A variant: one wording of a template. `design` is the filled-in starter that the body is made from."""

    body: str
    text: str
    design: DesignIn | None
    created_at: datetime
    channel: str
    purpose: str

    @staticmethod
    def resolve_channel(row: Variant) -> str:
        """Of its template."""
        return row.template.channel

    @staticmethod
    def resolve_purpose(row: Variant) -> str:
        """Of its template."""
        return row.template.purpose


class TemplateOutline(Schema):
    """A template with the outlines of its variants."""

    id: int
    name: str
    channel: str
    purpose: str
    version: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    variants: list[VariantOutline]

    @staticmethod
    def resolve_variants(template: Template) -> list[Variant]:
        """Those that are not archived, as the list read them."""
        return [row for row in template.variants.all() if row.archived_at is None]


class TemplateOut(TemplateOutline):
    """A template with its variants."""

    variants: list[VariantOut]  # type: ignore[assignment]

    @staticmethod
    def resolve_variants(template: Template) -> list[Variant]:
        """All of them, archived ones last."""
        rows = template.variants.select_related("template").order_by("id")
        return sorted(rows, key=lambda row: row.archived_at is not None)


class TemplatePage(Schema):
    """A page of templates; `total` counts all that match."""

    items: list[TemplateOutline]
    next: int | None
    total: int


class VariantIn(Schema):
    """A new variant. `text` replaces the text part that is made from the HTML; `design` writes the body."""

    name: Name
    subject: Line = ""
    body: Text = ""
    format: Format = "mjml"
    language: Tongue = ""
    text: Text = ""
    design: DesignIn | None = None


class VariantChange(Schema):
    """What changes; the rest stays. `version`: the one that was seen; another one is answered with 409.

    `design` null with a body given lets go of the form and keeps the body.
    """

    version: Version | None = None
    name: Name | None = None
    subject: Line | None = None
    body: Text | None = None
    format: Format | None = None
    text: Text | None = None
    design: DesignIn | None = None


class VariantCopy(Schema):
    """How a copy is called and in which language; left out: a free name, the same language."""

    name: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    language: Tongue | None = None


class VariantVersionOut(Schema):
    """What a variant said in one of its versions."""

    version: int
    subject: str
    body: str
    text: str
    format: Format
    design: DesignIn | None
    actor: str
    at: datetime


class VariantVersionPage(Schema):
    """Versions, newest first."""

    items: list[VariantVersionOut]
    next: int | None
    total: int


class VariantSourceIn(Schema):
    """A source to check without saving it."""

    subject: Line = ""
    body: Text
    format: Format = "mjml"
    text: Text = ""
    channel: Word = "email"
    purpose: Word = "marketing"


class SourceProblemOut(Schema):
    """What is wrong in a source, where, and what to do. Errors refuse a save, warnings do not."""

    field: str
    line: int | None
    message: str
    remedy: str
    severity: Literal["error", "warning"]


class VariantPreviewIn(Schema):
    """For whom (null: somebody of whom nothing is known), and with which offer."""

    customer_id: BigId | None
    offer_id: BigId | None = None


class RenderedMessageOut(Schema):
    """A message as the customer would get it."""

    subject: str
    text: str
    html: str


class SourcePreviewIn(Schema):
    """A source that is not saved, for whom (null: somebody of whom nothing is known), and with which offer."""

    subject: Line = ""
    body: Text = ""
    format: Format = "mjml"
    text: Text = ""
    design: DesignIn | None = None
    language: Tongue = ""
    channel: Word = "email"
    purpose: Word = "marketing"
    customer_id: BigId | None = None
    offer_id: BigId | None = None


class SourcePreviewOut(Schema):
    """The message, and what is wrong in its source; `body` is the source that a design makes."""

    subject: str
    preheader: str
    text: str
    html: str
    body: str
    problems: list[SourceProblemOut]


class StarterFieldOut(Schema):
    """One thing to fill in; `label` in the reader's language, `default` in the message's."""

    name: str
    kind: Literal["line", "paragraphs", "url", "picture"]
    required: bool
    label: str
    default: dict[str, str]


class StarterOut(Schema):
    """A design to begin with."""

    key: str
    name: str
    about: str
    subject: dict[str, str]
    fields: list[StarterFieldOut]


class InsertableFieldOut(Schema):
    """Something that can be inserted into a message: `tag` shows it."""

    group: Literal["customer", "offer", "company", "links"]
    name: str
    label: str
    tag: str


class OfferText(Schema):
    """How an offer is said in each language; what is empty is written for you."""

    en: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""
    zh: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


Prefix = Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Za-z0-9_-]*$")]
Days = Annotated[int, Field(ge=1, le=730)]
Kind = Literal["none", "amount", "percent"]


class OfferIn(Schema):
    """A new offer. `value`: micros for an amount, basis points for a percentage (1000 is 10 %)."""

    name: Name
    kind: Kind
    value: Micros = 0
    cap: Micros = 0
    code_prefix: Prefix = ""
    valid_days: Days = 14
    min_order: Micros = 0
    text: OfferText = OfferText()


class OfferChange(Schema):
    """What changes; the rest stays. `version`: the one that was seen; another one is answered with 409."""

    version: Version | None = None
    name: Name | None = None
    kind: Kind | None = None
    value: Micros | None = None
    cap: Micros | None = None
    code_prefix: Prefix | None = None
    valid_days: Days | None = None
    min_order: Micros | None = None
    text: OfferText | None = None


class LiabilityOut(Schema):
    """What each code that is sent puts aside (micros), for how many days at most, and that in words."""

    per_code: int
    days: int
    words: str


class OfferOut(Schema):
    """An offer. Money in micros, percent in basis points. `used_at`: since then only its name can change."""

    id: int
    name: str
    kind: Kind
    value: int
    cap: int
    code_prefix: str
    valid_days: int
    min_order: int
    text: OfferText
    version: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    used_at: datetime | None
    liability: LiabilityOut

    @staticmethod
    def resolve_liability(offer: Offer) -> LiabilityOut:
        """From its terms."""
        found = liability_of(offer)
        return LiabilityOut(per_code=found.per_code, days=found.days, words=found.words)


class OfferPage(Schema):
    """A page of offers; `total` counts all that match."""

    items: list[OfferOut]
    next: int | None
    total: int
