"""Templates: made, renamed, put away, copied. What a delivery refers to is never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from setpoint.content.models import Template, Variant
from setpoint.content.names import checked_name, free_name, unique
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Invalid, NotFound

_HEAVY = ("body", "text", "compiled_html", "compiled_text", "design")


@dataclass(frozen=True, slots=True)
class TemplateQuery:
    """Which templates, and in which order."""

    q: str = ""
    channel: str = ""
    archived: bool = False
    sort: Literal["newest", "oldest", "name"] = "oldest"


@needs("content:write")
@transaction.atomic
def create_template(
    name: str, *, channel: str, now: datetime, purpose: str = "marketing", actor: str = "system"
) -> Template:
    """Make an empty template for one channel and purpose."""
    for field_name, value in (("channel", channel), ("purpose", purpose)):
        if not value.isidentifier() or len(value) > 32:
            raise Invalid(_("This is not a name."), remedy=_("Use letters, digits and _."), field=field_name)
    with unique(_taken(name)):
        made = Template.objects.create(
            name=checked_name(name), channel=channel, purpose=purpose, created_at=now, updated_at=now
        )
    after = {"name": made.name, "channel": channel, "purpose": purpose, "version": 1}
    record_audit(actor, "created", f"template:{made.pk}", after=after, now=now)
    return made


@needs("content:write")
@transaction.atomic
def update_template(
    template_id: int, *, name: str, now: datetime, seen: int | None = None, actor: str = "system"
) -> Template:
    """TemplateRename a template. Channel and purpose stay, because consent was asked for them."""
    template = _locked(template_id)
    refuse_stale(_subject(template), seen=seen, current=template.version)
    before = {"name": template.name}
    template.name, template.updated_at = checked_name(name), now
    template.version += 1
    with unique(_taken(name)):
        template.save(update_fields=["name", "version", "updated_at"])
    after = {"name": template.name, "version": template.version}
    record_audit(actor, "renamed", _subject(template), before=before, after=after, now=now)
    return template


@needs("content:write")
@transaction.atomic
def archive_template(template_id: int, *, archived: bool, now: datetime, actor: str = "system") -> Template:
    """Put a template away, or bring it back. Campaigns that use its variants are not touched."""
    template = _locked(template_id)
    if (template.archived_at is not None) == archived:
        return template
    template.archived_at, template.updated_at = now if archived else None, now
    template.version += 1
    template.save(update_fields=["archived_at", "version", "updated_at"])
    verb = "archived" if archived else "restored"
    record_audit(actor, verb, _subject(template), after={"version": template.version}, now=now)
    return template


@needs("content:write")
@transaction.atomic
def duplicate_template(template_id: int, *, now: datetime, actor: str = "system") -> Template:
    """A copy of a template with all variants that are not archived, under a name of its own."""
    source = get_template(template_id)
    copy = Template.objects.create(
        name=free_name(source.name, Template.objects.all()),
        channel=source.channel,
        purpose=source.purpose,
        created_at=now,
        updated_at=now,
    )
    for variant in source.variants.filter(archived_at=None).order_by("id"):
        variant.pk, variant.template, variant.version = None, copy, 1
        variant.created_at = variant.updated_at = now
        variant.save(force_insert=True)
    after = {"name": copy.name, "copy_of": source.pk, "version": 1}
    record_audit(actor, "created", _subject(copy), after=after, now=now)
    return copy


def find_templates(query: TemplateQuery) -> QuerySet[Template]:
    """Templates with the outlines of their variants (bodies are not read)."""
    rows = Template.objects.filter(archived_at__isnull=not query.archived)
    if query.q:
        rows = rows.filter(name__icontains=query.q)
    if query.channel:
        rows = rows.filter(channel=query.channel)
    order = {"newest": ("-id",), "oldest": ("id",), "name": ("name", "id")}[query.sort]
    outlines = Variant.objects.filter(archived_at=None).defer(*_HEAVY).order_by("id")
    return rows.order_by(*order).prefetch_related(Prefetch("variants", outlines))


def get_template(template_id: int) -> Template:
    """One template, or NotFound."""
    found = Template.objects.filter(pk=template_id).first()
    if found is None:
        raise NotFound(_("There is no template %(id)s.") % {"id": template_id}, remedy=_("See the list of templates."))
    return found


def _locked(template_id: int) -> Template:
    get_template(template_id)
    return Template.objects.select_for_update().get(pk=template_id)


def _subject(template: Template) -> str:
    return f"template:{template.pk}"


def _taken(name: str) -> str:
    return _("A template named %(name)s exists already.") % {"name": name}
