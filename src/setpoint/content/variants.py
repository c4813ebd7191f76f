"""Templates and their variants: made, changed, compiled once, handed out as renderers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypedDict, Unpack, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from setpoint.content.checks import Checked, Source, check
from setpoint.content.models import Template, Variant
from setpoint.content.offers import checked_name
from setpoint.content.rendering import CompiledVariant, Renderer
from setpoint.content.syntax import parse
from setpoint.content.types import BodyFormat, VariantView, written_language
from setpoint.customers.services import trait_names
from setpoint.kernel.errors import Conflict, Invalid, NotFound

CACHE_SIZE = 500
_cache: OrderedDict[tuple[int, int], Renderer] = OrderedDict()
_cache_lock = threading.Lock()


class Wording(TypedDict, total=False):
    """What an author writes: subject, body, format (mjml, html, text), and a text part of its own if wanted."""

    subject: str
    body: str
    format: BodyFormat
    text: str


def create_template(name: str, *, channel: str, now: datetime, purpose: str = "marketing") -> Template:
    """Make an empty template for one channel and purpose."""
    for field_name, value in (("channel", channel), ("purpose", purpose)):
        if not value.isidentifier() or len(value) > 32:
            raise Invalid(_("This is not a name."), remedy=_("Use letters, digits and _."), field=field_name)
    with _unique(_("A template named %(name)s exists already.") % {"name": name}):
        return Template.objects.create(name=checked_name(name), channel=channel, purpose=purpose, created_at=now)


def update_template(template_id: int, *, name: str) -> Template:
    """Rename a template. Channel and purpose stay, because consent was asked for them."""
    template = get_template(template_id)
    template.name = checked_name(name)
    with _unique(_("A template named %(name)s exists already.") % {"name": name}):
        template.save(update_fields=["name"])
    return template


def list_templates() -> list[Template]:
    """All templates with their variants, oldest first."""
    return list(Template.objects.order_by("id").prefetch_related("variants"))


def get_template(template_id: int) -> Template:
    """One template, or NotFound."""
    found = Template.objects.filter(pk=template_id).first()
    if found is None:
        raise NotFound(_("There is no template %(id)s.") % {"id": template_id}, remedy=_("See the list of templates."))
    return found


def get_variant(variant_id: int) -> Variant:
    """One variant with its template, or NotFound."""
    found = Variant.objects.select_related("template").filter(pk=variant_id).first()
    if found is None:
        raise NotFound(_("There is no variant %(id)s.") % {"id": variant_id}, remedy=_("See the template's variants."))
    return found


def create_variant(
    template_id: int, name: str, *, now: datetime, language: str = "", **wording: Unpack[Wording]
) -> Variant:
    """Make a variant and compile it. Invalid names field and line of the first error in the source.

    `language` is empty (any), "en" or "zh". Of variants of one name the customer's language chooses.
    """
    template = get_template(template_id)
    if language not in ("", "en", "zh"):
        raise Invalid(_("This language is not known."), remedy=_("Choose en, zh, or none."), field="language")
    made = Variant(template=template, name=checked_name(name), language=language, created_at=now)
    _write(made, Source("", "", channel=template.channel), wording)
    with _unique(_("This template has a variant of this name and language already.")):
        made.save()
    return made


@transaction.atomic
def update_variant(variant_id: int, **wording: Unpack[Wording]) -> Variant:
    """Change a variant's wording: a new version, compiled anew. What is not given stays."""
    get_variant(variant_id)
    locked = Variant.objects.select_for_update(of=("self",)).select_related("template").get(pk=variant_id)
    body_format = cast(BodyFormat, locked.format)
    _write(locked, Source(locked.subject, locked.body, body_format, locked.text), wording)
    locked.version += 1
    locked.save()
    return locked


def check_variant(source: Source) -> Checked:
    """Check a source against the traits that customers have."""
    return check(replace(source, known_traits=tuple(trait_names())))


def variant_views(variant_ids: Collection[int]) -> list[VariantView]:
    """Variants as others see them, in the order asked for; NotFound names the first one missing."""
    rows = {row.pk: row for row in Variant.objects.select_related("template").filter(pk__in=list(variant_ids))}
    for each in variant_ids:
        if each not in rows:
            get_variant(each)
    return [view_of(rows[each]) for each in variant_ids]


def view_of(row: Variant) -> VariantView:
    """The frozen view of a row."""
    return VariantView(row.pk, row.template_id, row.name, row.template.channel, row.language, row.version)


def renderer(variant_id: int, language: str = "") -> Renderer:
    """The renderer of a variant, or of its sibling of the same name in `language` where there is one.

    Kept by content, not by version alone: ids and versions come again after a rolled-back transaction.
    """
    chosen = _in_language(get_variant(variant_id), language)
    key = (chosen.pk, hash((chosen.subject, chosen.compiled_html, chosen.compiled_text, chosen.template.purpose)))
    with _cache_lock:
        if key not in _cache:
            _cache[key] = Renderer(_compiled(chosen))
            while len(_cache) > CACHE_SIZE:
                _cache.popitem(last=False)
        _cache.move_to_end(key)
        return _cache[key]


def _in_language(row: Variant, language: str) -> Variant:
    wanted = written_language(language) if language else ""
    if not wanted or row.language == wanted:
        return row
    siblings = (
        Variant.objects.select_related("template")
        .filter(template_id=row.template_id, name=row.name, language__in=[wanted, ""])
        .order_by("-language")
    )
    return next(iter(siblings), row)


def _compiled(row: Variant) -> CompiledVariant:
    marketing = row.template.channel == "email" and row.template.purpose == "marketing"
    with_footer = marketing and not (parse(row.body, "body").reads("links", "unsubscribe"))
    return CompiledVariant(
        row.pk,
        row.version,
        row.language,
        parse(row.subject, "subject").source,
        row.compiled_text,
        row.compiled_html,
        with_footer,
    )


def _write(row: Variant, source: Source, wording: Wording) -> None:
    written = replace(source, **wording, channel=row.template.channel, purpose=row.template.purpose)
    checked = check_variant(written).or_raise()
    row.subject, row.body, row.format, row.text = written.subject, written.body, written.format, written.text
    row.compiled_html, row.compiled_text = checked.compiled.html, checked.compiled.text


@contextmanager
def _unique(message: str) -> Iterator[None]:
    """A block whose broken unique rule becomes a Conflict that says so."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(message, remedy=_("Choose another name."), field="name") from None
