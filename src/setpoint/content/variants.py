"""Variants: written, changed in versions, put away, copied."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from setpoint.content.checks import Checked, Source, check
from setpoint.content.models import Variant, VariantVersion
from setpoint.content.names import checked_name, free_name, unique
from setpoint.content.starters import Design, compose_design
from setpoint.content.templates import get_template
from setpoint.content.types import BodyFormat, VariantView
from setpoint.customers.services import trait_names
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Invalid, NotFound

LANGUAGES = ("", "en", "zh")
_WORDS = ("subject", "body", "format", "text", "design")


class Wording(TypedDict, total=False):
    """What an author writes: subject, body, format (mjml, html, text), and a text part of its own if wanted.

    `design`, a starter and its values, writes the body instead; None lets go of it and keeps the body.
    """

    subject: str
    body: str
    format: BodyFormat
    text: str
    design: Mapping[str, Any] | None


@needs("content:write")
@transaction.atomic
def create_variant(
    template_id: int, name: str, *, now: datetime, language: str = "", actor: str = "system", **wording: Unpack[Wording]
) -> Variant:
    """Make a variant and compile it. Invalid names field and line of the first error in the source.

    `language` is empty (any), "en" or "zh". Of variants of one name the customer's language chooses.
    """
    template = get_template(template_id)
    _check_language(language)
    made = Variant(
        template=template, name=checked_name(name), language=language, format="mjml", created_at=now, updated_at=now
    )
    _write(made, wording)
    with unique(_("This template has a variant of this name and language already.")):
        made.save()
    _keep_version(made, actor, now)
    after = {"name": made.name, "language": language, "template": template.pk, "version": 1}
    record_audit(actor, "created", _subject(made), after=after, now=now)
    return made


@needs("content:write")
@transaction.atomic
def update_variant(
    variant_id: int,
    *,
    now: datetime,
    seen: int | None = None,
    name: str | None = None,
    actor: str = "system",
    **wording: Unpack[Wording],
) -> Variant:
    """Change a variant's wording: a new version, compiled anew. What is not given stays."""
    row = _locked(variant_id)
    refuse_stale(_subject(row), seen=seen, current=row.version)
    before = {word: getattr(row, word) for word in ("name", *_WORDS)}
    row.name = row.name if name is None else checked_name(name)
    _write(row, wording)
    row.version, row.updated_at = row.version + 1, now
    with unique(_("This template has a variant of this name and language already.")):
        row.save()
    _keep_version(row, actor, now)
    changed = [word for word, value in before.items() if getattr(row, word) != value]
    short = [word for word in ("name", "subject") if word in changed]
    after = {word: getattr(row, word) for word in short} | {"changed": changed, "version": row.version}
    shown = {word: before[word] for word in short} | {"version": row.version - 1}
    record_audit(actor, "changed", _subject(row), before=shown, after=after, now=now)
    return row


@needs("content:write")
@transaction.atomic
def archive_variant(variant_id: int, *, archived: bool, now: datetime, actor: str = "system") -> Variant:
    """Put a variant away, or bring it back. Deliveries that carry it still can be read."""
    row = _locked(variant_id)
    if (row.archived_at is not None) == archived:
        return row
    row.archived_at, row.updated_at = now if archived else None, now
    row.save(update_fields=["archived_at", "updated_at"])
    verb = "archived" if archived else "restored"
    record_audit(actor, verb, _subject(row), after={"version": row.version}, now=now)
    return row


@needs("content:write")
def duplicate_variant(
    variant_id: int, *, now: datetime, name: str = "", language: str | None = None, actor: str = "system"
) -> Variant:
    """A copy to work on: under a free name, or under the same one for another language."""
    source = get_variant(variant_id)
    wanted = source.language if language is None else language
    same_place = wanted == source.language
    siblings = Variant.objects.filter(template_id=source.template_id, language=wanted)
    kept = name or (free_name(source.name, siblings) if same_place else source.name)
    wording: Wording = {"subject": source.subject, "format": cast(BodyFormat, source.format), "text": source.text}
    if source.design:
        wording["design"] = source.design
    else:
        wording["body"] = source.body
    return create_variant(source.template_id, kept, now=now, language=wanted, actor=actor, **wording)


def versions_of(variant_id: int) -> QuerySet[VariantVersion]:
    """What a variant said before, newest first."""
    return get_variant(variant_id).versions.order_by("-version")


def get_variant(variant_id: int) -> Variant:
    """One variant with its template, or NotFound."""
    found = Variant.objects.select_related("template").filter(pk=variant_id).first()
    if found is None:
        raise NotFound(_("There is no variant %(id)s.") % {"id": variant_id}, remedy=_("See the template's variants."))
    return found


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


def written_source(wording: Wording, source: Source) -> tuple[Source, dict[str, Any] | None]:
    """The source that a wording makes of an earlier one, and the design behind it if there is one."""
    plain = {word: value for word, value in wording.items() if word != "design"}
    given = wording.get("design")
    if not given:
        return replace(source, **plain), None  # type: ignore[arg-type]
    design = Design.of(given)
    return replace(source, **{**plain, "body": compose_design(design), "format": "mjml"}), design.to_json()  # type: ignore[arg-type]


def _write(row: Variant, wording: Wording) -> None:
    place = {"channel": row.template.channel, "purpose": row.template.purpose}
    before = Source(row.subject, row.body, cast(BodyFormat, row.format), row.text, **place)
    written, design = written_source(wording, before)
    checked = check_variant(written).or_raise()
    row.subject, row.body, row.format, row.text = written.subject, written.body, written.format, written.text
    if "design" in wording or "body" in wording:
        row.design = design
    row.compiled_html, row.compiled_text = checked.compiled.html, checked.compiled.text


def _keep_version(row: Variant, actor: str, now: datetime) -> None:
    said = {word: getattr(row, word) for word in _WORDS}
    VariantVersion.objects.create(variant=row, version=row.version, actor=actor[:250], at=now, **said)


def _locked(variant_id: int) -> Variant:
    get_variant(variant_id)
    return Variant.objects.select_for_update(of=("self",)).select_related("template").get(pk=variant_id)


def _subject(row: Variant) -> str:
    return f"variant:{row.pk}"


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise Invalid(_("This language is not known."), remedy=_("Choose en, zh, or none."), field="language")
