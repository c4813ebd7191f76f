"""Content over HTTP: templates, variants, offers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from setpoint.content import services
from setpoint.content.models import Template, Variant
from setpoint.content.offers_api import router as offers
from setpoint.content.schemas import (
    Id,
    InsertableFieldOut,
    ListQuery,
    RenderedMessageOut,
    SourcePreviewIn,
    SourcePreviewOut,
    SourceProblemOut,
    StarterFieldOut,
    StarterOut,
    TemplateIn,
    TemplateListQuery,
    TemplateOut,
    TemplatePage,
    TemplateRename,
    VariantChange,
    VariantCopy,
    VariantIn,
    VariantOut,
    VariantPreviewIn,
    VariantSourceIn,
    VariantVersionPage,
)
from setpoint.content.starters import Starter, spoken_here
from setpoint.content.types import Place, Problem, Rendered
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file, page_of
from setpoint.kernel import clock

router = Router(tags=["content"])
router.add_router("", offers)
READ, WRITE = require("content:read"), require("content:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}


@router.get("/templates", auth=READ, response={200: TemplatePage, **ERRORS}, summary="List templates")
def list_templates(request: HttpRequest, query: Query[TemplateListQuery]) -> dict[str, Any]:
    """Templates with the outlines of their variants."""
    return page_of(_templates(query), after=query.after, limit=query.limit)


@router.get("/templates/export", auth=READ, summary="Export templates", include_in_schema=True)
def export_templates(request: HttpRequest, query: Query[TemplateListQuery]) -> StreamingHttpResponse:
    """All templates that match, as CSV: one line a variant."""
    header = (
        "template_id",
        "template",
        "channel",
        "purpose",
        "variant_id",
        "variant",
        "language",
        "subject",
        "version",
    )
    rows = (
        (each.id, each.name, each.channel, each.purpose, one.id, one.name, one.language, one.subject, one.version)
        for each in _templates(query)
        for one in each.variants.all()
    )
    return csv_file(request, "templates", header, rows, now=clock.now())


@router.post("/templates", auth=WRITE, response={201: TemplateOut, **ERRORS}, summary="Create a template")
def create_template(request: HttpRequest, given: TemplateIn) -> tuple[int, Template]:
    """Make an empty template for one channel and purpose."""
    return 201, services.create_template(
        given.name, channel=given.channel, purpose=given.purpose, now=clock.now(), actor=actor_of(request)
    )


@router.get("/templates/starters", auth=READ, response={200: list[StarterOut], **ERRORS}, summary="List starters")
def list_starters(request: HttpRequest) -> list[StarterOut]:
    """Designs to begin with: a form to fill in instead of MJML."""
    return [_starter(one) for one in services.starters()]


@router.get(
    "/templates/fields", auth=READ, response={200: list[InsertableFieldOut], **ERRORS}, summary="List insertable fields"
)
def list_fields(request: HttpRequest) -> list[Any]:
    """What can be inserted into a message."""
    return services.insertable_fields()


@router.get("/templates/{template_id}", auth=READ, response={200: TemplateOut, **ERRORS}, summary="Get a template")
def get_template(request: HttpRequest, template_id: Id) -> Template:
    """One template with its variants."""
    return services.get_template(template_id)


@router.patch(
    "/templates/{template_id}", auth=WRITE, response={200: TemplateOut, **ERRORS}, summary="TemplateRename a template"
)
def rename_template(request: HttpRequest, template_id: Id, given: TemplateRename) -> Template:
    """Give a template another name."""
    return services.update_template(
        template_id, name=given.name, seen=given.version, now=clock.now(), actor=actor_of(request)
    )


@router.post(
    "/templates/{template_id}/archive", auth=WRITE, response={200: TemplateOut, **ERRORS}, summary="Archive a template"
)
def archive_template(request: HttpRequest, template_id: Id) -> Template:
    """Put a template away. Campaigns that use its variants are not touched."""
    return services.archive_template(template_id, archived=True, now=clock.now(), actor=actor_of(request))


@router.post(
    "/templates/{template_id}/restore", auth=WRITE, response={200: TemplateOut, **ERRORS}, summary="Restore a template"
)
def restore_template(request: HttpRequest, template_id: Id) -> Template:
    """Bring an archived template back."""
    return services.archive_template(template_id, archived=False, now=clock.now(), actor=actor_of(request))


@router.post(
    "/templates/{template_id}/duplicate",
    auth=WRITE,
    response={201: TemplateOut, **ERRORS},
    summary="Duplicate a template",
)
def duplicate_template(request: HttpRequest, template_id: Id) -> tuple[int, Template]:
    """A copy with all its variants, under a name of its own."""
    return 201, services.duplicate_template(template_id, now=clock.now(), actor=actor_of(request))


@router.post(
    "/templates/{template_id}/variants", auth=WRITE, response={201: VariantOut, **ERRORS}, summary="Create a variant"
)
def create_variant(request: HttpRequest, template_id: Id, given: VariantIn) -> tuple[int, Variant]:
    """Add a wording to a template. An error in the source names its field and line."""
    return 201, services.create_variant(template_id, now=clock.now(), actor=actor_of(request), **_wording(given.dict()))


@router.post("/variants/check", auth=READ, response={200: list[SourceProblemOut], **ERRORS}, summary="Check a source")
def check(request: HttpRequest, given: VariantSourceIn) -> list[Problem]:
    """What is wrong in a source, errors first. Saves nothing."""
    return services.check_variant(services.Source(**given.dict())).problems


@router.post(
    "/variants/preview",
    auth=READ,
    response={200: SourcePreviewOut, **ERRORS, 413: ErrorOut},
    summary="Preview a source",
)
def preview_source(request: HttpRequest, given: SourcePreviewIn) -> services.Previewed:
    """A source that is not saved, as one customer would get it now, with what is wrong in it."""
    values = given.dict()
    place = Place(values.pop("channel"), values.pop("purpose"), values.pop("language"))
    seen = {"customer_id": values.pop("customer_id"), "offer_id": values.pop("offer_id")}
    return services.preview_source(_wording(values), place, now=clock.now(), **seen)


@router.get("/variants/{variant_id}", auth=READ, response={200: VariantOut, **ERRORS}, summary="Get a variant")
def get_variant(request: HttpRequest, variant_id: Id) -> Variant:
    """One variant as its author wrote it."""
    return services.get_variant(variant_id)


@router.patch("/variants/{variant_id}", auth=WRITE, response={200: VariantOut, **ERRORS}, summary="Change a variant")
def update_variant(request: HttpRequest, variant_id: Id, given: VariantChange) -> Variant:
    """A new version of a variant. What is not given stays."""
    changes = given.dict(exclude_none=True)
    seen = changes.pop("version", None)
    return services.update_variant(variant_id, seen=seen, now=clock.now(), actor=actor_of(request), **changes)


@router.post(
    "/variants/{variant_id}/archive", auth=WRITE, response={200: VariantOut, **ERRORS}, summary="Archive a variant"
)
def archive_variant(request: HttpRequest, variant_id: Id) -> Variant:
    """Put a variant away."""
    return services.archive_variant(variant_id, archived=True, now=clock.now(), actor=actor_of(request))


@router.post(
    "/variants/{variant_id}/restore", auth=WRITE, response={200: VariantOut, **ERRORS}, summary="Restore a variant"
)
def restore_variant(request: HttpRequest, variant_id: Id) -> Variant:
    """Bring an archived variant back."""
    return services.archive_variant(variant_id, archived=False, now=clock.now(), actor=actor_of(request))


@router.post(
    "/variants/{variant_id}/duplicate", auth=WRITE, response={201: VariantOut, **ERRORS}, summary="Duplicate a variant"
)
def duplicate_variant(request: HttpRequest, variant_id: Id, given: VariantCopy) -> tuple[int, Variant]:
    """A copy to work on, or the same wording for another language."""
    return 201, services.duplicate_variant(variant_id, now=clock.now(), actor=actor_of(request), **given.dict())


@router.get(
    "/variants/{variant_id}/versions",
    auth=READ,
    response={200: VariantVersionPage, **ERRORS},
    summary="List a variant's versions",
)
def list_versions(request: HttpRequest, variant_id: Id, query: Query[ListQuery]) -> dict[str, Any]:
    """What a variant said before, newest first."""
    return page_of(services.versions_of(variant_id), after=query.after, limit=query.limit)


@router.post(
    "/variants/{variant_id}/preview",
    auth=READ,
    response={200: RenderedMessageOut, **ERRORS, 413: ErrorOut},
    summary="Preview",
)
def preview(request: HttpRequest, variant_id: Id, given: VariantPreviewIn) -> Rendered:
    """The message as one customer would get it now."""
    return services.preview(variant_id, customer_id=given.customer_id, offer_id=given.offer_id, now=clock.now())


def _templates(query: TemplateListQuery) -> Any:
    asked = services.TemplateQuery(query.q, query.channel, query.archived, query.sort)
    return services.find_templates(asked)


def _wording(given: dict[str, Any]) -> Any:
    """Without a design the words alone count; a design writes the body itself."""
    return given if given.get("design") else {name: value for name, value in given.items() if name != "design"}


def _starter(one: Starter) -> StarterOut:
    spoken = spoken_here()
    return StarterOut(
        key=one.key,
        name=one.name[spoken],
        about=one.about[spoken],
        subject=dict(one.subject),  # type: ignore[arg-type]
        fields=[
            StarterFieldOut(
                name=each.name,
                kind=each.kind,
                required=each.required,
                label=each.label[spoken],
                default=dict(each.default),  # type: ignore[arg-type]
            )
            for each in one.fields
        ],
    )
