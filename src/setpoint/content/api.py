"""Content over HTTP: templates, variants, offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema
from pydantic import StringConstraints

from setpoint.content import services
from setpoint.content.models import Offer, Template, Variant
from setpoint.content.types import Problem, Rendered
from setpoint.governance.auth import ErrorOut, require
from setpoint.kernel import clock

router = Router(tags=["content"])
READ, WRITE = require("content:read"), require("content:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}

Id = Annotated[int, Path(ge=1, le=2**53)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(max_length=300_000, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Micros = Annotated[int, Field(ge=0, le=10**15)]
Format = Literal["mjml", "html", "text"]
Tongue = Literal["", "en", "zh"]


class TemplateIn(Schema):
    """A new template. Channel and purpose cannot change later."""

    name: Name
    channel: Word = "email"
    purpose: Word = "marketing"


class Rename(Schema):
    """A template's new name."""

    name: Name


class VariantOut(Schema):
    """A variant: one wording of a template."""

    id: int
    template_id: int
    name: str
    language: str
    subject: str
    body: str
    text: str
    format: str
    version: int
    created_at: datetime


class TemplateOut(Schema):
    """A template with its variants."""

    id: int
    name: str
    channel: str
    purpose: str
    created_at: datetime
    variants: list[VariantOut]

    @staticmethod
    def resolve_variants(template: Template) -> list[Variant]:
        return list(template.variants.all())


class VariantIn(Schema):
    """A new variant. `text` replaces the text part that is made from the HTML."""

    name: Name
    subject: Line = ""
    body: Text
    format: Format = "mjml"
    language: Tongue = ""
    text: Text = ""


class VariantChange(Schema):
    """What changes; the rest stays."""

    subject: Line | None = None
    body: Text | None = None
    format: Format | None = None
    text: Text | None = None


class SourceIn(Schema):
    """A source to check without saving it."""

    subject: Line = ""
    body: Text
    format: Format = "mjml"
    text: Text = ""
    channel: Word = "email"
    purpose: Word = "marketing"


class ProblemOut(Schema):
    """What is wrong in a source, where, and what to do. Errors refuse a save, warnings do not."""

    field: str
    line: int | None
    message: str
    remedy: str
    severity: str


class PreviewIn(Schema):
    """For whom, and with which offer."""

    customer_id: Annotated[int, Field(ge=1, le=2**53)]
    offer_id: Annotated[int, Field(ge=1, le=2**53)] | None = None


class RenderedOut(Schema):
    """A message as the customer would get it."""

    subject: str
    text: str
    html: str


class OfferText(Schema):
    """How an offer is said in each language; what is empty is written for you."""

    en: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""
    zh: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


class OfferIn(Schema):
    """A new offer. `value`: micros for an amount, basis points for a percentage (1000 is 10 %)."""

    name: Name
    kind: Literal["none", "amount", "percent"]
    value: Micros = 0
    cap: Micros = 0
    code_prefix: Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    valid_days: Annotated[int, Field(ge=1, le=730)] = 14
    min_order: Micros = 0
    text: OfferText = OfferText()


class OfferOut(Schema):
    """An offer. Money in micros, percent in basis points."""

    id: int
    name: str
    kind: str
    value: int
    cap: int
    code_prefix: str
    valid_days: int
    min_order: int
    text: OfferText
    created_at: datetime


@router.get("/templates", auth=READ, response={200: list[TemplateOut], **ERRORS}, summary="List templates")
def list_templates(request: HttpRequest) -> list[Template]:
    """All templates with their variants, oldest first."""
    return services.list_templates()


@router.post("/templates", auth=WRITE, response={201: TemplateOut, **ERRORS}, summary="Create a template")
def create_template(request: HttpRequest, given: TemplateIn) -> tuple[int, Template]:
    """Make an empty template for one channel and purpose."""
    return 201, services.create_template(given.name, channel=given.channel, purpose=given.purpose, now=clock.now())


@router.get("/templates/{template_id}", auth=READ, response={200: TemplateOut, **ERRORS}, summary="Get a template")
def get_template(request: HttpRequest, template_id: Id) -> Template:
    """One template with its variants."""
    return services.get_template(template_id)


@router.patch(
    "/templates/{template_id}", auth=WRITE, response={200: TemplateOut, **ERRORS}, summary="Rename a template"
)
def rename_template(request: HttpRequest, template_id: Id, given: Rename) -> Template:
    """Give a template another name."""
    return services.update_template(template_id, name=given.name)


@router.post(
    "/templates/{template_id}/variants", auth=WRITE, response={201: VariantOut, **ERRORS}, summary="Create a variant"
)
def create_variant(request: HttpRequest, template_id: Id, given: VariantIn) -> tuple[int, Variant]:
    """Add a wording to a template. An error in the source names its field and line."""
    return 201, services.create_variant(template_id, now=clock.now(), **given.dict())


@router.post("/variants/check", auth=READ, response={200: list[ProblemOut], **ERRORS}, summary="Check a source")
def check(request: HttpRequest, given: SourceIn) -> list[Problem]:
    """What is wrong in a source, errors first. Saves nothing."""
    return services.check_variant(services.Source(**given.dict())).problems


@router.get("/variants/{variant_id}", auth=READ, response={200: VariantOut, **ERRORS}, summary="Get a variant")
def get_variant(request: HttpRequest, variant_id: Id) -> Variant:
    """One variant as its author wrote it."""
    return services.get_variant(variant_id)


@router.patch("/variants/{variant_id}", auth=WRITE, response={200: VariantOut, **ERRORS}, summary="Change a variant")
def update_variant(request: HttpRequest, variant_id: Id, given: VariantChange) -> Variant:
    """A new version of a variant. What is not given stays."""
    return services.update_variant(variant_id, **given.dict(exclude_none=True))


@router.post(
    "/variants/{variant_id}/preview", auth=READ, response={200: RenderedOut, **ERRORS, 413: ErrorOut}, summary="Preview"
)
def preview(request: HttpRequest, variant_id: Id, given: PreviewIn) -> Rendered:
    """The message as one customer would get it now."""
    return services.preview(variant_id, customer_id=given.customer_id, offer_id=given.offer_id, now=clock.now())


@router.get("/offers", auth=READ, response={200: list[OfferOut], **ERRORS}, summary="List offers")
def list_offers(request: HttpRequest) -> list[Offer]:
    """All offers, oldest first."""
    return services.list_offers()


@router.post("/offers", auth=WRITE, response={201: OfferOut, **ERRORS}, summary="Create an offer")
def create_offer(request: HttpRequest, given: OfferIn) -> tuple[int, Offer]:
    """Make an offer. A percentage needs a cap, because without one its cost has no bound."""
    return 201, services.create_offer(now=clock.now(), **given.dict())
